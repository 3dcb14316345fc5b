package import Depot
package import OpenPGP
package import SafeIO

/// Which keys count for a mirror: those pinned for it only, else those pinned for any upstream.
package enum MirrorKeys {
  /// The records of the keys that count for a mirror.
  package static func records(
    of mirror: MirrorRecord,
    _ catalogue: Catalogue
  ) throws(Failure) -> [TrustRecord] {
    let all = try catalogue.trust(role: .upstream).filter {
      !MirrorRecord.isTrustName($0.name) || $0.name == mirror.trustName
    }
    let own = all.filter { $0.name == mirror.trustName }
    return own.isEmpty ? all : own
  }

  /// The keys that count for a mirror.
  package static func read(of mirror: MirrorRecord, _ depot: Depot) throws(Failure) -> [PublicKey] {
    try PinnedKeys.read(try records(of: mirror, depot.catalogue), depot)
  }
}
