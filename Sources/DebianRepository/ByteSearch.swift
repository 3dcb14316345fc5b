private import Glibc

extension Span<UInt8> {
  /// The position of the first such byte in a range; the end of the range when there is none.
  ///
  /// The C library looks at many bytes at once, and most of an index is only looked through.
  @inline(__always)
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int {
    let searched = extracting(range)
    return unsafe searched.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress,
        let found = unsafe memchr(base, Int32(byte), buffer.count)
      else { return range.upperBound }
      return unsafe range.lowerBound &+ (UnsafeRawPointer(found) - base)
    }
  }
}
