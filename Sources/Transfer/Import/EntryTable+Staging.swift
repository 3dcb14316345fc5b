internal import BundleFormat
internal import Depot
internal import Objects
internal import SafeIO

/// What a staging has of a bundle's entries.
extension EntryTable {
  /// Keeps the lists of all snapshots, and notes that their files are needed.
  ///
  /// What a chunk has that the depot holds already does not come into the staging, and a later run
  /// does not look at that chunk again: gc must leave it in the depot meanwhile.
  func keepListings(of manifest: Manifest, in staging: Staging) throws(Failure) {
    for snapshot in manifest.snapshots {
      try keepListing(of: snapshot, in: staging)
      try staging.note(listing: snapshot.digest)
    }
  }

  /// The list of a snapshot is an object too, under the snapshot's digest.
  private func keepListing(
    of snapshot: Manifest.Snapshot,
    in staging: Staging
  ) throws(Failure) {
    let file = SharedFile(try staging.create(snapshot.digest))
    var hasher = SHA256Hasher()
    try forEachListingBlock(ofSnapshot: snapshot.name) { (text) throws(Failure) in
      hasher.update(text)
      try file.file.write(text)
    }
    guard hasher.finish() == snapshot.digest else {
      throw Failure(.internal, "listing", "the list is not the one that was checked")
    }
    try staging.keep(snapshot.digest)
  }

  /// What lies in the chunks that arrived: only that is known to be durable.
  func contents(ofChunks arrived: Set<Int>) -> Set<SHA256Digest> {
    var digests: Set<SHA256Digest> = []
    for place in placements where arrived.contains(Int(place.chunk)) {
      digests.insert(files.digest(at: Int(place.entry)))
    }
    return digests
  }
}
