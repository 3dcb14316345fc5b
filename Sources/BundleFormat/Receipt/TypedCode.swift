internal import SafeIO

/// Letters and digits that a person can read aloud and type: no 0, O, 1, I, L
/// (`docs/formats/receipt-format.md`, section "Codes").
///
/// There are 31 of them, a prime, so that two check characters find every single wrong character
/// and every swap of neighbours.
enum TypedCode {
  private static let letters = Array("23456789ABCDEFGHJKMNPQRSTUVWXYZ".utf8)
  /// How many letters stand for a digest: some 49 bits of it.
  static let digestLength = 10

  /// The value of a letter, in either case; nil for any other character.
  private static func value(_ letter: UInt8) -> UInt64? {
    let upper = letter >= 0x61 && letter <= 0x7a ? letter - 0x20 : letter
    return letters.firstIndex(of: upper).map { UInt64($0) }
  }

  /// A digest, shortened: ten letters.
  static func letters(of digest: SHA256Digest) -> [UInt8] {
    var rest = digest.leadingBits
    var text: [UInt8] = []
    for _ in 0..<digestLength {
      text.append(letters[Int(rest % 31)])
      rest /= 31
    }
    return text
  }

  /// The letters of what a person typed: upper case, without spaces and hyphens; nil when there are
  /// others.
  static func letters(typed text: some StringProtocol) -> [UInt8]? {
    var result: [UInt8] = []
    for byte in text.utf8 where byte != 0x20 && byte != 0x2d {
      guard let value = value(byte) else { return nil }
      result.append(letters[Int(value)])
    }
    return result
  }

  /// The two check letters of words and letters.
  ///
  /// The sum of all values, each times the next power of two, modulo 961 = 31 × 31: a wrong value
  /// changes it, since powers of two are prime to 31, and so does a swap of two different neighbours.
  static func check(words: [String], letters code: [UInt8]) -> [UInt8] {
    var sum: UInt64 = 0
    var weight: UInt64 = 1
    func add(_ value: UInt64) {
      sum = (sum + weight * value) % 961
      weight = weight * 2 % 961
    }
    for word in words {
      for byte in word.utf8 { add(UInt64(lowercased(byte))) }
      add(0x20)
    }
    for letter in code { add(value(letter) ?? 0) }
    return [letters[Int(sum / 31)], letters[Int(sum % 31)]]
  }

  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
  }

  /// In groups of five, for the eye.
  static func grouped(_ letters: [UInt8]) -> String {
    stride(from: 0, to: letters.count, by: 5)
      .map { String(decoding: letters[$0..<min($0 + 5, letters.count)], as: UTF8.self) }
      .joined(separator: "-")
  }
}
