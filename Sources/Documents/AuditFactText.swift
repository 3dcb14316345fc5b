package import Depot
internal import SafeIO

/// How facts of the audit log are shown, also those of a kind that this program does not write.
package enum AuditFactText {
  /// For a table: digests by their first digits, fingerprints left to `--json`.
  package static func short(_ fact: WrittenFact) -> String {
    text(fact) { name, value in
      if name == "signers" || name == "signer" { return nil }
      return SHA256Digest(hex: value)?.short ?? value
    }
  }

  /// With everything in it.
  package static func whole(_ fact: WrittenFact) -> String { text(fact) { $1 } }

  private static func text(
    _ fact: WrittenFact,
    _ shown: (_ name: String, _ value: String) -> String?
  ) -> String {
    var words = [fact.kind]
    for (name, value) in fact.members {
      let values: [String]
      switch value {
      case .flag:
        words.append(name)
        continue
      case .number(let number): values = ["\(number)"]
      case .text(let text): values = [text]
      case .list(let texts): values = texts
      }
      let parts = values.compactMap { shown(name, $0) }
      if !parts.isEmpty { words.append("\(name)=" + parts.joined(separator: ",")) }
    }
    return words.joined(separator: " ")
  }

  /// As it stands in the record.
  package static func json(_ fact: WrittenFact) -> JSONText {
    .object(
      [("fact", .string(fact.kind))]
        + fact.members.map { name, value in
          switch value {
          case .text(let text): (name, .string(text))
          case .number(let number): (name, .count(number))
          case .flag: (name, .bool(true))
          case .list(let texts): (name, .array(texts.map { .string($0) }))
          }
        }
    )
  }
}
