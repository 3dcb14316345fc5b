internal import Depot
package import OpenPGP
package import SafeIO
package import Trust

/// The keys that a depot has and has had.
package struct OwnKeyReport: Sendable {
  /// The public half of the key that it signs with.
  package let key: PublicKey
  /// All keys, as the depot notes them.
  package let known: DepotIdentity.Known
  /// The fingerprints of keys that were revoked.
  package let revoked: Set<String>
}

extension Session {
  /// Reads which keys the depot has; only its owner can, whom the GnuPG home is open to.
  package func ownKey() throws(Failure) -> OwnKeyReport {
    let depot = try depot()
    return try reading { () throws(Failure) in
      let known = try DepotIdentity.read(depot)
      return OwnKeyReport(
        key: try known.current.publicKey(),
        known: known,
        revoked: Set(try depot.catalogue.revokedKeys().map(\.key))
      )
    }
  }
}
