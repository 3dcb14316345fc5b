internal import SafeIO

/// OpenPGP's framing (RFC 4880, section 4.2): tags and lengths, nothing of what is inside.
///
/// Only definite lengths are accepted; partial and indeterminate ones have no place in the keys
/// and signatures that this program reads.
struct PacketReader {
  /// One packet: its tag, its body, and where the whole of it lies.
  struct Packet {
    let tag: UInt8
    let body: Range<Int>
    let whole: Range<Int>
  }

  private let bytes: [UInt8]
  private var cursor = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next packet; nil at the end.
  mutating func next() throws(PacketFault) -> Packet? {
    guard cursor < bytes.count else { return nil }
    let start = cursor
    let head = bytes[cursor]
    cursor += 1
    guard head & 0x80 != 0 else { throw .junk }
    let tag: UInt8
    let length: Int
    if head & 0x40 != 0 {
      tag = head & 0x3f
      let first = try Int(number(1))
      switch first {
      case ..<192: length = first
      case ..<224: length = try (first - 192) << 8 + Int(number(1)) + 192
      case 255: length = try Int(number(4))
      default: throw .indefinite
      }
    } else {
      tag = (head & 0x3c) >> 2
      switch head & 0x03 {
      case 0: length = try Int(number(1))
      case 1: length = try Int(number(2))
      case 2: length = try Int(number(4))
      default: throw .indefinite
      }
    }
    guard tag != 0 else { throw .junk }
    guard length <= bytes.count - cursor else { throw .truncated }
    let body = cursor..<(cursor + length)
    cursor += length
    return Packet(tag: tag, body: body, whole: start..<cursor)
  }

  private mutating func number(_ width: Int) throws(PacketFault) -> UInt32 {
    guard bytes.count - cursor >= width else { throw .truncated }
    var value: UInt32 = 0
    for index in cursor..<(cursor + width) { value = value << 8 | UInt32(bytes[index]) }
    cursor += width
    return value
  }
}

/// What is wrong with a run of packets or an armor; the caller names the file.
enum PacketFault: Error {
  case junk
  case truncated
  /// A length that is not told beforehand: only messages have such.
  case indefinite
}
