private import CISAL
package import SafeIO

/// Makes columns of bytes as sums of other columns: parity of data, or what is lost of what is there.
package struct ErasureCode: Sendable {
  /// How many columns go in.
  package let inputs: Int
  /// How many come out.
  package let outputs: Int
  // 32 bytes for each pair of columns, as the library wants them.
  private let tables: [UInt8]

  /// From so many columns on, short tiles of all of them are dealt with after each other: they find place
  /// in the processor's cache then.
  private static let manyColumns = 50
  private static let shortTile = 16 << 10
  private static let longTile = 64 << 10

  private init(inputs: Int, outputs: Int, coefficients: [UInt8]) {
    (self.inputs, self.outputs) = (inputs, outputs)
    var coefficients = coefficients
    var tables = [UInt8](repeating: 0, count: 32 * inputs * outputs)
    unsafe ec_init_tables(Int32(inputs), Int32(outputs), &coefficients, &tables)
    self.tables = tables
  }

  /// Makes rows of parity, from the first on, of data columns.
  package static func parity(rows: Int, columns: Int) -> ErasureCode {
    precondition(rows > 0 && columns > 0 && rows + columns <= FieldMatrix.mostColumns)
    return ErasureCode(
      inputs: columns,
      outputs: rows,
      coefficients: FieldMatrix.parity(rows: rows, columns: columns)
    )
  }

  /// Makes lost data columns: in go the other data columns in their order, then the given rows of parity.
  ///
  /// `lost` has the numbers of the columns, each once, which come out in this order; `rows` those of as many
  /// rows of parity.
  package static func solution(
    lost: [Int],
    from rows: [Int],
    columns: Int
  ) -> ErasureCode {
    precondition(!lost.isEmpty && lost.count == rows.count && lost.allSatisfy { $0 < columns })
    precondition(rows.allSatisfy { $0 + columns < FieldMatrix.mostColumns })
    return ErasureCode(
      inputs: columns,
      outputs: lost.count,
      coefficients: FieldMatrix.solution(lost: lost, from: rows, columns: columns)
    )
  }

  /// How long the pieces are that are dealt with one after the other, in bytes.
  package var tile: Int {
    inputs + outputs > ErasureCode.manyColumns ? ErasureCode.shortTile : ErasureCode.longTile
  }

  /// Makes a range of all output columns from the same range of all input columns.
  ///
  /// Several threads may do so for ranges that do not meet. Nothing is checked but that it fits.
  /// - Parameters:
  ///   - input: one block for each input column, valid up to the end of the range.
  ///   - output: one for each output column, with so much room.
  ///   - range: which bytes.
  package func run(_ input: [Block], into output: [Block], _ range: Range<Int>) {
    precondition(input.count == inputs && output.count == outputs && range.lowerBound >= 0)
    precondition(input.allSatisfy { $0.count >= range.upperBound })
    precondition(output.allSatisfy { $0.capacity >= range.upperBound })
    // The blocks are held by the arrays, and their storage does not move.
    withExtendedLifetime((input, output)) {
      var start = range.lowerBound
      while start < range.upperBound {
        let length = min(tile, range.upperBound - start)
        unsafe run(input.map { unsafe $0.storage }, output.map { unsafe $0.storage }, start, length)
        start += length
      }
    }
  }

  private func run(
    _ input: [UnsafeMutableRawPointer],
    _ output: [UnsafeMutableRawPointer],
    _ start: Int,
    _ length: Int
  ) {
    typealias Bytes = UnsafeMutablePointer<UInt8>
    var data: [Bytes?] = unsafe input.map {
      unsafe ($0 + start).assumingMemoryBound(to: UInt8.self)
    }
    var coding: [Bytes?] = unsafe output.map {
      unsafe ($0 + start).assumingMemoryBound(to: UInt8.self)
    }
    unsafe tables.withUnsafeBufferPointer { tables in
      unsafe ec_encode_data(
        Int32(length),
        Int32(inputs),
        Int32(outputs),
        // It is only read.
        UnsafeMutablePointer(mutating: tables.baseAddress),
        &data,
        &coding
      )
    }
  }
}
