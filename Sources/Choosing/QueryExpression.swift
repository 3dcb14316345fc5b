internal import CRE2
internal import SafeIO

/// A regular expression, as RE2 and so aptly reads it: a search takes time in proportion to the text,
/// whatever the expression is.
// Unchecked: the storage is a raw pointer to an object that RE2 lets several threads search with.
@safe package final class QueryExpression: @unchecked Sendable {
  private let expression: OpaquePointer
  private let isWhole: Bool

  /// Reads an expression; nil for one that cannot be read, or would be too large.
  init?(_ text: String) {
    guard let expression = unsafe QueryExpression.read(text) else { return nil }
    unsafe self.expression = expression
    isWhole = false
  }

  /// A pattern of the shell over the whole text, in which `*`, `?` and `[…]` take no `/`.
  ///
  /// Nil for one that cannot be read, such as `[z-a]`.
  init?(glob: String) {
    guard let expression = unsafe QueryExpression.read(QueryExpression.text(of: glob)) else {
      return nil
    }
    unsafe self.expression = expression
    isWhole = true
  }

  deinit { unsafe cre2_delete(expression) }

  private static func read(_ text: String) -> OpaquePointer? {
    var text = text
    return text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe cre2_new($0.baseAddress, $0.count) }
    }
  }

  /// Whether a text is as the expression says.
  func matches(_ text: Span<UInt8>) -> Bool {
    for index in 0..<text.count where text[index] >= 0x80 {
      // What is no UTF-8 counts as the mark for that.
      var text = String(decoding: Array(copying: text), as: UTF8.self)
      return text.withUTF8 { bytes in
        unsafe cre2_matches(expression, bytes.baseAddress, bytes.count, isWhole)
      }
    }
    return unsafe text.withUnsafeBufferPointer { bytes in
      unsafe cre2_matches(expression, bytes.baseAddress, bytes.count, isWhole)
    }
  }

  /// The expression that a pattern of the shell is.
  private static func text(of glob: String) -> String {
    var (text, rest) = ("(?s)", glob[...])
    while let first = rest.popFirst() {
      switch first {
      case "*": text += "[^/]*"
      case "?": text += "[^/]"
      case "[": text += bracket(&rest) ?? "\\["
      case "\\": text += quoted(rest.popFirst() ?? "\\")
      default: text += quoted(first)
      }
    }
    return text
  }

  private static func quoted(_ character: Character) -> String {
    let isWord = character.isLetter || character.isNumber || !character.isASCII
    return isWord ? String(character) : "\\" + String(character)
  }

  /// Takes what follows a `[`, up to its `]`; takes nothing and answers nil without a `]`.
  private static func bracket(_ rest: inout Substring) -> String? {
    var (ahead, text) = (rest, "")
    let isNegated = ahead.first == "!" || ahead.first == "^"
    if isNegated { ahead.removeFirst() }
    var isFirst = true
    while let next = ahead.popFirst() {
      if next == "]", !isFirst {
        rest = ahead
        // A slash is in none of them.
        if text.isEmpty { return isNegated ? "[^/]" : "[^\\x00-\\x{10FFFF}]" }
        return isNegated ? "[^/\(text)]" : "[\(text)]"
      }
      isFirst = false
      if next == "[", ahead.first == ":", let end = ahead.firstRange(of: ":]") {
        text += "[" + ahead[..<end.upperBound]
        ahead = ahead[end.upperBound...]
      } else if next == "\\", let escaped = ahead.popFirst() {
        text += escaped == "/" ? "" : quoted(escaped)
      } else if next == "-" {
        text += ahead.first == "]" || text.isEmpty ? "\\-" : "-"
      } else if next != "/" {
        text += quoted(next)
      }
    }
    return nil
  }
}
