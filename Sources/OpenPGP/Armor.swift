/// OpenPGP's ASCII armor (RFC 4880, section 6), read strictly.
///
/// gpg is only ever given what was decoded here, so that no second reader can see another text.
enum Armor {
  /// A run of bytes without a line feed, and without blanks at its end.
  typealias Line = ArraySlice<UInt8>

  /// The lines of a file, without blanks at their ends (space, tab, CR).
  ///
  /// What follows the last line feed is a line only when it is not empty. Each line costs 32 bytes
  /// here, however short it is: for short files only.
  static func lines(_ bytes: [UInt8]) -> [Line] {
    var cursor = LineCursor(bytes)
    var lines: [Line] = []
    while let line = cursor.next() { lines.append(line) }
    return lines
  }

  /// Goes through the lines of a file, which are those of `lines`, one by one.
  struct LineCursor {
    private let bytes: [UInt8]
    private var start = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> Line? {
      guard start < bytes.count else { return nil }
      let first = start
      let (trimmed, end) = LineCursor.end(of: bytes.span, from: first)
      start = end + 1
      return bytes[first..<trimmed]
    }

    /// Where the line ends without its blanks, and with them.
    private static func end(of bytes: Span<UInt8>, from start: Int) -> (trimmed: Int, end: Int) {
      var end = start
      while end < bytes.count, bytes[end] != 0x0a { end += 1 }
      var trimmed = end
      while trimmed > start, Armor.isBlank(bytes[trimmed - 1]) { trimmed -= 1 }
      return (trimmed, end)
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0d
  }

  /// Decodes the block that begins at `cursor` with its BEGIN line, and moves behind its END line.
  ///
  /// gpg, and so apt, takes a block without the blank line that ends the headers.
  static func decodeBlock(
    _ lines: [Line],
    at cursor: inout Int,
    label: String,
    mayLackBlankLine: Bool = false
  ) throws(PacketFault) -> [UInt8] {
    guard cursor < lines.count, lines[cursor].elementsEqual("-----BEGIN \(label)-----".utf8) else {
      throw .junk
    }
    cursor += 1
    try skipHeaders(lines, at: &cursor, mayLackBlankLine)
    let end = Array("-----END \(label)-----".utf8)
    var digits: [UInt8] = []
    var padding = 0
    var checksum: [UInt8]?
    while true {
      guard cursor < lines.count else { throw .truncated }
      let line = lines[cursor]
      cursor += 1
      if line.elementsEqual(end) { break }
      guard checksum == nil, !line.isEmpty, line.count <= 1024 else { throw .junk }
      if line.first == 0x3d && line.count == 5 {
        checksum = try decode(Array(line.dropFirst()), padding: 0)
        continue
      }
      for byte in line {
        if byte == 0x3d {
          padding += 1
          guard padding <= 2 else { throw .junk }
        } else {
          guard padding == 0 else { throw .junk }
          digits.append(byte)
        }
      }
    }
    let decoded = try decode(digits, padding: padding)
    guard !decoded.isEmpty else { throw .truncated }
    if let checksum {
      let sum = crc24(decoded)
      guard checksum == [UInt8(sum >> 16 & 0xff), UInt8(sum >> 8 & 0xff), UInt8(sum & 0xff)] else {
        throw .junk
      }
    }
    return decoded
  }

  private static func skipHeaders(
    _ lines: [Line],
    at cursor: inout Int,
    _ mayLackBlankLine: Bool
  ) throws(PacketFault) {
    var count = 0
    while true {
      guard cursor < lines.count else { throw .truncated }
      let line = lines[cursor]
      cursor += 1
      if line.isEmpty { return }
      if mayLackBlankLine, !line.contains(0x3a) {
        cursor -= 1
        return
      }
      count += 1
      // `Key: value` in printable ASCII (or UTF-8 in a comment), nothing that looks like armor.
      guard count <= 16, line.count <= 1024, line.first != 0x2d,
        let colon = line.firstIndex(of: 0x3a), colon > line.startIndex,
        line[..<colon].allSatisfy({ (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) }),
        line[colon...].allSatisfy({ $0 >= 0x20 && $0 != 0x7f }),
        // gpgv takes no header without the space.
        line.index(after: colon) == line.endIndex || line[line.index(after: colon)] == 0x20
      else { throw .junk }
    }
  }

  /// Base64 of the standard alphabet with nothing left over: each text has one value and back.
  private static func decode(_ digits: [UInt8], padding: Int) throws(PacketFault) -> [UInt8] {
    guard (digits.count + padding) % 4 == 0 else { throw .truncated }
    var result: [UInt8] = []
    result.reserveCapacity(digits.count / 4 * 3 + 3)
    var accumulator: UInt32 = 0
    var bits: UInt32 = 0
    for digit in digits {
      let value: UInt8
      switch digit {
      case 0x41...0x5a: value = digit - 0x41
      case 0x61...0x7a: value = digit - 0x61 + 26
      case 0x30...0x39: value = digit - 0x30 + 52
      case 0x2b: value = 62
      case 0x2f: value = 63
      default: throw .junk
      }
      accumulator = (accumulator << 6 | UInt32(value)) & 0xffff
      bits += 6
      if bits >= 8 {
        bits -= 8
        result.append(UInt8(truncatingIfNeeded: accumulator >> bits))
      }
    }
    guard accumulator & (1 << bits - 1) == 0 else { throw .junk }
    return result
  }

  /// Encodes bytes as one block.
  static func encode(_ bytes: [UInt8], label: String) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    func group(_ slice: ArraySlice<UInt8>) -> [UInt8] {
      var value: UInt32 = 0
      for index in 0..<3 {
        value = value << 8 | (index < slice.count ? UInt32(slice[slice.startIndex + index]) : 0)
      }
      return (0..<4)
        .map { index in
          index > slice.count ? 0x3d : alphabet[Int(value >> (18 - 6 * UInt32(index)) & 0x3f)]
        }
    }
    var text = Array("-----BEGIN \(label)-----\n\n".utf8)
    var start = 0
    while start < bytes.count {
      let lineEnd = min(start + 48, bytes.count)
      while start < lineEnd {
        text += group(bytes[start..<min(start + 3, lineEnd)])
        start += 3
      }
      start = lineEnd
      text.append(0x0a)
    }
    let sum = crc24(bytes)
    text.append(0x3d)
    text += group([UInt8(sum >> 16 & 0xff), UInt8(sum >> 8 & 0xff), UInt8(sum & 0xff)])
    text += Array("\n-----END \(label)-----\n".utf8)
    return text
  }

  private static func crc24(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xb704ce
    for byte in bytes {
      crc ^= UInt32(byte) << 16
      for _ in 0..<8 {
        crc <<= 1
        if crc & 0x1000000 != 0 { crc ^= 0x1864cfb }
      }
    }
    return crc & 0xffffff
  }
}
