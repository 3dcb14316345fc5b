internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Transfer

/// Which keys count for a mirror: those pinned for it only, else those pinned for any upstream.
enum MirrorKeys {
  static func records(
    of mirror: MirrorRecord,
    _ catalogue: Catalogue
  ) throws(Failure) -> [TrustRecord] {
    let all = try catalogue.trust(role: .upstream, name: mirror.trustName)
    let own = all.filter { $0.name == mirror.trustName }
    return own.isEmpty ? all : own
  }

  static func read(of mirror: MirrorRecord, _ depot: Depot) throws(Failure) -> [PublicKey] {
    try PinnedKeys.read(try records(of: mirror, depot.catalogue), depot)
  }
}
