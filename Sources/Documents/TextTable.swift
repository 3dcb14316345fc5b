internal import SafeIO

/// A table of text columns, escaped and aligned.
///
/// Where it is wider than the terminal, each row becomes a block with one line for each cell.
package struct TextTable {
  /// How many columns the terminal has that it is for; nil for a file or a pipe, whose readers rely
  /// on one line for each row.
  @TaskLocal package static var width: Int?

  private var rows: [[String]] = []

  package init(_ heading: [String]) { rows.append(heading) }

  package mutating func add(_ row: [String]) { rows.append(row.map { Escaped.line($0) }) }

  /// The lines, without trailing spaces.
  package var lines: [String] {
    let whole = wide
    guard let width = TextTable.width, whole.contains(where: { $0.count > width }) else {
      return whole
    }
    return narrow
  }

  private var narrow: [String] {
    let names = rows[0]
    let indent = (names.map(\.count).max() ?? 0) + 2
    return rows.dropFirst().enumerated().flatMap { number, row in
      (number == 0 ? [] : [""])
        + zip(names, row).filter { !$0.1.isEmpty }.map { name, cell in
          name + String(repeating: " ", count: indent - name.count) + cell
        }
    }
  }

  private var wide: [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1
          ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }.joined(separator: "  ")
    }
  }
}
