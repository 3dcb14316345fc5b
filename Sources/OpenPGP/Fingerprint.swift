/// The name of a version 4 key: 40 upper-case hexadecimal digits, never a short id.
package struct Fingerprint: Hashable, Comparable, Sendable {
  /// The 40 digits.
  package let text: String

  /// Exactly 40 upper-case hexadecimal digits, as files and gpg write them; nil for anything else.
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count == 40,
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x46).contains($0) })
    else { return nil }
    self.text = String(text)
  }

  /// A fingerprint as a person types or pastes it: spaces, colons, lower case and `0x` are fine.
  ///
  /// Short key ids stay refused: somebody else can make a key that has the same one.
  package init?(human text: some StringProtocol) {
    var digits: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x20, 0x09, 0x3a: continue
      case 0x61...0x66: digits.append(byte - 0x20)
      default: digits.append(byte)
      }
      // Nobody types more than that; a pasted file must not be kept.
      guard digits.count <= 42 else { return nil }
    }
    if digits.count == 42, digits[0] == 0x30, digits[1] == 0x78 || digits[1] == 0x58 {
      digits.removeFirst(2)
    }
    self.init(String(decoding: digits, as: UTF8.self))
  }

  /// From a C string of the library; nil when it is missing or no version 4 fingerprint.
  init?(_ pointer: UnsafePointer<CChar>?) {
    guard let pointer = unsafe pointer else { return nil }
    self.init(unsafe String(cString: pointer))
  }

  /// Ten groups of four digits with a wider gap in the middle, for reading aloud.
  package var grouped: String {
    let digits = Array(text.utf8)
    var result = ""
    for start in stride(from: 0, to: 40, by: 4) {
      if start > 0 { result += start == 20 ? "  " : " " }
      result += String(decoding: digits[start..<(start + 4)], as: UTF8.self)
    }
    return result
  }

  package static func < (left: Fingerprint, right: Fingerprint) -> Bool { left.text < right.text }
}

extension Fingerprint: CustomStringConvertible {
  package var description: String { text }
}
