/// How a terminal shows the code.
extension QRSymbol {
  /// Which side of the characters is light.
  package enum Ink: Sendable, CaseIterable {
    /// The terminal is told black and white: right on every terminal that knows colours.
    case coloured
    /// Characters stand for light modules: for terminals that write light on dark.
    case lightOnDark
    /// Characters stand for dark modules: for paper, and terminals that write dark on light.
    case darkOnLight
  }

  /// How many columns of a terminal the code needs, quiet zone included.
  package var columns: Int { width + 2 * QRSymbol.quietZone }

  /// Bright white on black, whatever the terminal's theme.
  private static let colours = "\u{1b}[97;40m"
  private static let plain = "\u{1b}[0m"

  /// The code in lines of half blocks, two rows of modules to a line, with the quiet zone.
  package func halfBlocks(_ ink: Ink) -> [String] {
    let range = -QRSymbol.quietZone..<(width + QRSymbol.quietZone)
    return stride(from: range.lowerBound, to: range.upperBound, by: 2).map { row in
      var line = ""
      for column in range {
        // The width is odd: below the last row there is nothing, which is light as well.
        let upper = isDark(column: column, row: row) == (ink == .darkOnLight)
        let lower = isDark(column: column, row: row + 1) == (ink == .darkOnLight)
        switch (upper, lower) {
        case (true, true): line.append("█")
        case (true, false): line.append("▀")
        case (false, true): line.append("▄")
        case (false, false): line.append(" ")
        }
      }
      return ink == .coloured ? QRSymbol.colours + line + QRSymbol.plain : line
    }
  }
}
