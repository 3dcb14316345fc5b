package import SafeIO

/// A fact as it stands in a record: a JSON object whose first member is its kind.
package struct WrittenFact: Sendable {
  /// The kinds that this program writes; readers go past others.
  enum Kind: String, CaseIterable {
    case accepted, generation, published, exported, retracted, receipt, acknowledged, mirror
    case mirrored
    case snapshot, suite
    case generationSigned = "generation-signed"
    case generationDropped = "generation-dropped"
    case publicationRemoved = "publication-removed"
    case snapshotRemoved = "snapshot-removed"
    case snapshotRenamed = "snapshot-renamed"
    case receiptTaken = "receipt-taken"
    case mirrorRemoved = "mirror-removed"
    case mediumWritten = "medium-written"
    case mediumRead = "medium-read"
    case repoAdded = "repo-added"
    case repoRemoved = "repo-removed"
  }

  /// The value of a member.
  package enum Value: Hashable, Sendable {
    /// A text; digests, times and fingerprints are some.
    case text(String)
    /// A number from 0 on.
    case number(UInt64)
    /// `true`; what is not so is left out.
    case flag
    /// Texts.
    case list([String])

    static func digest(_ digest: SHA256Digest) -> Value { .text(digest.hex) }
  }

  package typealias Member = (name: String, value: Value)

  /// The kind.
  package let kind: String
  /// What it says, in the order of the record.
  package let members: [(name: String, value: Value)]

  init(_ kind: Kind, _ members: [Member]) { self.init(kind: kind.rawValue, members) }

  init(kind: String, _ members: [Member]) { (self.kind, self.members) = (kind, members) }

  /// Reads an object; nil when it is no fact.
  ///
  /// Members of other types are left out.
  init?(_ json: AuditJSON) {
    guard case .object(let all) = json, let first = all.first, first.name == WrittenFact.kindName,
      let kind = first.value.text
    else { return nil }
    var members: [Member] = []
    for member in all.dropFirst() {
      guard let value = Value(member.value) else { continue }
      members.append((member.name, value))
    }
    self.init(kind: kind, members)
  }

  static let kindName = "fact"

  private func value(_ name: String) -> Value? { members.first { $0.name == name }?.value }

  /// The text of a member.
  package func text(_ name: String) -> String? {
    guard case .text(let text) = value(name) else { return nil }
    return text
  }

  /// The number of a member.
  package func number(_ name: String) -> UInt64? {
    guard case .number(let number) = value(name) else { return nil }
    return number
  }

  /// The digest of a member.
  package func digest(_ name: String) -> SHA256Digest? {
    text(name).flatMap { SHA256Digest(hex: $0) }
  }

  /// The texts of a member; none where it is left out.
  package func list(_ name: String) -> [String] {
    guard case .list(let texts) = value(name) else { return [] }
    return texts
  }

  /// Whether the member is there and `true`.
  func isSet(_ name: String) -> Bool { value(name) == .flag }
}

extension WrittenFact.Value {
  init?(_ json: AuditJSON) {
    switch json {
    case .string(let text): self = .text(text)
    case .number(let digits):
      guard let number = UInt64(digits), String(number) == digits else { return nil }
      self = .number(number)
    case .bool(true): self = .flag
    case .array(let values):
      let texts = values.compactMap(\.text)
      guard texts.count == values.count else { return nil }
      self = .list(texts)
    default: return nil
    }
  }
}
