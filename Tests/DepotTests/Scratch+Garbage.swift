import DebianRepository
import Foundation
import Objects
import SafeIO

@testable import Depot

extension Depot {
  /// Every object, as the disk has it.
  func present() throws -> Set<SHA256Digest> {
    var found: Set<SHA256Digest> = []
    let root = root.describe("objects")
    for directory in try FileManager.default.contentsOfDirectory(atPath: root) {
      for name in try FileManager.default.contentsOfDirectory(atPath: root + "/" + directory) {
        guard let digest = SHA256Digest(hex: name) else { continue }
        found.insert(digest)
      }
    }
    return found
  }

  /// How long the listing of a snapshot is.
  func listingLength(of snapshot: SnapshotRecord) throws -> UInt64 {
    try objects.size(of: snapshot.digest) ?? 0
  }

  /// A mirror of one suite whose state is this listing.
  func mirror(_ name: String, listing: SHA256Digest) throws {
    let record = MirrorRecord(
      name: name,
      upstream: "file:///upstream",
      suites: ["stable"],
      components: [],
      architectures: [],
      kinds: [],
      allowUnsigned: true,
      created: UTCTime(seconds: 1)
    )
    if try !catalogue.mirrors().contains(record) { try catalogue.insert([record], keys: []) }
    let state = MirrorState(
      suite: SuiteRecord(distribution: "stable", proof: .unsigned(vouchedBy: []), date: nil),
      names: ReleaseNames(suite: "", codename: ""),
      validUntil: nil,
      release: listing,
      isInRelease: true,
      lastModified: "",
      listing: listing,
      files: 1,
      bytes: 1,
      updated: UTCTime(seconds: 1),
      indexes: []
    )
    try catalogue.record([state], ofMirror: name)
  }
}
