private import CISAL

/// The numbers of the code: Reed–Solomon over GF(2^8) with the polynomial 0x11D, by a Cauchy matrix.
///
/// A row of parity gets the sum of all data columns, each times a coefficient that depends on the numbers of
/// both and on nothing else. So a further row, or a further column of zeros, leaves all others as they
/// are. Every square part of a Cauchy matrix can be inverted; that is not so of the library's own
/// `gf_gen_rs_matrix`.
package enum FieldMatrix {
  /// How many columns and rows there can be together.
  package static let mostColumns = 255

  /// What a row of parity takes a data column times; both count from 0, their sum is below 255.
  package static func coefficient(row: Int, column: Int) -> UInt8 {
    gf_inv(UInt8(truncatingIfNeeded: 255 - row) ^ UInt8(truncatingIfNeeded: column))
  }

  /// The coefficients of the first `rows` rows over the first `columns` columns, row by row.
  static func parity(rows: Int, columns: Int) -> [UInt8] {
    (0..<rows).flatMap { row in
      (0..<columns).map { coefficient(row: row, column: $0) }
    }
  }

  /// The inverse of a square part of the matrix: these rows, and as many columns; row by row.
  static func inverse(rows: [Int], columns: [Int]) -> [UInt8] {
    precondition(rows.count == columns.count)
    let size = rows.count
    var matrix = rows.flatMap { row in columns.map { coefficient(row: row, column: $0) } }
    var inverse = [UInt8](repeating: 0, count: size * size)
    let code = unsafe gf_invert_matrix(&matrix, &inverse, Int32(size))
    precondition(code == 0, "a part of a Cauchy matrix can be inverted")
    return inverse
  }

  /// What makes lost data columns, and parity rows, out of columns that are there.
  ///
  /// - Parameters:
  ///   - lost: the data columns that are not there, each once.
  ///   - rows: as many rows of parity that are.
  ///   - columns: how many data columns there are.
  /// - Returns: the coefficients, a line for each lost column: of the data columns that are there in their
  ///   order, then of these rows.
  static func solution(lost: [Int], from rows: [Int], columns: Int) -> [UInt8] {
    let inverse = inverse(rows: rows, columns: lost)
    let there = (0..<columns).filter { !lost.contains($0) }
    return lost.indices.flatMap { line in
      let weights = Array(inverse[(line * rows.count)..<((line + 1) * rows.count)])
      return there.map { column in
        zip(weights, rows).reduce(0 as UInt8) { sum, pair in
          sum ^ gf_mul(pair.0, coefficient(row: pair.1, column: column))
        }
      } + weights
    }
  }
}
