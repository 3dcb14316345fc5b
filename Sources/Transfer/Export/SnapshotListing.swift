internal import Depot
internal import Objects
internal import SafeIO

/// The list of a snapshot, which is an object of the depot under the snapshot's digest.
extension ObjectStore {
  /// Gives path, size and digest of every file of a list as it is read, and checks the list itself.
  ///
  /// - Throws: `state` when the list is not what its digest says, and whatever `body` throws.
  func forEachFile(
    ofListing digest: SHA256Digest,
    snapshot: String,
    _ body: (Span<UInt8>, UInt64, SHA256Digest) throws(Failure) -> Void
  ) throws(Failure) {
    let file = try open(digest)
    var lines = FileList.Lines(name: "the list of snapshot \(snapshot)")
    var hasher = SHA256Hasher()
    let block = Block(capacity: 1 << 16)
    while true {
      block.clear()
      if try file.read(into: block) == 0 { break }
      hasher.update(block.bytes)
      try lines.read(Span(_bytes: block.bytes), body)
    }
    try lines.finish()
    guard hasher.finish() == digest else {
      throw Failure(
        .state,
        "listing-damaged",
        "the list of this snapshot is not what it was",
        subject: snapshot,
        hint: "run: aptferry depot check"
      )
    }
  }
}
