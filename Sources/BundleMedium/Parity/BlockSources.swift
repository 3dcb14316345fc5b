internal import BundleFormat
internal import SafeIO
private import Synchronization

/// Finds the blocks of a bundle's chunks and of its parity on the media, each by its digest.
///
/// Whoever made a medium chose what lies on it: a file that cannot be read has no good block, and that
/// is all.
final class BlockSources: Sendable {
  /// A block, and where it may lie.
  struct Wanted: Sendable {
    let digest: SHA256Digest
    let length: Int
    /// Where it begins in the file, in bytes.
    let offset: UInt64
    fileprivate let files: [BundleMedia.Candidate]

    /// Whether no medium has a file that it could be in.
    var isNowhere: Bool { files.isEmpty }
  }

  private let media: BundleMedia
  private let manifest: Manifest
  private let parity: ParitySet
  private let extents: [Range<UInt64>]
  private let known = Mutex<[Int: [BundleMedia.Candidate]]>([:])
  private let knownParity = Mutex<[Int: [BundleMedia.Candidate]]>([:])

  /// How many files are tried for a chunk.
  private static let mostTried = 16

  init(_ media: BundleMedia, of manifest: Manifest, _ set: ParitySet) {
    (self.media, self.manifest, parity) = (media, manifest, set)
    extents = set.list.extents
  }

  var layout: ParityLayout { parity.layout }

  /// The files that a chunk may be, best first: of its length, then others.
  func files(ofChunk number: Int) throws(Failure) -> [BundleMedia.Candidate] {
    if let files = known.withLock({ $0[number] }) { return files }
    let size = manifest.chunks[number - 1].size
    var sized: [(candidate: BundleMedia.Candidate, isWhole: Bool)] = []
    let candidates = media.candidates(forChunk: number, of: manifest)
    for candidate in candidates.prefix(BlockSources.mostTried) {
      let status = try candidate.directory.readableStatus(candidate.path)
      sized.append((candidate, status?.size == size))
    }
    let files = (sized.filter(\.isWhole) + sized.filter { !$0.isWhole }).map(\.candidate)
    known.withLock { $0[number] = files }
    return files
  }

  /// The length of a file that a chunk may be, by its place in `files`.
  func size(ofFile index: Int, ofChunk number: Int) throws(Failure) -> UInt64? {
    let file = try files(ofChunk: number)[index]
    return try file.directory.readableStatus(file.path)?.size
  }

  /// The files that one of parity may be.
  func files(ofParity number: Int) throws(Failure) -> [BundleMedia.Candidate] {
    if let files = knownParity.withLock({ $0[number] }) { return files }
    let path = ParityList.directory + "/" + ParityList.fileName(number)
    var files: [BundleMedia.Candidate] = []
    for medium in media.media {
      guard try medium.directory.readableStatus(path)?.kind == .regular else { continue }
      files.append(BundleMedia.Candidate(directory: medium.directory, path: path, isNamed: true))
    }
    knownParity.withLock { $0[number] = files }
    return files
  }

  /// A block of a chunk.
  func block(_ place: ParityLayout.Place) throws(Failure) -> Wanted {
    Wanted(
      digest: parity.digest(at: place.index),
      length: place.length,
      offset: place.offset,
      files: try files(ofChunk: place.chunk)
    )
  }

  /// A block of parity.
  func block(parityStrip strip: Int, row: Int) throws(Failure) -> Wanted {
    let start = UInt64(strip * layout.rows + row) * UInt64(layout.blockSize)
    // They are all but the last of one length, but nobody has to rely on that.
    let index = extents.firstIndex { $0.contains(start) } ?? 0
    return Wanted(
      digest: parity.digest(at: layout.index(parityStrip: strip, row: row)),
      length: layout.blockSize,
      offset: start - extents[index].lowerBound,
      files: try files(ofParity: index + 1)
    )
  }

  /// The first file that has the block whole, by its place among those that it may be in; nil when none has.
  func source(of block: Wanted) throws(Failure) -> Int? {
    for (index, file) in block.files.enumerated() where try isWhole(block, in: file) {
      return index
    }
    return nil
  }

  private func isWhole(
    _ block: Wanted,
    in candidate: BundleMedia.Candidate
  ) throws(Failure) -> Bool {
    do throws(Failure) {
      let file = try candidate.directory.file(candidate.path)
      let buffer = Block(capacity: min(block.length, Block.standardCapacity))
      var hasher = SHA256Hasher()
      var done = 0
      while done < block.length {
        buffer.clear()
        let count = try file.read(
          into: buffer,
          at: block.offset + UInt64(done),
          limit: block.length - done
        )
        guard count > 0 else { return false }
        hasher.update(buffer.bytes)
        done += count
      }
      try Interruption.check()
      return hasher.finish() == block.digest
    } catch {
      guard error.isOfMedium else { throw error }
      return false
    }
  }

  /// What can be read of a block that no file has whole: for each slice the first file that gives it, by
  /// its place among those that the block may be in.
  ///
  /// A file that gives all of the block, and other bytes than were signed, vouches for none of them.
  func slices(of block: Wanted, _ size: Int) throws(Failure) -> [Int?] {
    var found = [Int?](repeating: nil, count: (block.length + size - 1) / size)
    for (index, file) in block.files.enumerated() {
      let isRead = try readSlices(of: block, size, in: file)
      guard isRead.contains(false) else { continue }
      for slice in found.indices where isRead[slice] && found[slice] == nil {
        found[slice] = index
      }
    }
    return found
  }

  /// Which slices of a block a file gives.
  private func readSlices(
    of block: Wanted,
    _ size: Int,
    in candidate: BundleMedia.Candidate
  ) throws(Failure) -> [Bool] {
    var isRead = [Bool](repeating: false, count: (block.length + size - 1) / size)
    do throws(Failure) {
      let file = try candidate.directory.file(candidate.path)
      let buffer = Block(capacity: size)
      for slice in isRead.indices {
        isRead[slice] = try isThere(slice, of: block, size, in: file, buffer)
        try Interruption.check()
      }
    } catch {
      guard error.isOfMedium else { throw error }
    }
    return isRead
  }

  private func isThere(
    _ slice: Int,
    of block: Wanted,
    _ size: Int,
    in file: MediumFile,
    _ buffer: Block
  ) throws(Failure) -> Bool {
    let start = slice * size
    let count = min(size, block.length - start)
    buffer.clear()
    do throws(Failure) {
      while buffer.count < count {
        let read = try file.read(
          into: buffer,
          at: block.offset + UInt64(start + buffer.count),
          limit: count - buffer.count
        )
        guard read > 0 else { return false }
      }
      return true
    } catch {
      guard error.isOfMedium else { throw error }
      return false
    }
  }

  /// Appends bytes of a block, as a file has them, and zeros behind its end: so many in all.
  func append(
    _ block: Wanted,
    from source: Int,
    start: Int,
    count: Int,
    to buffer: Block
  ) throws(Failure) {
    let file = try block.files[source].directory.file(block.files[source].path)
    var position = start
    let end = min(start + count, block.length)
    while position < end {
      let read = try file.read(
        into: buffer,
        at: block.offset + UInt64(position),
        limit: end - position
      )
      // It was longer a moment ago: what is rebuilt is checked.
      guard read > 0 else { break }
      position += read
    }
    _ = buffer.appendZeros(start + count - position)
  }
}
