/// Decimal numbers as our formats write them: no sign, no leading zero, below 2^63.
package enum DecimalNumber {
  /// Reads the number that begins at `cursor` and moves the cursor behind it.
  ///
  /// Nil for no digits, a leading zero, or a value of 2^63 or more.
  package static func read(_ text: Span<UInt8>, at cursor: inout Int) -> UInt64? {
    let start = cursor
    var value: UInt64 = 0
    while cursor < text.count, case let byte = text[cursor], byte >= 0x30, byte <= 0x39 {
      guard cursor - start < 19 else { return nil }
      value = value &* 10 &+ UInt64(byte &- 0x30)
      cursor += 1
    }
    guard cursor > start, value < 1 << 63 else { return nil }
    if text[start] == 0x30 && cursor - start > 1 { return nil }
    return value
  }

  /// Appends the digits of a number.
  package static func append(_ number: UInt64, to text: inout [UInt8]) {
    let start = text.count
    var rest = number
    repeat {
      text.append(0x30 + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    text[start...].reverse()
  }

  /// The whole text as such a number.
  package static func read(_ text: some StringProtocol) -> UInt64? {
    let bytes = Array(text.utf8)
    var cursor = 0
    guard let value = read(bytes.span, at: &cursor), cursor == bytes.count else { return nil }
    return value
  }
}
