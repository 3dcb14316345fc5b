internal import SafeIO

/// Reads a tar archive that is a member of another file, entry by entry.
enum TarContent {
  /// An entry of the archive.
  struct Entry {
    let path: String
    let isFile: Bool
  }

  /// What one archive may have at most.
  struct Limits {
    /// Bytes of content, of all entries together.
    let bytes: UInt64
    let entries: UInt64
  }

  /// Hands out entries and their content, from the first to the last.
  ///
  /// `reading` fills a block with the next bytes of the member; `begin` is told of each entry, in order,
  /// and answers how long it may be; `bytes` is given its content.
  static func forEach(
    _ compression: Compression,
    name: String,
    limits: Limits,
    reading: (Block) throws(Failure) -> Int,
    _ begin: (Entry) throws(Failure) -> UInt64,
    bytes: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    try withoutActuallyEscaping(reading) { (next) throws(Failure) in
      let input = try ArchiveInput.openTar(compression, name: name, next: next)
      var (left, count) = (limits.bytes, UInt64(0))
      while let entry = try input.nextEntry() {
        try Interruption.check()
        count += 1
        guard count <= limits.entries else { throw tooMany(limits, name) }
        let longest = min(left, try begin(entry))
        var length: UInt64 = 0
        try input.forEachBlock(limit: longest) { (block) throws(Failure) in
          length += UInt64(block.byteCount)
          try bytes(block)
        }
        left -= length
      }
    }
  }

  private static func tooMany(_ limits: Limits, _ name: String) -> Failure {
    Failure(
      .unsafe,
      "too-large",
      "the archive has more than the \(limits.entries) entries that are read",
      subject: name
    )
  }
}
