internal import Objects
package import SafeIO

extension Depot {
  /// The digests of the objects that are here and that something recorded needs, ascending: what gc
  /// will leave, and so what a receipt may promise.
  package func heldObjects() throws(Failure) -> [SHA256Digest] {
    var census = try ObjectCensus(objects)
    var seen: Set<SHA256Digest> = []
    for listing in try recordedListings() where seen.insert(listing.digest).inserted {
      guard census.mark(listing.digest) else { continue }
      var lines = FileList.Lines(name: "the listing of \(listing.user)")
      let file = try objects.open(listing.digest)
      let block = Block(capacity: 1 << 16)
      while true {
        block.clear()
        if try file.read(into: block) == 0 { break }
        try lines.read(Span(_bytes: block.bytes)) { _, _, digest in _ = census.mark(digest) }
      }
      try lines.finish()
    }
    var held: [SHA256Digest] = []
    held.reserveCapacity(census.marked)
    for bucket in census.buckets {
      for (index, digest) in bucket.digests.enumerated() where bucket.isMarked(at: index) {
        held.append(digest)
      }
    }
    return held
  }
}
