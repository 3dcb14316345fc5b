internal import SafeIO

/// Texts as they stand on paper: everything that is there is to be seen.
enum PaperLine {
  /// What people wrote: no control character, and no mark that hides what it stands on.
  ///
  /// A combining mark at the start would join with what stands before it, and piled up they cover other
  /// lines; both are shown as numbers.
  static func text(_ text: String, limit: Int = 2000) -> String {
    var result = ""
    var marks = 2
    for scalar in text.unicodeScalars.prefix(limit) {
      if isMark(scalar) { marks += 1 } else { marks = 0 }
      if marks > 2 {
        result += number(scalar)
      } else {
        result += Escaped.line(String(scalar))
        // Nothing joins with a number.
        if Escaped.isDangerous(scalar) { marks = 2 }
      }
    }
    return text.unicodeScalars.count > limit ? result + "…" : result
  }

  /// What a device says of itself: printable ASCII, anything else as a number.
  static func device(_ text: String, limit: Int = 100) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(limit) {
      result += (0x20...0x7e).contains(scalar.value) ? String(scalar) : number(scalar)
    }
    return text.unicodeScalars.count > limit ? result + "…" : result
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }

  private static func number(_ scalar: Unicode.Scalar) -> String {
    "\\u{" + String(scalar.value, radix: 16) + "}"
  }
}
