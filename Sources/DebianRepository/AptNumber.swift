/// Numbers as `apt` reads them, with C's `strtoull`.
enum AptNumber {
  /// The number at the beginning of a text, behind white space and a sign; what stands behind it does
  /// not count, and without digits it is 0.
  static func read(_ text: Span<UInt8>) -> UInt64 {
    var cursor = 0
    while cursor < text.count, Stanza.isSpace(text[cursor]) { cursor += 1 }
    var isNegative = false
    if cursor < text.count, text[cursor] == 0x2b || text[cursor] == 0x2d {
      isNegative = text[cursor] == 0x2d
      cursor += 1
    }
    var value: UInt64 = 0
    while cursor < text.count, text[cursor] &- 0x30 < 10 {
      let (product, isLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isLarger) = product.addingReportingOverflow(UInt64(text[cursor] &- 0x30))
      guard !isLarge, !isLarger else { return .max }
      value = sum
      cursor += 1
    }
    return isNegative ? 0 &- value : value
  }

  /// The number of a field, as sizes are read: a text of 100 bytes and more counts for nothing.
  static func field(_ text: Span<UInt8>) -> UInt64 { text.count < 100 ? read(text) : 0 }
}
