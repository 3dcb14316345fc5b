internal import SafeIO

/// The limits that our zstd writer keeps and our reader enforces.
package enum ZstdLimits {
  /// The largest window, as a power of two: 8 MiB of memory for whoever reads it.
  package static let windowLog: UInt8 = 23
  /// The levels whose window stays within `windowLog`.
  package static let levels: ClosedRange<Int32> = 1...19
}

/// What the first bytes of a zstd frame declare (RFC 8878, section 3.1.1.1).
struct ZstdFrameHeader: Equatable {
  /// How much of the past a decoder has to keep, in bytes.
  let windowSize: UInt64
  /// How many bytes the frame unpacks to, when it says so.
  let contentSize: UInt64?
  let hasChecksum: Bool
  let hasDictionary: Bool

  /// The longest frame header, in bytes, with its magic number.
  static let longest = 18

  /// Reads the header; nil when more bytes are needed.
  init?(_ bytes: [UInt8], name: String?) throws(Failure) {
    guard bytes.count >= 5 else { return nil }
    let magic = ZstdFrameHeader.littleEndian(bytes[0..<4])
    guard magic & 0xffff_fff0 != 0x184d_2a50 else {
      throw Failure(
        .unsafe,
        "zstd-skippable",
        "a skippable frame hides bytes in front of the data",
        subject: name
      )
    }
    guard magic == 0xfd2f_b528 else {
      throw Failure(.integrity, "zstd-format", "this is not a zstd frame", subject: name)
    }
    let descriptor = bytes[4]
    let isSingleSegment = descriptor & 0x20 != 0
    guard descriptor & 0x08 == 0 else {
      throw Failure(.integrity, "zstd-format", "the frame sets a reserved bit", subject: name)
    }
    let dictionaryLength = [0, 1, 2, 4][Int(descriptor & 3)]
    let sizeLength: Int
    switch descriptor >> 6 {
    case 0: sizeLength = isSingleSegment ? 1 : 0
    case 1: sizeLength = 2
    case 2: sizeLength = 4
    default: sizeLength = 8
    }
    let dictionaryStart = isSingleSegment ? 5 : 6
    let sizeStart = dictionaryStart + dictionaryLength
    let length = sizeStart + sizeLength
    guard bytes.count >= length else { return nil }

    hasChecksum = descriptor & 4 != 0
    hasDictionary = dictionaryLength > 0
    let field = ZstdFrameHeader.littleEndian(bytes[sizeStart..<length])
    switch sizeLength {
    case 0: contentSize = nil
    case 2: contentSize = field + 256
    default: contentSize = field
    }
    if isSingleSegment {
      windowSize = contentSize ?? 0
    } else {
      let base = UInt64(1) << (10 + UInt64(bytes[5] >> 3))
      windowSize = base + base / 8 * UInt64(bytes[5] & 7)
    }
  }

  private static func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
