private import Archives
internal import BundleFormat
package import SafeIO

/// Where an exporter takes contents from.
package protocol ContentSource: Sendable {
  /// Opens the content of a digest for reading.
  func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile
}

/// Writes one chunk in one pass: contents are read and checked on one thread, the archive is
/// hashed (and compressed) on another, and what is stored is written on a third.
struct ChunkWriter {
  let number: Int
  let isCompressed: Bool
  let table: EntryTable
  let source: any ContentSource

  /// Fixed for ever with the format's version: the bytes of a bundle depend on it.
  static let compressionLevel: Int32 = 6
  /// Writes the chunk that will be `name` in `directory`; it has to be made durable yet.
  func write(
    as name: String,
    in directory: Directory,
    progress: (UInt64) -> Void
  ) throws(Failure) -> UnsyncedChunk {
    let layout = try ChunkLayout(chunk: number, of: table)
    let temporary = UnsyncedChunk.temporaryName(of: name)
    _ = try directory.removeFile(temporary)
    let file = SharedFile(try directory.createFile(temporary))
    let (digest, length) =
      isCompressed
      ? try compress(layout, { (bytes) throws(Failure) in try file.file.write(bytes) }, progress)
      : try store(layout, to: file, progress)
    guard try file.file.status().size == length, isCompressed || length == layout.length else {
      throw Failure(.io, "short-write", "not all bytes arrived", subject: file.file.name)
    }
    let chunk = Manifest.Chunk(
      digest: digest,
      size: length,
      plainSize: layout.length,
      isCompressed: isCompressed
    )
    return UnsyncedChunk(chunk, name: name, file: file)
  }

  /// Hands the bytes of the chunk's file over, from front to back, and says what they came to.
  func stream(
    _ take: (RawSpan) throws(Failure) -> Void,
    progress: (UInt64) -> Void
  ) throws(Failure) -> Manifest.Chunk {
    let layout = try ChunkLayout(chunk: number, of: table)
    let (digest, length) =
      isCompressed
      ? try compress(layout, take, progress)
      : try withArchive(layout, blockSize: Block.standardCapacity) { (stream) throws(Failure) in
        var hasher = SHA256Hasher()
        var length: UInt64 = 0
        while let block = stream.next() {
          hasher.update(block.bytes)
          try take(block.bytes)
          length += UInt64(block.count)
          progress(UInt64(block.count))
          stream.giveBack(block)
        }
        return (hasher.finish(), length)
      }
    guard isCompressed || length == layout.length else {
      throw Failure(.internal, "chunk", "chunk \(number) is not as long as its layout")
    }
    return Manifest.Chunk(
      digest: digest,
      size: length,
      plainSize: layout.length,
      isCompressed: isCompressed
    )
  }

  /// Gives `body` the blocks of the archive, which another thread makes.
  private func withArchive<Result>(
    _ layout: ChunkLayout,
    blockSize: Int,
    _ body: (BlockStream) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let stream = BlockStream(capacity: blockSize)
    let producer = ArchiveProducer(layout: layout, table: table, source: source, stream: stream)
    return try Threads.beside { () throws(Failure) in
      do throws(Failure) {
        try producer.run()
        stream.finish()
      } catch {
        stream.cancel()
        throw error
      }
    } _: { () throws(Failure) in
      // Whatever ends this thread ends the stream, or the other side would wait for ever.
      defer { stream.cancel() }
      return try body(stream)
    }
  }

  private func store(
    _ layout: ChunkLayout,
    to file: SharedFile,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> (digest: SHA256Digest, length: UInt64) {
    _ = try file.file.preallocate(layout.length)
    let writer = SequentialWriter(for: file.file)
    return try withArchive(layout, blockSize: writer.blockSize) { (stream) throws(Failure) in
      let hashed = BoundedQueue<Block>(limit: BlockStream.standardDepth)
      var hasher = SHA256Hasher()
      var length: UInt64 = 0
      try Threads.beside { () throws(Failure) in
        // Nobody waits for a writer that has failed, or for the blocks that it had.
        defer {
          hashed.cancel()
          stream.cancel()
        }
        var writer = writer
        while let block = hashed.receive() {
          try writer.write(block.bytes, to: file.file)
          stream.giveBack(block)
        }
      } _: { () throws(Failure) in
        while let block = stream.next() {
          hasher.update(block.bytes)
          length += UInt64(block.count)
          progress(UInt64(block.count))
          guard hashed.send(block) else { break }
        }
        hashed.finish()
      }
      return (hasher.finish(), length)
    }
  }

  private func compress(
    _ layout: ChunkLayout,
    _ take: (RawSpan) throws(Failure) -> Void,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> (digest: SHA256Digest, length: UInt64) {
    try withArchive(layout, blockSize: Block.standardCapacity) { (stream) throws(Failure) in
      var hasher = SHA256Hasher()
      var length: UInt64 = 0
      func append(_ bytes: RawSpan) throws(Failure) {
        try take(bytes)
        hasher.update(bytes)
        length += UInt64(bytes.byteCount)
      }
      var zstd = try ZstdWriter(level: ChunkWriter.compressionLevel, contentSize: layout.length)
      while let block = stream.next() {
        try zstd.write(block.bytes, append)
        progress(UInt64(block.count))
        stream.giveBack(block)
      }
      try zstd.finish(append)
      return (hasher.finish(), length)
    }
  }
}

/// Builds the tar archive of a chunk from contents, block by block.
private final class ArchiveProducer: Sendable {
  private let layout: ChunkLayout
  private let table: EntryTable
  private let source: any ContentSource
  private let stream: BlockStream

  init(
    layout: ChunkLayout,
    table: EntryTable,
    source: any ContentSource,
    stream: BlockStream
  ) {
    self.layout = layout
    self.table = table
    self.source = source
    self.stream = stream
  }

  func run() throws(Failure) {
    var current = stream.takeFree()
    var next: ChunkLayout.Member? = layout.first(in: table)
    while let member = next {
      try append(ChunkLayout.header(of: member, in: table), to: &current)
      try appendContent(of: member, to: &current)
      var piece = 0
      while let bytes = ChunkLayout.trailerPiece(piece, of: member, in: table) {
        try append(bytes, to: &current)
        piece += 1
      }
      guard current != nil else { return }
      try Interruption.check()
      next = layout.next(after: member, in: table)
    }
    try append([UInt8](repeating: 0, count: Int(TarHeader.endLength)), to: &current)
    if let current, current.count > 0 { _ = stream.send(current) }
  }

  /// Sends a full block and takes a free one; nil from then on when the consumer has stopped.
  private func passOnWhenFull(_ current: inout Block?) {
    guard let block = current, block.room == 0 else { return }
    current = stream.send(block) ? stream.takeFree() : nil
  }

  private func append(_ bytes: [UInt8], to current: inout Block?) throws(Failure) {
    var done = 0
    while done < bytes.count, let block = current {
      done += unsafe block.append(bytes.span.bytes.extracting(done..<bytes.count))
      passOnWhenFull(&current)
    }
  }

  private func appendContent(
    of member: ChunkLayout.Member,
    to current: inout Block?
  ) throws(Failure) {
    let entry = ChunkLayout.entry(of: member, in: table)
    let digest = table.files.digest(at: entry)
    let file = try source.open(digest)
    let size = table.files.size(at: entry)
    guard try file.status().size == size else { throw damaged(entry) }
    if member.part > 0 {
      if member.part == 1 { try check(file, digest, entry) }
      try file.seek(to: table.firstByte(ofPart: member.part, entry: entry))
    }
    var hasher = SHA256Hasher()
    var rest = member.length
    while rest > 0, let block = current {
      let start = block.count
      let count = try file.read(into: block, limit: Int(clamping: rest))
      guard count > 0 else { throw damaged(entry) }
      if member.part == 0 { hasher.update(block.bytes.extracting(start..<block.count)) }
      rest -= UInt64(count)
      passOnWhenFull(&current)
      try Interruption.check()
    }
    guard current != nil else { return }
    if member.part == 0, hasher.finish() != digest { throw damaged(entry) }
  }

  /// A split file is hashed as a whole before its first part is packed.
  private func check(
    _ file: borrowing OpenFile,
    _ digest: SHA256Digest,
    _ entry: Int
  ) throws(Failure) {
    let block = Block()
    var hasher = SHA256Hasher()
    try file.seek(to: 0)
    while true {
      block.clear()
      if try file.read(into: block) == 0 { break }
      hasher.update(block.bytes)
      try Interruption.check()
    }
    guard hasher.finish() == digest else { throw damaged(entry) }
  }

  private func damaged(_ entry: Int) -> Failure {
    Failure(
      .integrity,
      .damagedObject,
      "the depot's object is not what it was: its SHA-256 should be "
        + table.files.digest(at: entry).hex,
      subject: table.files.path(at: entry),
      hint: "run “aptferry depot check”; nothing complete was written to the medium"
    )
  }
}
