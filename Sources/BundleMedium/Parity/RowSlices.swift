internal import BundleFormat
private import ErasureCoding
internal import SafeIO

/// Makes the blocks of a row again of which more are damaged than there is parity, slice by slice.
///
/// A drive that says that it cannot read a sector gives the rest of the block. Damage of several blocks is
/// seldom in the same place of each, so that each slice for itself lacks no more than parity makes good.
struct RowSlices {
  /// A column of the row: a block of the chunks or of parity.
  private struct Column {
    /// Nil where there are zeros.
    let block: BlockSources.Wanted?
    /// The file that each slice is read from; nil where none gives it.
    let slices: [Int?]

    /// Whether the bytes of a slice are not known; behind the block's end they are zeros.
    func lacks(_ slice: Int) -> Bool { slice < slices.count && slices[slice] == nil }
  }

  private let sources: BlockSources
  private var layout: ParityLayout { sources.layout }
  private var size: Int { min(RowSlices.longest, layout.blockSize) }

  /// How long a slice is at most, in bytes: what a drive gives up as one.
  private static let longest = 1 << 12

  init(_ sources: BlockSources) { self.sources = sources }

  /// Makes the lost blocks of a row again; see `RowRepair.rebuild`.
  func rebuild(
    _ row: RowRepair.Row,
    take: (Int, RawSpan, Int) throws(Failure) -> Void
  ) throws(Failure) -> [Int] {
    let data = try data(of: row)
    let parity = try parity(of: row.number)
    var rest = row.lost
    var hashers = [Int: SHA256Hasher](
      uniqueKeysWithValues: rest.map { ($0, SHA256Hasher()) }
    )
    var code: (lost: [Int], rows: [Int], code: ErasureCode)?
    for slice in 0..<(layout.blockSize / size) {
      let lacking = data.indices.filter { data[$0].lacks(slice) }
      let rows = parity.indices.filter { !parity[$0].lacks(slice) }.prefix(lacking.count)
      // What lacks here cannot be made; the others still may be.
      if rows.count < lacking.count { rest.removeAll { lacking.contains($0) } }
      guard !rest.isEmpty else { return [] }
      var made: [Int: Block] = [:]
      if rows.count == lacking.count, !lacking.isEmpty {
        if code?.lost != lacking || code?.rows != Array(rows) {
          code = (
            lacking, Array(rows),
            .solution(lost: lacking, from: Array(rows), columns: data.count)
          )
        }
        let given = data.indices.filter { !lacking.contains($0) }.map { data[$0] }
        made = try solve(slice, given + rows.map { parity[$0] }, lacking, code?.code)
      }
      for strip in rest {
        guard let length = row.places[strip]?.length, length > slice * size else { continue }
        let block = if let made = made[strip] { made } else { try read(data[strip], slice) }
        block.setCount(min(size, length - slice * size))
        hashers[strip]?.update(block.bytes)
        try take(strip, block.bytes, slice * size)
      }
      try Interruption.check()
    }
    return rest.filter { hashers[$0]?.finish() == row.blocks[$0]?.digest }
  }

  private func data(of row: RowRepair.Row) throws(Failure) -> [Column] {
    var columns: [Column] = []
    for (block, source) in zip(row.blocks, row.sources) {
      columns.append(try column(block, in: source))
    }
    return columns
  }

  private func parity(of row: Int) throws(Failure) -> [Column] {
    var columns: [Column] = []
    for strip in 0..<layout.parityStrips {
      let block = try sources.block(parityStrip: strip, row: row)
      columns.append(try column(block, in: try sources.source(of: block)))
    }
    return columns
  }

  /// A column whose block is whole in a file, or in pieces.
  private func column(
    _ block: BlockSources.Wanted?,
    in source: Int?
  ) throws(Failure) -> Column {
    guard let block else { return Column(block: nil, slices: []) }
    if let source {
      let count = (block.length + size - 1) / size
      return Column(block: block, slices: [Int?](repeating: source, count: count))
    }
    return Column(block: block, slices: try sources.slices(of: block, size))
  }

  /// Makes a slice of the columns that lack it.
  private func solve(
    _ slice: Int,
    _ given: [Column],
    _ lacking: [Int],
    _ code: ErasureCode?
  ) throws(Failure) -> [Int: Block] {
    var input: [Block] = []
    for column in given { input.append(try read(column, slice)) }
    let output = lacking.map { _ in Block(capacity: size) }
    code?.run(input, into: output, 0..<size)
    return [Int: Block](uniqueKeysWithValues: zip(lacking, output))
  }

  /// A slice of a column, with zeros behind its block's end.
  private func read(_ column: Column, _ slice: Int) throws(Failure) -> Block {
    let buffer = Block(capacity: size)
    do throws(Failure) {
      if let block = column.block, slice < column.slices.count, let source = column.slices[slice] {
        try sources.append(block, from: source, start: slice * size, count: size, to: buffer)
      }
    } catch {
      // What comes out is checked.
      guard error.isOfMedium else { throw error }
    }
    _ = buffer.appendZeros(buffer.room)
    return buffer
  }
}
