package import Depot
package import SafeIO

extension Publications {
  /// The generations of a publication that certain keys signed.
  package struct SignedGenerations: Sendable {
    /// Where the publication lies.
    package let prefix: String
    /// Their numbers, oldest first, the current one among them.
    package let numbers: [UInt64]
    /// Whether the recipe of the current one names the keys that sign, and not only the depot's own.
    package let namesKeys: Bool
  }

  /// What keys signed of all that is published and kept, by prefix.
  ///
  /// `fingerprints` are those of keys and of their subkeys that sign.
  package static func signed(
    by fingerprints: Set<String>,
    in depot: Depot
  ) throws(Failure) -> [SignedGenerations] {
    var found: [SignedGenerations] = []
    let all = try depot.catalogue.generations().filter { $0.state != .prepared }
    for current in all where current.state == .current {
      var numbers: [UInt64] = []
      for generation in all where generation.prefix == current.prefix {
        guard try PublicationRecipe(of: generation, in: depot).hasSite else { continue }
        let issuers = try SiteSignature(of: generation, in: depot).issuers(in: depot)
        if !fingerprints.isDisjoint(with: issuers) { numbers.append(generation.number) }
      }
      guard !numbers.isEmpty else { continue }
      found.append(
        SignedGenerations(
          prefix: current.prefix,
          numbers: numbers,
          namesKeys: try !PublicationRecipe(of: current, in: depot).signers.isEmpty
        )
      )
    }
    return found
  }
}

extension PublicationRecipe {
  /// Whether this site signs any of it.
  fileprivate var hasSite: Bool { distributions.contains { $0.mode.hasResigned } }
}
