/// How an upstream misbehaves.
package enum UpstreamFault: Sendable {
  /// Another status, with headers and a short page.
  case status(Int, [String: String] = [:])
  /// A page in place of the file, with status 200: a captive portal.
  case page
  /// Only so many bytes of the file, under its whole length.
  case truncated(Int)
  /// The file under a length that differs by so many bytes.
  case wrongLength(Int)
  /// The right length, another byte in the middle.
  case flipped
  /// Chunked, without a length, and without an end.
  case endless
  /// So many bytes, and then silence.
  case stalled(Int)
  /// A byte every quarter of a second.
  case dripping
  /// So many bytes after each pause of so many milliseconds.
  case trickling(Int, UInt32)
  /// The connection is reset before any answer.
  case reset
  /// Whole files where a range was asked for.
  case noRanges
  /// Another range than was asked for.
  case wrongRange
  /// An answer of 206 whose bytes begin elsewhere.
  case wrongBytesOfRange
}
