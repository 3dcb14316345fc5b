package import Depot
package import SafeIO

extension Publications {
  /// Refuses when clients see a generation that neither the catalogue nor the audit log knows.
  ///
  /// Both were put back from a backup then, and forgot what was taken in since: nobody could say
  /// whether a bundle is older than what clients have.
  ///
  /// - Throws: `freshness` with what clients see.
  package static func refuseForgotten(_ depot: Depot) throws(Failure) {
    let root: Directory
    do {
      root = try depot.publicDirectory()
    } catch  where error.name == "no-directory" {
      // Elsewhere and not mounted: nothing can be seen there now.
      return
    }
    guard let container = try root.directoryIfPresent(PublicationDirectory.container) else {
      return
    }
    for entry in try container.list() where entry.kind == .directory {
      let text = entry.name.split(separator: "%2F").joined(separator: "/")
      let prefix: PublicationPrefix
      do {
        prefix = try PublicationPrefix(text)
      } catch {
        // Nothing that this program made.
        continue
      }
      let directory = try PublicationDirectory(prefix, in: root, making: false)
      guard let shown = try directory?.currentNumber(),
        !(try depot.catalogue.generations(at: prefix.text)).contains(where: { $0.number == shown }),
        !(try isLogged(shown, at: prefix.text, depot))
      else { continue }
      throw Failure(
        .freshness,
        "forgotten",
        "clients see a generation that neither the catalogue nor the audit log knows: this depot "
          + "was put back from a backup, and what it took in since is forgotten",
        subject: "\(prefix.text), generation \(shown)",
        hint:
          "put back the newest catalogue and audit log that there are; if they are lost, decide "
          + "yourself what may come in: --accept-older --reason TEXT"
      )
    }
  }

  /// Whether the audit log says that a command made or showed this generation.
  private static func isLogged(
    _ generation: UInt64,
    at prefix: String,
    _ depot: Depot
  ) throws(Failure) -> Bool {
    var isKnown = false
    // Which prefix it is about stands in the record of a command's beginning.
    var begun: Set<UInt64> = []
    try AuditLog(in: depot.root).forEachRecord { (record) throws(Failure) in
      guard !isKnown, let chain = record.chain, let content = record.content else { return }
      if content.about.contains(where: { $0.values.contains(prefix) }) {
        begun.insert(chain.sequence)
      }
      guard let of = chain.of, begun.contains(of) else { return }
      isKnown = content.details.contains {
        $0.name == "generation" && $0.values.contains("\(generation)")
      }
    }
    return isKnown
  }
}
