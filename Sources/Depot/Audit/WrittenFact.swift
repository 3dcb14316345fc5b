package import SafeIO

/// A fact as it stands in a record: a JSON object whose first member is its kind.
package struct WrittenFact: Sendable {
  /// The kinds that this program writes; readers go past others.
  enum Kind: String, CaseIterable {
    case accepted, generation, published, exported, retracted, receipt, acknowledged, mirror
    case mirrored
    case snapshot, suite
    case generationDropped = "generation-dropped"
    case publicationRemoved = "publication-removed"
    case snapshotRemoved = "snapshot-removed"
    case receiptTaken = "receipt-taken"
    case mirrorRemoved = "mirror-removed"
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

  private init(kind: String, _ members: [Member]) { (self.kind, self.members) = (kind, members) }

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
  package func isSet(_ name: String) -> Bool { value(name) == .flag }
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

// MARK: how long they are

extension WrittenFact {
  /// The longest fact as it is written, in bytes; lists are shared out among several.
  static let longest = 4096

  /// The fact as JSON.
  var json: [UInt8] {
    var text = AuditFactText("{\"\(WrittenFact.kindName)\":")
    text.string(kind)
    for (name, value) in members {
      text.raw(",\"\(name)\":")
      switch value {
      case .text(let value): text.string(value)
      case .number(let number): text.raw("\(number)")
      case .flag: text.raw("true")
      case .list(let values): text.list(values)
      }
    }
    text.raw("}")
    return text.bytes
  }

  /// The fact in pieces that are short enough, each as JSON: all of its other members stand in each
  /// of them, and the values of its lists in one of them.
  var pieces: [[UInt8]] {
    let whole = json
    guard whole.count > WrittenFact.longest else { return [whole] }
    let scalars = members.filter { if case .list = $0.value { false } else { true } }
    let frame = WrittenFact(kind: kind, scalars)
    let room = WrittenFact.longest - frame.json.count
    guard room > 0 else { return [standIn(for: whole)] }
    var pieces: [[UInt8]] = []
    var lists: [Member] = []
    var used = 0
    func finish() {
      pieces.append(WrittenFact(kind: kind, scalars + lists).json)
      (lists, used) = ([], 0)
    }
    for (name, value) in members {
      guard case .list(let texts) = value else { continue }
      for text in texts {
        var length = AuditFactText.length(text) + 1
        guard length + name.utf8.count + 6 <= room else { return [standIn(for: whole)] }
        if lists.last?.name != name { length += name.utf8.count + 6 }
        if used + length > room {
          finish()
          length = AuditFactText.length(text) + 1 + name.utf8.count + 6
        }
        used += length
        if let last = lists.last, last.name == name, case .list(let before) = last.value {
          lists[lists.count - 1].value = .list(before + [text])
        } else {
          lists.append((name, .list([text])))
        }
      }
    }
    finish()
    return pieces
  }

  /// What stands for a fact that is too long even so: its digest.
  ///
  /// With it nobody can say later that it was another one. No fact that a rule reads can be so long.
  private func standIn(for whole: [UInt8]) -> [UInt8] {
    WrittenFact(kind: kind, [("fact-sha256", .digest(SHA256Digest.of(whole)))]).json
  }
}

/// JSON that is written whole: unlike the other texts of a record it is never cut.
private struct AuditFactText {
  private(set) var bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func string(_ text: String) {
    bytes.append(0x22)
    for scalar in text.unicodeScalars { bytes += AuditLineWriter.escaped(scalar) }
    bytes.append(0x22)
  }

  mutating func list(_ values: [String]) {
    raw("[")
    for (index, value) in values.enumerated() {
      if index > 0 { raw(",") }
      string(value)
    }
    raw("]")
  }

  static func length(_ text: String) -> Int {
    var written = AuditFactText("")
    written.string(text)
    return written.bytes.count
  }
}
