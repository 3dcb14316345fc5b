private import Archives
internal import BundleFormat
private import Glibc
internal import SafeIO

/// Gives the tar archive of one chunk file as blocks, while the file is hashed on the way if need be.
///
/// A stored chunk is read once. A compressed chunk is first copied to a private file while it is
/// hashed, and decompressed from there only if it is the file that was signed.
final class ChunkSource: Sendable {
  /// What was wrong with the file as a whole.
  struct Finding: Sendable {
    var wrongLength: UInt64?
    var wrongDigest = false
    /// The digest of the whole file, when all of it was read.
    var digest: SHA256Digest?
    /// Offsets at which the medium could not be read.
    var unreadable: [(offset: UInt64, reason: String)] = []
    var notDecompressed: Failure?

    var isGood: Bool {
      wrongLength == nil && !wrongDigest && unreadable.isEmpty && notDecompressed == nil
    }
  }

  private let source: MediumFile
  private let chunk: Manifest.Chunk
  private let expected: SHA256Digest?
  private let scratch: Directory?
  private let stream: BlockStream
  // Whether the digest of a stored chunk is wanted.
  private let isHashed: Bool

  /// A medium that cannot be read in this many places is given up.
  private static let mostUnreadable = 16

  init(
    _ file: MediumFile,
    chunk: Manifest.Chunk,
    expected: SHA256Digest?,
    scratch: Directory?,
    stream: BlockStream,
    isHashed: Bool
  ) {
    source = file
    self.chunk = chunk
    self.expected = expected
    self.scratch = scratch
    self.stream = stream
    self.isHashed = isHashed
  }

  /// Runs on a thread of its own until the chunk is read or the consumer stops.
  ///
  /// `room` says how many bytes the next block of a stored chunk may have at most; `deliver` hands over
  /// the next bytes of the archive, and answers false when nobody wants more.
  func run(
    room: () -> Int,
    deliver: (Block) throws(Failure) -> Bool
  ) throws(Failure) -> Finding {
    var finding = Finding()
    let size = try source.size()
    guard size == chunk.size else {
      finding.wrongLength = size
      return finding
    }
    source.adviseSequential()
    if chunk.isCompressed {
      try runCompressed(&finding, deliver)
    } else {
      try runStored(&finding, room, deliver)
    }
    return finding
  }

  private func runStored(
    _ finding: inout Finding,
    _ room: () -> Int,
    _ deliver: (Block) throws(Failure) -> Bool
  ) throws(Failure) {
    var hasher = SHA256Hasher()
    var offset: UInt64 = 0
    while offset < chunk.size {
      guard let block = stream.takeFree() else { return }
      try fill(block, at: offset, limit: room(), &finding)
      guard block.count > 0 else {
        // Shorter than it was a moment ago.
        finding.wrongLength = offset
        stream.giveBack(block)
        return
      }
      if isHashed { hasher.update(block.bytes) }
      offset += UInt64(block.count)
      guard try deliver(block) else { return }
      try Interruption.check()
      if finding.unreadable.count >= ChunkSource.mostUnreadable { return }
    }
    if isHashed { judge(hasher.finish(), &finding) }
  }

  private func judge(_ digest: SHA256Digest, _ finding: inout Finding) {
    finding.digest = digest
    finding.wrongDigest = digest != (expected ?? digest)
  }

  /// Reads all of a stored chunk again, for its digest: something in it is not what it should be.
  func hashAgain(_ finding: inout Finding) throws(Failure) {
    guard finding.wrongLength == nil, finding.unreadable.count < ChunkSource.mostUnreadable else {
      return
    }
    let block = Block()
    var again = Finding()
    var hasher = SHA256Hasher()
    var offset: UInt64 = 0
    while offset < chunk.size {
      block.clear()
      try fill(block, at: offset, &again)
      guard block.count > 0, again.unreadable.count < ChunkSource.mostUnreadable else { return }
      hasher.update(block.bytes)
      offset += UInt64(block.count)
      try Interruption.check()
    }
    judge(hasher.finish(), &finding)
    // What could not be read once is nothing that was signed, whatever a second look gives.
    if !finding.unreadable.isEmpty { finding.wrongDigest = true }
  }

  /// Fills a block from the file; where the medium cannot be read, zeros stand in and it is noted.
  private func fill(
    _ block: Block,
    at offset: UInt64,
    limit most: Int = .max,
    _ finding: inout Finding
  ) throws(Failure) {
    while block.room > 0, block.count < most {
      let position = offset + UInt64(block.count)
      guard position < chunk.size else { return }
      let limit = min(Int(clamping: chunk.size - position), most - block.count)
      do {
        if try source.read(into: block, at: position, limit: limit) == 0 { return }
      } catch {
        guard error.kind == .io, error.isOfMedium else { throw error }
        finding.unreadable.append((position, error.reason))
        _ = block.appendZeros(min(limit, block.room))
      }
    }
  }

  private func runCompressed(
    _ finding: inout Finding,
    _ deliver: (Block) throws(Failure) -> Bool
  ) throws(Failure) {
    let block = Block()
    var hasher = SHA256Hasher()
    var offset: UInt64 = 0
    let copy: SharedFile? = if let scratch { SharedFile(try scratch.unnamedFile()) } else { nil }
    while offset < chunk.size {
      block.clear()
      try fill(block, at: offset, &finding)
      guard block.count > 0 else { break }
      hasher.update(block.bytes)
      if let copy { try copy.file.write(block.bytes) }
      offset += UInt64(block.count)
      try Interruption.check()
    }
    let digest = hasher.finish()
    finding.digest = digest
    guard digest == (expected ?? digest) else {
      finding.wrongDigest = true
      return
    }
    let checked = copy.map { MediumFile($0) } ?? source
    do {
      try decompress(checked, using: block, digest, deliver)
    } catch {
      guard error.kind != .interrupted, error.kind != .terminated else { throw error }
      finding.notDecompressed = error
    }
  }

  private func decompress(
    _ checked: MediumFile,
    using input: Block,
    _ digest: SHA256Digest,
    _ deliver: (Block) throws(Failure) -> Bool
  ) throws(Failure) {
    var zstd = try ZstdReader(expectedSize: chunk.plainSize)
    var again = SHA256Hasher()
    var rest = chunk.size
    var current = stream.takeFree()
    while rest > 0, current != nil {
      input.clear()
      guard
        try checked.read(
          into: input,
          at: chunk.size - rest,
          limit: Int(clamping: rest)
        ) > 0
      else { break }
      rest -= UInt64(input.count)
      again.update(input.bytes)
      try zstd.read(input.bytes) { (output) throws(Failure) in
        var done = 0
        while done < output.byteCount, let block = current {
          done += block.append(output.extracting(done..<output.byteCount))
          if block.room == 0 {
            guard try deliver(block) else {
              current = nil
              return
            }
            current = stream.takeFree()
          }
        }
      }
      try Interruption.check()
    }
    guard let last = current else { return }
    try zstd.finish()
    // Without a private copy the medium was read twice; it must have said the same.
    guard rest == 0, again.finish() == digest else {
      throw Failure(.integrity, "chunk-changed", "the file changed while it was read")
    }
    _ = try deliver(last)
  }
}
