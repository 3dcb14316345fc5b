internal import BundleFormat
private import ErasureCoding
internal import SafeIO
private import Synchronization

/// Where the bytes of chunks are taken from, at any place.
protocol ChunkBytes: Sendable {
  /// Appends bytes of a chunk's file to a block, which has room for them: exactly so many.
  func append(_ place: Range<UInt64>, ofChunk number: Int, to block: Block) throws(Failure)
}

/// Makes parity of chunks, row by row: all strips are read in step, so that whatever the length of the
/// bundle some short pieces of them are in memory.
final class ParityMaker: Sendable {
  private let layout: ParityLayout
  private let source: any ChunkBytes
  private let code: ErasureCode
  private let data: [Column]
  private let parity: [Column]
  /// How many bytes of each strip are dealt with at once.
  private let piece: Int

  /// How many bytes of all strips are in memory at most, about.
  private static let memory = 24 << 20

  /// A strip: the piece of it that is in memory, and the digest of its block in the row.
  private final class Column: Sendable {
    let block: Block
    private let hasher = Mutex(SHA256Hasher())

    init(_ length: Int) { block = Block(capacity: length) }

    func restart() { hasher.withLock { $0 = SHA256Hasher() } }

    /// Takes in the first bytes of the piece.
    func hash(_ length: Int) {
      let block = block
      hasher.withLock { $0.update(block.bytes.extracting(0..<length)) }
    }

    var digest: SHA256Digest { hasher.withLock { $0.finish() } }
  }

  init(_ layout: ParityLayout, from source: any ChunkBytes) {
    (self.layout, self.source) = (layout, source)
    code = .parity(rows: layout.parityStrips, columns: layout.dataStrips)
    var piece = layout.blockSize
    while piece > 1 << 12, piece * layout.strips > ParityMaker.memory { piece /= 2 }
    self.piece = piece
    data = (0..<layout.dataStrips).map { [piece] _ in Column(piece) }
    parity = (0..<layout.parityStrips).map { [piece] _ in Column(piece) }
  }

  /// Makes the strips, and hands out their pieces.
  ///
  /// - Parameters:
  ///   - take: gets a piece of a strip of parity, and where it stands among the bytes of all of them.
  ///   - progress: called with the number of bytes of chunks that were dealt with.
  /// - Returns: the table: the digest of each block, those of the chunks first.
  /// - Throws: what the source or `take` throws.
  func run(
    take: (RawSpan, UInt64) throws(Failure) -> Void,
    progress: (UInt64) -> Void
  ) throws(Failure) -> [UInt8] {
    var digests = [SHA256Digest](repeating: .zero, count: layout.tableCount)
    for row in 0..<layout.rows {
      let places = (0..<layout.dataStrips).map { layout.place(strip: $0, row: row) }
      for column in data + parity { column.restart() }
      for start in stride(from: 0, to: layout.blockSize, by: piece) {
        progress(try read(places, from: start))
        try encode()
        for (strip, column) in parity.enumerated() {
          let before = UInt64(strip * layout.rows + row) * UInt64(layout.blockSize)
          let block = column.block
          try take(block.bytes, before + UInt64(start))
        }
        try Interruption.check()
      }
      for (column, place) in zip(data, places) {
        if let place { digests[place.index] = column.digest }
      }
      for (strip, column) in parity.enumerated() {
        digests[layout.index(parityStrip: strip, row: row)] = column.digest
      }
    }
    var table: [UInt8] = []
    table.reserveCapacity(digests.count * 32)
    for digest in digests { digest.appendBytes(to: &table) }
    return table
  }

  /// Reads a piece of each strip of the chunks; answers how many bytes there were.
  private func read(_ places: [ParityLayout.Place?], from start: Int) throws(Failure) -> UInt64 {
    let piece = piece
    try Threads.forEach(count: data.count) { [self] (strip) throws(Failure) in
      let column = data[strip]
      column.block.clear()
      if let place = places[strip], place.length > start {
        let length = min(piece, place.length - start)
        let first = place.offset + UInt64(start)
        try source.append(first..<(first + UInt64(length)), ofChunk: place.chunk, to: column.block)
        column.hash(length)
      }
      _ = column.block.appendZeros(column.block.room)
    }
    return places.reduce(0) { sum, place in
      sum + UInt64(max(0, min(piece, (place?.length ?? 0) - start)))
    }
  }

  /// Makes the pieces of parity.
  private func encode() throws(Failure) {
    let (inputs, outputs) = (data.map(\.block), parity.map(\.block))
    let width = max(code.tile, piece / Threads.processors / code.tile * code.tile)
    let piece = piece
    try Threads.forEach(count: (piece + width - 1) / width) { [code] (index) throws(Failure) in
      let start = index * width
      code.run(inputs, into: outputs, start..<min(piece, start + width))
    }
    for column in parity { column.block.setCount(piece) }
    try Threads.forEach(count: parity.count) { [parity] (strip) throws(Failure) in
      parity[strip].hash(piece)
    }
  }
}
