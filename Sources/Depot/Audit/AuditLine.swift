private import Glibc
package import SafeIO

/// What the chain needs of a record: the members that stand first in its line.
package struct AuditLine: Hashable, Sendable {
  /// The number of the record.
  package let sequence: UInt64
  /// The digest of the line before.
  package let previous: SHA256Digest
  /// When it was written.
  package let time: UTCTime
  /// What it says happened.
  package let kind: AuditKind
  /// The beginning that it is about.
  package let of: UInt64?
  /// The beginnings that have no outcome yet, this record taken in.
  package let open: [UInt64]

  /// Reads a line with its line feed; nil when it is not a record, whole or in part.
  package init?(_ line: [UInt8]) {
    guard line.count <= AuditLineWriter.longestLine, line.last == 0x0a,
      AuditLine.isPlain(line)
    else { return nil }
    var cursor = AuditLineCursor(line)
    guard cursor.skip("{\"seq\":"), let sequence = cursor.number(), sequence > 0,
      cursor.skip(",\"prev\":\""), let previous = cursor.digest(),
      cursor.skip("\",\"time\":\""), let time = cursor.time(), cursor.skip("\",\"kind\":\""),
      let kind = AuditKind.allCases.first(where: { cursor.skip($0.rawValue + "\"") })
    else { return nil }
    var of: UInt64?
    if cursor.skip(",\"of\":") {
      guard let number = cursor.number() else { return nil }
      of = number
    }
    guard cursor.skip(",\"open\":["), let open = cursor.numbers(), cursor.skip("]"),
      line[line.count - 2] == 0x7d
    else { return nil }
    (self.sequence, self.previous, self.time, self.kind) = (sequence, previous, time, kind)
    (self.of, self.open) = (of, open)
  }

  /// Whether no control character but the last line feed is in it: a power cut leaves zeros.
  private static func isPlain(_ line: [UInt8]) -> Bool {
    unsafe line.withUnsafeBytes { bytes in
      let end = bytes.count - 1
      var index = 0
      // Eight bytes at once: the high bit is set where a byte is below 0x20.
      while index + 8 <= end {
        let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let below = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
        if below != 0 { return false }
        index += 8
      }
      while index < end {
        if unsafe bytes[index] < 0x20 { return false }
        index += 1
      }
      return true
    }
  }
}

/// Reads the fixed part of a line.
struct AuditLineCursor {
  private let line: [UInt8]
  private var position = 0

  init(_ line: [UInt8]) { self.line = line }

  /// Goes behind the text when it stands here.
  mutating func skip(_ text: String) -> Bool {
    var end = position
    for byte in text.utf8 {
      guard end < line.count, line[end] == byte else { return false }
      end += 1
    }
    position = end
    return true
  }

  mutating func number() -> UInt64? {
    var end = position
    guard let value = DecimalNumber.read(line.span, at: &end) else { return nil }
    position = end
    return value
  }

  mutating func numbers() -> [UInt64]? {
    var found: [UInt64] = []
    while position < line.count, line[position] != 0x5d {
      if !found.isEmpty { guard skip(",") else { return nil } }
      guard let number = number() else { return nil }
      found.append(number)
    }
    return found
  }

  mutating func digest() -> SHA256Digest? {
    guard position + 64 <= line.count else { return nil }
    defer { position += 64 }
    return SHA256Digest(hex: line.span.extracting(position..<(position + 64)))
  }

  mutating func time() -> UTCTime? {
    guard position + 20 <= line.count else { return nil }
    defer { position += 20 }
    return UTCTime(rfc3339: String(decoding: line[position..<(position + 20)], as: UTF8.self))
  }

  /// The member `name` with a number and a digest, as `torn` and `known` have, from here on.
  mutating func pair(_ name: String, _ first: String) -> (number: UInt64, digest: SHA256Digest)? {
    guard skip(",\"\(name)\":{\"\(first)\":"), let number = number(),
      skip(",\"sha256\":\""), let digest = digest(), skip("\"}")
    else { return nil }
    return (number, digest)
  }
}

extension AuditLine {
  /// What a record of this kind says of torn bytes (`healed`) or of a lost record (`lost`).
  static func pair(
    in line: [UInt8],
    _ name: String,
    _ first: String
  ) -> (number: UInt64, digest: SHA256Digest)? {
    // Behind the list of open beginnings, which has no brackets in it.
    guard let bracket = line.firstIndex(of: 0x5d) else { return nil }
    var cursor = AuditLineCursor(Array(line[(bracket + 1)...]))
    return cursor.pair(name, first)
  }
}
