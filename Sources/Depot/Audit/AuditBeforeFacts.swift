internal import SafeIO

/// Reads the display text of older versions, which recorded no facts.
///
/// Such a record has no member `facts`. A record of this program always has it, whatever texts it
/// was given, and so is never read here.
enum AuditBeforeFacts {
  /// The bundles that an `import` says it took in, as `<stream>-<sequence>: imported`.
  static func accepted(
    _ record: AuditRecord,
    _ content: AuditRecord.Content
  ) -> [AuditFact.Accepted] {
    // One that was refused or stopped in the end may have taken bundles in before.
    guard let kind = record.chain?.kind, [.done, .refused, .interrupted].contains(kind),
      content.command == "import"
    else { return [] }
    let (bundles, digests) = (content.values("bundle"), content.values("digest"))
    return zip(bundles, digests).compactMap { bundle, digest in
      // That one had come in before is all that the log has of one whose import was killed.
      guard let end = bundle.lastIndex(of: ":"),
        [": imported", ": already imported"].contains(bundle[end...]),
        let hyphen = bundle[..<end].lastIndex(of: "-"),
        let sequence = UInt64(bundle[bundle.index(after: hyphen)..<end]),
        let digest = SHA256Digest(hex: digest)
      else { return nil }
      return AuditFact.Accepted(
        stream: String(bundle[..<hyphen]),
        sequence: sequence,
        manifest: digest,
        signers: [],
        isOlder: false,
        isAgain: bundle[end...] != ": imported"
      )
    }
  }

  /// The generations of one publication.
  ///
  /// The record of a command's beginning says which publication it is about, that of its outcome
  /// which generation there was.
  struct Generations {
    private let prefix: String
    private var begun: Set<UInt64> = []

    /// Where each command named the prefix.
    private static let places = [
      "publish": "at", "publication edit": "prefix", "publication rollback": "prefix",
      "publication remove": "prefix", "import": "publish",
    ]

    init(at prefix: String) { self.prefix = prefix }

    /// The generations that this record, of a program without facts, says there were.
    mutating func take(_ record: AuditRecord, _ content: AuditRecord.Content) -> [UInt64] {
      guard let chain = record.chain, let place = Generations.places[content.command] else {
        return []
      }
      if chain.kind == .begun {
        let isAbout = content.about.contains { $0.name == place && $0.values == [prefix] }
        if isAbout { begun.insert(chain.sequence) }
        return []
      }
      guard let of = chain.of, begun.remove(of) != nil else { return [] }
      return content.values("generation").compactMap { UInt64($0) }
    }
  }
}

extension AuditRecord.Content {
  /// The values of a field among the details.
  fileprivate func values(_ name: String) -> [String] {
    details.first { $0.name == name }?.values ?? []
  }
}
