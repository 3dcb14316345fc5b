/// How paper shows the code.
extension QRSymbol {
  /// How many modules a side has, with the quiet zone.
  package var side: Int { width + 2 * QRSymbol.quietZone }

  /// The dark modules as the path of an SVG picture, whose unit is a module and whose origin is the
  /// corner of the quiet zone.
  package var outline: String {
    var path = ""
    for row in 0..<width {
      var column = 0
      while column < width {
        guard isDark(column: column, row: row) else {
          column += 1
          continue
        }
        let start = column
        while column < width, isDark(column: column, row: row) { column += 1 }
        // One rectangle for each run: what is next to it needs no other edge.
        path +=
          "M\(start + QRSymbol.quietZone) \(row + QRSymbol.quietZone)"
          + "h\(column - start)v1h-\(column - start)z"
      }
    }
    return path
  }
}
