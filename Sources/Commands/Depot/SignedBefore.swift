internal import Depot
internal import OpenPGP
internal import Publishing
internal import SafeIO
internal import Trust

/// What a key of the depot that is replaced, or counts no more, has signed of a publication.
struct SignedBefore {
  private let signed: Publications.SignedGenerations

  /// What the key, or a subkey of it, signed of all publications.
  static func find(_ key: Fingerprint, in depot: Depot) throws(Failure) -> [SignedBefore] {
    var parts: Set<String> = [key.text]
    let known = try DepotIdentity.read(depot)
    let own = [known.current] + known.earlier.map(\.key)
    if let found = own.first(where: { $0.fingerprint == key }) {
      do throws(Failure) {
        parts.formUnion(try found.publicKey().parts.map(\.fingerprint.text))
      } catch {
        // A key that was lost names no subkeys; its own name is all that can be looked for.
        guard [.configuration, .trust, .usage, .state].contains(error.kind) else { throw error }
      }
    }
    return try Publications.signed(by: parts, in: depot).map { SignedBefore(signed: $0) }
  }

  /// Where the publication lies.
  var prefix: String { signed.prefix }

  /// The publication with the generations that the key signed.
  var text: String {
    let numbers = signed.numbers.map { "\($0)" }.joined(separator: ", ")
    return "\(prefix) (generation\(signed.numbers.count == 1 ? "" : "s") \(numbers))"
  }

  /// What signs them with the keys of now.
  var command: String {
    let sign = "aptferry publication sign \(prefix) --reason TEXT"
    // One that names its keys signs with those until it is told otherwise.
    return signed.namesKeys
      ? "aptferry publication edit \(prefix) --signing-key … --reason TEXT, then \(sign)" : sign
  }

  var json: JSONText {
    .object([
      ("prefix", .string(prefix)),
      ("generations", .array(signed.numbers.map { .count($0) })),
    ])
  }
}
