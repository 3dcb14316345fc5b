package import BundleFormat
package import SafeIO

/// Makes chunks again that are damaged or lost, from what the media have and parity.
///
/// Damage is found by digests, never by parity. Every block that is made again is checked by the table that
/// MANIFEST names, and every chunk by its own digest there.
package final class ParityRepair {
  /// What became of the chunks.
  package struct Outcome: Sendable {
    /// Those that were made again, ascending.
    package var rebuilt: [Int] = []
    /// Those that cannot be, ascending: more is lost in a row than parity makes good.
    package var beyond: [Int] = []
  }

  /// What is known of a chunk.
  private struct Chunk {
    /// The blocks that were made again.
    var rebuilt: Set<Int> = []
    /// Whether a block of it cannot be.
    var isBeyond = false
    /// The file that its blocks were found in; nil before the first.
    var source: Int?
    /// Whether no single file has all of them.
    var isMixed = false

    mutating func found(in source: Int) {
      if let known = self.source, known != source { isMixed = true }
      self.source = self.source ?? source
    }
  }

  private let manifest: Manifest
  private let sources: BlockSources
  private var chunks: [Int: Chunk] = [:]
  private var layout: ParityLayout { sources.layout }

  package init(_ media: BundleMedia, of manifest: Manifest, with set: ParitySet) {
    self.manifest = manifest
    sources = BlockSources(media, of: manifest, set)
  }

  /// Makes chunks again.
  ///
  /// - Parameters:
  ///   - wanted: those that are wanted, whatever state they are in; nil for all that no file has whole.
  ///   - target: gets them.
  ///   - progress: called with the number of bytes of chunks that were dealt with.
  /// - Returns: what became of them.
  /// - Throws: only what is no finding of the media.
  package func run(
    _ wanted: Set<Int>? = nil,
    into target: some RebuiltChunks,
    progress: (UInt64) -> Void
  ) throws(Failure) -> Outcome {
    var reachable = wanted
    if let wanted { reachable = try withoutHopeless(wanted) }
    try solveRows(reachable, into: target, progress)
    var outcome = Outcome()
    for (number, chunk) in chunks.sorted(by: { $0.key < $1.key }) {
      if let wanted {
        guard wanted.contains(number) else { continue }
      } else {
        guard try isToBeMade(number, chunk) else { continue }
      }
      var isMade = false
      if !chunk.isBeyond { isMade = try finish(number, chunk, in: target) }
      if isMade {
        outcome.rebuilt.append(number)
      } else {
        outcome.beyond.append(number)
        try target.drop(number)
      }
    }
    return outcome
  }

  /// Those of the chunks for which something is worth reading: media that are not here at all may lack so
  /// much that no row can be solved.
  private func withoutHopeless(_ wanted: Set<Int>) throws(Failure) -> Set<Int> {
    var rest = wanted
    for row in rows(wanted) {
      var nowhere: [Int] = []
      for strip in 0..<layout.dataStrips {
        guard let place = layout.place(strip: strip, row: row) else { continue }
        if try sources.files(ofChunk: place.chunk).isEmpty { nowhere.append(place.chunk) }
      }
      guard nowhere.count > layout.parityStrips else { continue }
      for number in nowhere {
        rest.remove(number)
        chunks[number, default: Chunk()].isBeyond = true
      }
    }
    return rest
  }

  /// Goes through all rows that have anything of what is wanted.
  private func solveRows(
    _ wanted: Set<Int>?,
    into target: some RebuiltChunks,
    _ progress: (UInt64) -> Void
  ) throws(Failure) {
    let repair = RowRepair(sources)
    for number in rows(wanted) {
      let row = try repair.look(at: number)
      for (place, source) in zip(row.places, row.sources) {
        guard let place else { continue }
        if let source { chunks[place.chunk, default: Chunk()].found(in: source) }
        progress(UInt64(place.length))
      }
      let lost = row.lost
      guard !lost.isEmpty else { continue }
      let good = try repair.rebuild(row) { (strip, bytes, start) throws(Failure) in
        guard let place = row.places[strip], wanted?.contains(place.chunk) ?? true else { return }
        let file = try target.file(ofChunk: place.chunk)
        try file.file.seek(to: place.offset + UInt64(start))
        try file.file.write(bytes)
      }
      for strip in lost {
        guard let place = row.places[strip] else { continue }
        if good.contains(strip) {
          chunks[place.chunk, default: Chunk()].rebuilt.insert(place.block)
        } else {
          chunks[place.chunk, default: Chunk()].isBeyond = true
        }
      }
    }
  }

  /// The rows to go through.
  private func rows(_ wanted: Set<Int>?) -> [Int] {
    guard let wanted else { return Array(0..<layout.rows) }
    var isWanted = [Bool](repeating: false, count: layout.rows)
    for number in wanted {
      for (row, _) in layout.places(ofChunk: number) { isWanted[row] = true }
    }
    return isWanted.indices.filter { isWanted[$0] }
  }

  /// Whether no file on the media is this chunk.
  private func isToBeMade(_ number: Int, _ chunk: Chunk) throws(Failure) -> Bool {
    guard chunk.rebuilt.isEmpty, !chunk.isBeyond, !chunk.isMixed, let source = chunk.source else {
      return true
    }
    return try sources.size(ofFile: source, ofChunk: number) != manifest.chunks[number - 1].size
  }

  /// Adds the blocks of a chunk that the media have, and checks all of it; false when it does not become
  /// what was signed.
  private func finish(
    _ number: Int,
    _ chunk: Chunk,
    in target: some RebuiltChunks
  ) throws(Failure) -> Bool {
    let file = try target.file(ofChunk: number)
    let buffer = Block(capacity: min(layout.blockSize, Block.standardCapacity))
    for (_, place) in layout.places(ofChunk: number) where !chunk.rebuilt.contains(place.block) {
      let block = try sources.block(place)
      guard let source = try sources.source(of: block) else { return false }
      for start in stride(from: 0, to: place.length, by: buffer.capacity) {
        buffer.clear()
        let count = min(buffer.capacity, place.length - start)
        do throws(Failure) {
          try sources.append(block, from: source, start: start, count: count, to: buffer)
        } catch {
          guard error.isOfMedium else { throw error }
          return false
        }
        try file.file.seek(to: place.offset + UInt64(start))
        try file.file.write(buffer.bytes)
      }
    }
    let signed = manifest.chunks[number - 1]
    let wanted = Manifest.FileSum(digest: signed.digest, size: signed.size)
    guard try ParityRepair.sum(of: file.file) == wanted else { return false }
    try target.keep(number, file)
    return true
  }

  private static func sum(of file: borrowing OpenFile) throws(Failure) -> Manifest.FileSum {
    let block = Block()
    var hasher = SHA256Hasher()
    var length: UInt64 = 0
    while true {
      block.clear()
      if try file.read(into: block, at: length) == 0 { break }
      length += UInt64(block.count)
      hasher.update(block.bytes)
      try Interruption.check()
    }
    return Manifest.FileSum(digest: hasher.finish(), size: length)
  }
}
