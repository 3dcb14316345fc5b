internal import SafeIO

/// A table of text columns, escaped and aligned.
package struct TextTable {
  private var rows: [[String]] = []

  package init(_ heading: [String]) { rows.append(heading) }

  package mutating func add(_ row: [String]) { rows.append(row.map { Escaped.line($0) }) }

  /// The lines, without trailing spaces.
  package var lines: [String] {
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
