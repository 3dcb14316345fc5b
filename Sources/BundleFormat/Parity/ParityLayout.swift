package import SafeIO

/// How the chunks of a bundle stand in rows, of which parity is made
/// (`docs/formats/bundle-format.md`, section "Parity").
///
/// A chunk begins with a block. The blocks of a *segment*, which are the chunks of one medium or of all of
/// them, are cut into *strips* of so many blocks as there are rows; the strips of all segments stand beside
/// each other as columns. Where a strip or a block ends early, there are zeros in thought. Whatever lies
/// together on a medium hits a row seldom: a burst of as many strips as there are strips of parity is healed.
package struct ParityLayout: Sendable, Equatable {
  /// Chunks whose blocks follow each other.
  package struct Segment: Sendable, Equatable {
    /// The chunks, ascending, from 1.
    package let chunks: [Int]
    /// How many blocks they have together.
    package fileprivate(set) var blocks = 0
    /// How many strips these fill, the last one perhaps in part.
    package fileprivate(set) var strips = 0
    // The number of the first block of each chunk in the segment.
    fileprivate var starts: [Int] = []
    // What comes before the segment.
    fileprivate var firstStrip = 0
    fileprivate var firstBlock = 0

    fileprivate init(_ chunks: [Int]) { self.chunks = chunks }
  }

  /// A block of a chunk.
  package struct Place: Sendable, Equatable {
    /// The chunk, from 1.
    package let chunk: Int
    /// Which of its blocks, from 0.
    package let block: Int
    /// Where it begins in the chunk's file, in bytes.
    package let offset: UInt64
    /// How many bytes it has; only the last one of a chunk has less than all.
    package let length: Int
    /// Where its digest stands in the table.
    package let index: Int
  }

  /// How long a block is, in bytes.
  package let blockSize: Int
  /// How many rows there are: the blocks of a strip.
  package let rows: Int
  /// The chunks, segment by segment.
  package private(set) var segments: [Segment]
  /// How many strips of parity there are.
  package let parityStrips: Int
  /// How many strips the chunks fill.
  package let dataStrips: Int
  /// How many blocks the chunks have.
  package let dataBlocks: Int
  private let sizes: [UInt64]
  // The segment of each chunk, and its place there.
  private let homes: [Home]

  private struct Home: Sendable, Equatable {
    let segment: Int
    let position: Int
  }

  /// The block size that is used unless there would be too many, in bytes.
  package static let standardBlockSize = 1 << 20
  /// Block sizes that a reader takes: powers of two, in bytes.
  package static let blockSizes = 1 << 9...1 << 24
  /// How many blocks there may be, those of parity too: each costs a reader memory.
  package static let mostBlocks = 1 << 21
  /// How many strips there may be, those of parity too.
  package static let mostStrips = 255

  /// Puts chunks in rows.
  ///
  /// - Parameters:
  ///   - sizes: the length of each chunk's file, from the first on, in bytes.
  ///   - segments: the numbers of the chunks, each in one of them, ascending.
  ///   - blockSize: the length of a block, in bytes.
  ///   - rows: the blocks of a strip.
  ///   - parityStrips: how many strips of parity there are.
  /// - Throws: `integrity` for what no exporter writes.
  package init(
    sizes: [UInt64],
    segments: [[Int]],
    blockSize: Int,
    rows: Int,
    parityStrips: Int
  ) throws(Failure) {
    guard ParityLayout.blockSizes.contains(blockSize), blockSize & (blockSize - 1) == 0 else {
      throw ParityLayout.refuse("the block size is no power of two, or out of range")
    }
    guard rows > 0, rows <= ParityLayout.mostBlocks, parityStrips > 0 else {
      throw ParityLayout.refuse("there are no rows or no strips of parity")
    }
    var homes = [Home?](repeating: nil, count: sizes.count)
    var placed: [Segment] = []
    var (blocks, strips) = (0, 0)
    for chunks in segments {
      var segment = Segment(chunks)
      (segment.firstBlock, segment.firstStrip) = (blocks, strips)
      for number in chunks {
        guard sizes.indices.contains(number - 1), homes[number - 1] == nil else {
          throw ParityLayout.refuse(
            "a segment names a chunk that another one has, or that the bundle does not have"
          )
        }
        homes[number - 1] = Home(segment: placed.count, position: segment.starts.count)
        segment.starts.append(segment.blocks)
        segment.blocks += ParityLayout.blocks(of: sizes[number - 1], blockSize)
        guard blocks + segment.blocks <= ParityLayout.mostBlocks else {
          throw ParityLayout.tooLarge
        }
      }
      segment.strips = (segment.blocks + rows - 1) / rows
      (blocks, strips) = (blocks + segment.blocks, strips + segment.strips)
      placed.append(segment)
    }
    self.homes = homes.compactMap { $0 }
    guard self.homes.count == sizes.count, strips > 0 else {
      throw ParityLayout.refuse("a chunk stands in no segment")
    }
    guard parityStrips <= ParityLayout.mostStrips, strips + parityStrips <= ParityLayout.mostStrips
    else { throw ParityLayout.refuse("there are more than \(ParityLayout.mostStrips) strips") }
    guard blocks + rows * parityStrips <= ParityLayout.mostBlocks else {
      throw ParityLayout.tooLarge
    }
    (self.sizes, self.segments, self.blockSize, self.rows) = (sizes, placed, blockSize, rows)
    (self.parityStrips, dataStrips, dataBlocks) = (parityStrips, strips, blocks)
  }

  /// How many blocks so many bytes have.
  static func blocks(of size: UInt64, _ blockSize: Int) -> Int {
    guard size > 0 else { return 0 }
    return Int(clamping: (size - 1) / UInt64(blockSize)) + 1
  }

  /// How many blocks a chunk has.
  package func blocks(ofChunk number: Int) -> Int {
    ParityLayout.blocks(of: sizes[number - 1], blockSize)
  }

  /// How many strips there are in all.
  package var strips: Int { dataStrips + parityStrips }

  /// How many digests the table has.
  package var tableCount: Int { dataBlocks + rows * parityStrips }

  /// How many bytes parity has.
  package var parityLength: UInt64 { UInt64(rows * parityStrips) * UInt64(blockSize) }

  /// Where the digest of a block of parity stands in the table; the strips stand one behind the other.
  package func index(parityStrip strip: Int, row: Int) -> Int { dataBlocks + strip * rows + row }

  /// The block of the chunks in a strip and row; nil where there are zeros.
  package func place(strip: Int, row: Int) -> Place? {
    guard
      let segment = segments.first(where: {
        ($0.firstStrip..<($0.firstStrip + $0.strips)).contains(strip)
      })
    else { return nil }
    let block = (strip - segment.firstStrip) * rows + row
    guard block < segment.blocks else { return nil }
    // The last chunk that begins there or before; empty ones begin where the next one does.
    var (low, high) = (0, segment.starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if segment.starts[middle] <= block { low = middle } else { high = middle }
    }
    return place(segment.chunks[low], block - segment.starts[low], segment.firstBlock + block)
  }

  private func place(_ chunk: Int, _ block: Int, _ index: Int) -> Place {
    let offset = UInt64(block) * UInt64(blockSize)
    return Place(
      chunk: chunk,
      block: block,
      offset: offset,
      length: Int(min(UInt64(blockSize), sizes[chunk - 1] - offset)),
      index: index
    )
  }

  /// The blocks of a chunk, each with the row in which it stands.
  package func places(ofChunk number: Int) -> [(row: Int, place: Place)] {
    let home = homes[number - 1]
    let segment = segments[home.segment]
    return (0..<blocks(ofChunk: number)).map { block in
      let inSegment = segment.starts[home.position] + block
      return (inSegment % rows, place(number, block, segment.firstBlock + inSegment))
    }
  }

  static func refuse(_ what: String) -> Failure {
    Failure(
      .integrity,
      "parity",
      what,
      subject: ParityList.name,
      hint: "the bundle was not made by a program that follows the format; import it without parity"
    )
  }

  static var tooLarge: Failure {
    refuse("there are more than \(mostBlocks) blocks: a reader would need too much memory")
  }
}
