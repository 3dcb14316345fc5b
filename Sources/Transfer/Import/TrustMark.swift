internal import Depot
internal import SafeIO

/// Whom the depot trusted at one moment, to see whether that has changed.
struct TrustMark: Equatable {
  private let pinned: Set<TrustRecord>
  private let revoked: Set<String>
  private let vendors: [VendorRecord]

  init(of depot: Depot) throws(Failure) {
    let catalogue = depot.catalogue
    pinned = Set(try catalogue.trust(role: .exporter) + catalogue.trust(role: .upstream))
    revoked = Set(try catalogue.revokedKeys().map(\.key))
    vendors = try catalogue.vendors()
  }
}
