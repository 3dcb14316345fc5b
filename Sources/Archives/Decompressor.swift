package import SafeIO

/// Unpacks index files, block by block, in memory that does not grow with them.
///
/// Every byte must belong to the compressed data: several members or frames one behind the other
/// are read as `apt` reads them, anything else behind them is refused, and so is an end too early.
/// libarchive does not look at gzip's checksum: whoever needs integrity compares the digest of the
/// compressed file, as a Release file lists it.
package enum Decompressor {
  /// Gives the content of an open file from its first byte on, at most `limit` bytes.
  ///
  /// The blocks are only valid within `body`. What `body` did with blocks before a failure must be
  /// thrown away: damage may show only at the end.
  /// - Throws: `integrity` for data that is damaged, cut or followed by other bytes, `unsafe`
  ///   when there is more than `limit`, and whatever `body` throws.
  package static func forEachBlock(
    of file: borrowing OpenFile,
    _ compression: Compression,
    limit: UInt64,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    var offset: UInt64 = 0
    try forEachBlock(
      name: file.name,
      compression,
      limit: limit,
      reading: { (block) throws(Failure) in
        let count = try file.read(into: block, at: offset)
        offset += UInt64(count)
        return count
      },
      body
    )
  }

  /// Gives the content of compressed bytes in memory, at most `limit` bytes.
  package static func forEachBlock(
    of bytes: [UInt8],
    _ compression: Compression,
    name: String,
    limit: UInt64,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    var position = 0
    try forEachBlock(
      name: name,
      compression,
      limit: limit,
      reading: { (block) throws(Failure) in
        let rest = unsafe bytes.span.bytes.extracting(position..<bytes.count)
        let count = block.append(rest)
        position += count
        return count
      },
      body
    )
  }

  /// Gives the content of whatever `reading` fills blocks with; it answers how many bytes it
  /// appended, 0 at the end.
  package static func forEachBlock(
    name: String,
    _ compression: Compression,
    limit: UInt64,
    reading: (Block) throws(Failure) -> Int,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    guard compression != .none else {
      return try copy(name: name, limit: limit, reading: reading, body)
    }
    try withoutActuallyEscaping(reading) { (next) throws(Failure) in
      let input = try ArchiveInput.open(compression, name: name, next: next)
      if try input.nextMember() {
        try input.forEachBlock(limit: limit, body)
      } else if compression == .gzip {
        try input.checkEmptyGzip()
      }
      try input.checkAllTaken()
    }
  }

  private static func copy(
    name: String,
    limit: UInt64,
    reading: (Block) throws(Failure) -> Int,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    let block = Block(capacity: 1 << 18)
    var total: UInt64 = 0
    while true {
      try Interruption.check()
      block.clear()
      let count = try reading(block)
      guard count > 0 else { return }
      total += UInt64(count)
      guard total <= limit else { throw tooLarge(limit, name) }
      try body(block.bytes)
    }
  }

  static func tooLarge(_ limit: UInt64, _ name: String) -> Failure {
    Failure(
      .unsafe,
      "too-large",
      "the content is longer than the \(limit) bytes that it may have",
      subject: name
    )
  }
}
