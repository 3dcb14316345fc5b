internal import Depot
package import Publishing
internal import SafeIO

/// How it is shown what was signed anew, and what would have to be.
package enum SigningText {
  package static func json(_ result: SigningResult) -> JSONText {
    .object([
      ("prefix", .string(result.prefix)),
      ("dryRun", .bool(result.isDryRun)),
      ("keys", .array(result.keys.map { .string($0) })),
      ("signed", .count(UInt64(result.count))),
      (
        "generations",
        .array(
          result.generations.map { generation in
            .object([
              ("generation", .count(generation.number)),
              ("state", .string(generation.state.rawValue)),
              ("distributions", .array(generation.distributions.map { .string($0) })),
              ("before", .array(generation.before.map { .string($0) })),
              ("signedAnew", .bool(generation.isSignedAnew)),
            ])
          }
        )
      ),
      ("notes", JSONDocument.json(result.notes)),
    ])
  }

  package static func lines(_ result: SigningResult) -> [String] {
    var lines = ["prefix:  \(result.prefix)"] + result.keys.map { "key:     \($0)" }
    for generation in result.generations {
      let what =
        generation.isSignedAnew
        ? (result.isDryRun ? "would be signed anew" : "signed anew")
          + ", was signed by \(generation.before.joined(separator: ", "))"
        : "signed by these keys already"
      lines.append(
        "\(generation.state.rawValue): generation \(generation.number), "
          + "\(generation.distributions.joined(separator: ", ")): \(what)"
      )
    }
    return lines.map { Escaped.line($0) }
  }

  // MARK: what a key signed

  /// The publication with the generations that a key signed.
  package static func name(_ signed: Publications.SignedGenerations) -> String {
    let numbers = signed.numbers.map { "\($0)" }.joined(separator: ", ")
    return "\(signed.prefix) (generation\(signed.numbers.count == 1 ? "" : "s") \(numbers))"
  }

  /// What signs them with the keys of now.
  package static func command(_ signed: Publications.SignedGenerations) -> String {
    let sign = "aptferry publication sign \(signed.prefix) --reason TEXT"
    // One that names its keys signs with those until it is told otherwise.
    return signed.namesKeys
      ? "aptferry publication edit \(signed.prefix) --signing-key … --reason TEXT, then \(sign)"
      : sign
  }

  package static func json(_ signed: Publications.SignedGenerations) -> JSONText {
    .object([
      ("prefix", .string(signed.prefix)),
      ("generations", .array(signed.numbers.map { .count($0) })),
    ])
  }
}
