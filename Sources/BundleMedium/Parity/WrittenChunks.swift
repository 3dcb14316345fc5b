internal import BundleFormat
internal import SafeIO

/// Chunks that lie in a directory, complete.
struct WrittenChunks: ChunkBytes {
  let directory: Directory
  let names: [String]

  func append(_ place: Range<UInt64>, ofChunk number: Int, to block: Block) throws(Failure) {
    let name = names[number - 1]
    // Opened anew for each piece: there may be more chunks than a process can have open.
    let file = try directory.file(name)
    var position = place.lowerBound
    while position < place.upperBound {
      let count = try file.read(
        into: block,
        at: position,
        limit: Int(clamping: place.upperBound - position)
      )
      guard count > 0 else {
        throw Failure(
          .io,
          "short-read",
          "the chunk is shorter than it was written",
          subject: directory.describe(name)
        )
      }
      position += UInt64(count)
    }
  }
}
