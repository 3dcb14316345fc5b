/// Base64 without padding (RFC 4648, section 4 and 3.2), in the one spelling that is allowed.
enum Base64 {
  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
  )
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xff, count: 256)
    for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count / 3 * 4 + 4)
    var (pending, count): (UInt32, UInt32) = (0, 0)
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(letters[Int(pending >> count & 0x3f)])
      }
      pending &= (1 << count) - 1
    }
    if count > 0 { text.append(letters[Int(pending << (6 - count) & 0x3f)]) }
    return text
  }

  /// The bytes; nil for other characters, padding, or bits that fill up and are not zero.
  static func decode(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3 + 3)
    var (pending, count): (UInt32, UInt32) = (0, 0)
    for letter in text {
      let value = values[Int(letter)]
      guard value != 0xff else { return nil }
      pending = pending << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> count))
      }
      pending &= (1 << count) - 1
    }
    return pending == 0 ? bytes : nil
  }
}
