internal import Objects
package import SafeIO

/// The counts that `depot status` shows; nothing is hashed for them.
package struct DepotStatus: Sendable {
  /// The name of the site.
  package let site: String
  /// Whether a vendor's key must be pinned here.
  package let upstream: DepotConfiguration.UpstreamPolicy
  /// How many objects.
  package let objects: UInt64
  /// Their sizes together, in bytes.
  package let bytes: UInt64
  /// How many snapshots.
  package let snapshots: Int
  /// How many publications.
  package let publications: Int
  /// How many pinned keys.
  package let keys: Int
  /// Keys of upstreams that are pinned without a vendor's name, and so for any suite.
  package let keysForAnySuite: [String]
  /// Snapshots with suites whose signatures could not be verified here.
  package let unverified: [String]
  /// Imports and freezes that are not finished.
  package let unfinished: [UnfinishedWork]
  /// Free space in the depot's file system, in bytes.
  package let free: UInt64
  /// The newest signed time that was accepted.
  package let newestSignedTime: UTCTime?

  /// Counts.
  package init(of depot: Depot) throws(Failure) {
    var (objects, bytes): (UInt64, UInt64) = (0, 0)
    for bucket in UInt8.min...UInt8.max {
      try depot.objects.forEachObject(inBucket: bucket) { (object) throws(Failure) in
        var size = object.size
        if size == nil { size = try depot.objects.size(of: object.digest) }
        guard let size else { return }
        objects += 1
        bytes &+= size
      }
    }
    site = depot.configuration.site
    upstream = depot.configuration.upstream
    self.objects = objects
    self.bytes = bytes
    let snapshots = try depot.catalogue.snapshots()
    self.snapshots = snapshots.count
    unverified = snapshots.filter { snapshot in
      snapshot.suites.contains { if case .unverified = $0.proof { true } else { false } }
    }.map(\.name)
    publications = Set(try depot.catalogue.generations().map(\.prefix)).count
    let pinned = try depot.catalogue.trust()
    keys = pinned.count
    keysForAnySuite = pinned.filter { $0.role == .upstream && $0.name.isEmpty }.map(\.fingerprint)
    unfinished = try depot.unfinishedWork()
    free = try depot.freeSpace().bytes
    newestSignedTime = try depot.catalogue.newestSignedTime()
  }
}
