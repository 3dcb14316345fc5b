internal import BundleFormat
private import ErasureCoding
internal import SafeIO
private import Synchronization

/// Makes the blocks of a row again that are lost, from the others and as many of parity.
final class RowRepair {
  /// What is there of a row.
  struct Row: Sendable {
    let number: Int
    /// The block of each strip of the chunks; nil where there are zeros.
    let places: [ParityLayout.Place?]
    let blocks: [BlockSources.Wanted?]
    /// Which of its files each block was found in; nil where it is lost, or nothing.
    var sources: [Int?]

    /// The strips whose blocks are on no medium whole.
    var lost: [Int] { places.indices.filter { places[$0] != nil && sources[$0] == nil } }
  }

  private let sources: BlockSources
  private var layout: ParityLayout { sources.layout }
  // The last one: rows that lack the same are many.
  private var code: (lost: [Int], rows: [Int], code: ErasureCode)?

  /// How many bytes of all strips are in memory at most, about.
  private static let memory = 24 << 20

  init(_ sources: BlockSources) { self.sources = sources }

  /// Reads all blocks of a row, and says which of them are lost.
  func look(at number: Int) throws(Failure) -> Row {
    let strips = Array(0..<layout.dataStrips)
    let places = strips.map { layout.place(strip: $0, row: number) }
    var blocks: [BlockSources.Wanted?] = []
    for place in places {
      if let place { blocks.append(try sources.block(place)) } else { blocks.append(nil) }
    }
    let found = try find(blocks)
    return Row(number: number, places: places, blocks: blocks, sources: found)
  }

  /// In which of its files each block is whole.
  private func find(_ blocks: [BlockSources.Wanted?]) throws(Failure) -> [Int?] {
    let found = Found(blocks.count)
    try Threads.forEach(count: blocks.count) { [sources] (index) throws(Failure) in
      guard let block = blocks[index], !block.isNowhere,
        let source = try sources.source(of: block)
      else { return }
      found.places.withLock { $0[index] = source }
    }
    return found.places.withLock { $0 }
  }

  private final class Found: Sendable {
    let places: Mutex<[Int?]>

    init(_ count: Int) { places = Mutex([Int?](repeating: nil, count: count)) }
  }

  /// Makes the lost blocks of a row again.
  ///
  /// - Parameters:
  ///   - row: the row, of which something is lost.
  ///   - take: gets a piece of a block that is made again: of which strip, and from which byte on.
  /// - Returns: the strips whose blocks came out as they were signed; none when too much is lost.
  /// - Throws: what `take` throws, and what is no finding of the media.
  func rebuild(
    _ row: Row,
    take: (Int, RawSpan, Int) throws(Failure) -> Void
  ) throws(Failure) -> [Int] {
    let lost = row.lost
    guard let parity = try parity(of: row.number, count: lost.count) else {
      return try RowSlices(sources).rebuild(row, take: take)
    }
    let code = code(for: lost, parity.map(\.strip))
    let there = row.places.indices.filter { !lost.contains($0) }
    var piece = layout.blockSize
    while piece > 1 << 12, piece * (layout.dataStrips + lost.count) > RowRepair.memory {
      piece /= 2
    }
    let input = (0..<layout.dataStrips).map { [piece] _ in Block(capacity: piece) }
    let output = lost.map { [piece] _ in Block(capacity: piece) }
    var hashers = lost.map { _ in SHA256Hasher() }
    let wanted: [(block: BlockSources.Wanted, source: Int)?] =
      there.map { strip in
        guard let block = row.blocks[strip], let source = row.sources[strip] else { return nil }
        return (block, source)
      } + parity.map { ($0.block, $0.source) }
    for start in stride(from: 0, to: layout.blockSize, by: piece) {
      try read(wanted, from: start, piece, into: input)
      let width = max(code.tile, piece / Threads.processors / code.tile * code.tile)
      try Threads.forEach(count: (piece + width - 1) / width) { [piece] (index) throws(Failure) in
        code.run(input, into: output, (index * width)..<min(piece, (index + 1) * width))
      }
      for (index, strip) in lost.enumerated() {
        guard let place = row.places[strip], place.length > start else { continue }
        let block = output[index]
        block.setCount(min(piece, place.length - start))
        hashers[index].update(block.bytes)
        try take(strip, block.bytes, start)
      }
      try Interruption.check()
    }
    // A medium may give other bytes the second time.
    return lost.indices.filter { hashers[$0].finish() == row.blocks[lost[$0]]?.digest }
      .map { lost[$0] }
  }

  private func code(for lost: [Int], _ rows: [Int]) -> ErasureCode {
    if let known = code, known.lost == lost, known.rows == rows { return known.code }
    let made = ErasureCode.solution(lost: lost, from: rows, columns: layout.dataStrips)
    code = (lost, rows, made)
    return made
  }

  private typealias ParityBlock = (strip: Int, block: BlockSources.Wanted, source: Int)

  /// So many good blocks of parity in a row; nil when there are fewer.
  private func parity(of row: Int, count: Int) throws(Failure) -> [ParityBlock]? {
    var found: [ParityBlock] = []
    var next = 0
    while found.count < count, next < layout.parityStrips {
      let strips = Array(next..<min(layout.parityStrips, next + count - found.count))
      next += strips.count
      var blocks: [BlockSources.Wanted?] = []
      for strip in strips { blocks.append(try sources.block(parityStrip: strip, row: row)) }
      for (index, source) in try find(blocks).enumerated() {
        guard let source, let block = blocks[index] else { continue }
        found.append((strips[index], block, source))
      }
    }
    return found.count == count ? found : nil
  }

  private func read(
    _ wanted: [(block: BlockSources.Wanted, source: Int)?],
    from start: Int,
    _ piece: Int,
    into input: [Block]
  ) throws(Failure) {
    try Threads.forEach(count: input.count) { [sources] (index) throws(Failure) in
      let buffer = input[index]
      buffer.clear()
      do throws(Failure) {
        if let (block, source) = wanted[index], block.length > start {
          try sources.append(block, from: source, start: start, count: piece, to: buffer)
        }
      } catch {
        // What comes out is checked.
        guard error.isOfMedium else { throw error }
      }
      _ = buffer.appendZeros(buffer.room)
    }
  }
}
