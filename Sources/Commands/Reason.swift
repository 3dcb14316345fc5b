internal import ArgumentParser
internal import BundleFormat
internal import SafeIO

/// Why something was done that a person decides: one line of 1 to 500 bytes.
enum Reason {
  /// Reads what `--reason` was given; blanks at the ends and runs of them go.
  static func read(_ text: String) throws -> String { try read(text, of: "--reason") }

  /// Reads what such an option was given.
  static func read(_ text: String, of option: String) throws -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !line.isEmpty, line.utf8.count <= Receipt.reasonLength,
      !text.unicodeScalars.contains(where: Escaped.isDangerous)
    else {
      throw ValidationError("\(option) is one line of 1 to \(Receipt.reasonLength) bytes.")
    }
    return line
  }
}
