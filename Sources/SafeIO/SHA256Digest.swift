package import Crypto

/// A SHA-256 digest: 32 bytes inline, ordered as its hexadecimal text is.
package struct SHA256Digest: Hashable, Comparable, Sendable {
  // Four big-endian words, so that comparing words is comparing the text.
  private let word0: UInt64
  private let word1: UInt64
  private let word2: UInt64
  private let word3: UInt64

  private init(words: (UInt64, UInt64, UInt64, UInt64)) {
    (word0, word1, word2, word3) = words
  }

  /// The digest that a finished hash function gives.
  package init(_ digest: SHA256.Digest) {
    self = unsafe digest.withUnsafeBytes { bytes in
      unsafe SHA256Digest(bigEndianBytes: bytes)
    }
  }

  /// Exactly 32 raw bytes.
  private init(bigEndianBytes bytes: UnsafeRawBufferPointer) {
    unsafe self.init(
      words: (
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
      )
    )
  }

  /// 64 lower-case hexadecimal digits; nil for anything else, upper case included.
  package init?(hex text: Span<UInt8>) {
    guard text.count == 64 else { return nil }
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    for index in 0..<64 {
      let digit: UInt64
      switch text[index] {
      case 0x30...0x39: digit = UInt64(text[index] &- 0x30)
      case 0x61...0x66: digit = UInt64(text[index] &- 0x57)
      default: return nil
      }
      switch index >> 4 {
      case 0: words.0 = words.0 << 4 | digit
      case 1: words.1 = words.1 << 4 | digit
      case 2: words.2 = words.2 << 4 | digit
      default: words.3 = words.3 << 4 | digit
      }
    }
    self.init(words: words)
  }

  /// 64 lower-case hexadecimal digits.
  package init?(hex text: some StringProtocol) {
    let bytes = Array(text.utf8)
    self.init(hex: bytes.span)
  }

  /// The first of the 32 bytes: what the first two digits say.
  package var firstByte: UInt8 { UInt8(truncatingIfNeeded: word0 >> 56) }
  /// The first 64 bits, as a number.
  package var leadingBits: UInt64 { word0 }
  /// 64 zeros: the digest of nothing that is known, where a format has no place for none.
  package static let zero = SHA256Digest(words: (0, 0, 0, 0))

  /// The 32 bytes at an offset, which must be there.
  package init(_ bytes: RawSpan, at offset: Int) {
    self = unsafe bytes.extracting(offset..<(offset + 32)).withUnsafeBytes {
      unsafe SHA256Digest(bigEndianBytes: $0)
    }
  }

  /// Appends the 32 bytes.
  package func appendBytes(to bytes: inout [UInt8]) {
    for word in [word0, word1, word2, word3] {
      var shift: UInt64 = 64
      while shift > 0 {
        shift -= 8
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
  }

  /// The digest of `bytes`.
  package static func of(_ bytes: [UInt8]) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finish()
  }

  package static func < (left: SHA256Digest, right: SHA256Digest) -> Bool {
    if left.word0 != right.word0 { return left.word0 < right.word0 }
    if left.word1 != right.word1 { return left.word1 < right.word1 }
    if left.word2 != right.word2 { return left.word2 < right.word2 }
    return left.word3 < right.word3
  }

  /// Appends the 64 lower-case hexadecimal digits.
  package func appendHex(to text: inout [UInt8]) {
    for word in [word0, word1, word2, word3] {
      var shift: UInt64 = 60
      while true {
        let digit = UInt8(truncatingIfNeeded: word >> shift) & 0xf
        text.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        if shift == 0 { break }
        shift -= 4
      }
    }
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    var text: [UInt8] = []
    text.reserveCapacity(64)
    appendHex(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The first 16 digits in groups of four, for two people to read to each other.
  package var short: String {
    let digits = Array(hex.utf8.prefix(16))
    return stride(from: 0, to: 16, by: 4)
      .map { String(decoding: digits[$0..<($0 + 4)], as: UTF8.self) }
      .joined(separator: " ")
  }
}

extension SHA256Digest: CustomStringConvertible {
  package var description: String { hex }
}

/// SHA-256 over bytes as they come.
package struct SHA256Hasher {
  private var function = SHA256()

  package init() {}

  /// Takes the next bytes in.
  package mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe function.update(bufferPointer: buffer)
    }
  }

  /// Takes the next bytes in.
  package mutating func update(_ bytes: [UInt8]) { unsafe update(bytes.span.bytes) }

  /// The digest of everything taken in so far.
  package func finish() -> SHA256Digest { SHA256Digest(function.finalize()) }
}
