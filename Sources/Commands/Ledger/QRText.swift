internal import Documents
internal import QRCode
internal import SafeIO

/// A text as a QR code below the results, where no file may leave and a phone may look.
enum QRText {
  /// The lines of the code.
  ///
  /// - Throws: `usage` for a text that no code has room for.
  static func lines(_ text: String) throws(Failure) -> [String] {
    try QRSymbol(text).halfBlocks(ink)
  }

  /// A terminal is told black and white, unless colours are not wanted (no-color.org); a file is
  /// for paper.
  private static var ink: QRSymbol.Ink {
    guard Surroundings.current.results.isTerminal else { return .darkOnLight }
    return environment("NO_COLOR").map { !$0.isEmpty } ?? false ? .lightOnDark : .coloured
  }
}
