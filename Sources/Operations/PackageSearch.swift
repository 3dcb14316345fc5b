package import Choosing
internal import Comparison
package import DebianRepository
internal import Depot
internal import Objects
package import SafeIO

extension Session {
  /// Hands out the packages of a snapshot that a query asks for, each index in its order, and the
  /// suite that each is of.
  ///
  /// A package that several indexes list comes once for each suite. One that `apt` cannot get is none.
  /// - Throws: `state` when there is no such snapshot, `integrity` for an index that cannot be read.
  package func searchSnapshot(
    _ name: String,
    _ query: PackageQuery,
    _ body: (_ suite: String, PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    let depot = try depot()
    let snapshot = try depot.catalogue.snapshot(name)
    let state = SnapshotComparison.State(
      files: try depot.catalogue.fileList(of: snapshot),
      suites: snapshot.suites.map(\.distribution)
    )
    var seen: [String: Set<SHA256Digest>] = [:]
    try SnapshotComparison.forEachStanza(of: state) { (digest) throws(Failure) in
      try depot.objects.open(digest)
    } _: { (suite, stanza) throws(Failure) in
      guard stanza.unusable == nil, query.matches(stanza) else { return }
      // Packages for all architectures stand in the index of each.
      let bytes = Array(copying: stanza.bytes)
      guard seen[suite, default: []].insert(SHA256Digest.of(bytes)).inserted else { return }
      try body(suite, stanza)
    }
  }
}
