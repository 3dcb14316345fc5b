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
    let bytes = unsafe text.bytes
    func word(at offset: Int) -> UInt64? {
      guard let high = SHA256Digest.value(ofHex: digits(at: offset)),
        let low = SHA256Digest.value(ofHex: digits(at: offset + 8))
      else { return nil }
      return high << 32 | low
    }
    func digits(at offset: Int) -> UInt64 {
      unsafe UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    guard let word0 = word(at: 0), let word1 = word(at: 16), let word2 = word(at: 32),
      let word3 = word(at: 48)
    else { return nil }
    self.init(words: (word0, word1, word2, word3))
  }

  /// What eight digits say, all at once: digests are random, so that a branch for each digit is
  /// mispredicted every other time.
  private static func value(ofHex digits: UInt64) -> UInt64? {
    let ones: UInt64 = 0x0101_0101_0101_0101
    // Letters have bit 6, and are 9 more than their low four bits.
    let values = (digits & (ones &* 0x0f)) &+ ((digits >> 6) & ones) &* 9
    let isLetter = ((values &+ ones &* 6) >> 4) & ones
    // Whatever is no digit becomes another text on the way back.
    guard values & (ones &* 0xf0) == 0, values &+ ones &* 0x30 &+ isLetter &* 0x27 == digits
    else { return nil }
    let pairs = (values | values >> 4) & 0x00ff_00ff_00ff_00ff
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff
    return (fours | fours >> 16) & 0xffff_ffff
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
