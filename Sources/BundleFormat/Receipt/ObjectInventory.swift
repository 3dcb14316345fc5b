package import SafeIO

/// Which objects a site holds, in at most 3 bytes of text for each (`docs/formats/receipt-format.md`, section
/// "Inventory").
///
/// Of each digest a number below 65,536 times the count remains; the sorted numbers are written as
/// Golomb-Rice coded gaps. An object that is held is always found. One that is not held is taken for
/// held with probability 1 - e^(-1/65536), about 2^-16: the importer then names it as missing.
package struct ObjectInventory: Sendable, Equatable {
  /// The numbers, ascending.
  private let values: [UInt64]

  /// How many bits of a gap are written as they are.
  private static let remainder: UInt64 = 16
  /// The length of a line, in characters.
  private static let lineLength = 512
  /// The most objects.
  package static let countLimit = 10_000_000

  /// The inventory of these digests, which are sorted.
  package init(_ digests: [SHA256Digest]) {
    let range = UInt64(digests.count) << ObjectInventory.remainder
    values = digests.map { ObjectInventory.value(of: $0, range) }
  }

  /// How many objects it was made of.
  package var count: Int { values.count }

  private static func value(of digest: SHA256Digest, _ range: UInt64) -> UInt64 {
    digest.leadingBits.multipliedFullWidth(by: range).high
  }

  /// Whether the site holds the object, as far as can be said.
  package func contains(_ digest: SHA256Digest) -> Bool {
    let wanted = ObjectInventory.value(of: digest, UInt64(count) << ObjectInventory.remainder)
    var (low, high) = (0, values.count)
    while low < high {
      let middle = (low + high) / 2
      if values[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    return low < values.count && values[low] == wanted
  }

  /// The lines of base64 text.
  package var lines: [String] {
    var writer = BitWriter()
    var previous: UInt64 = 0
    for value in values {
      let gap = value - previous
      previous = value
      for _ in 0..<(gap >> ObjectInventory.remainder) { writer.write(1, bits: 1) }
      writer.write(0, bits: 1)
      writer.write(gap & 0xffff, bits: ObjectInventory.remainder)
    }
    let text = Base64.encode(writer.finish())
    return stride(from: 0, to: text.count, by: ObjectInventory.lineLength).map {
      String(
        decoding: text[$0..<min(text.count, $0 + ObjectInventory.lineLength)],
        as: UTF8.self
      )
    }
  }

  /// Reads the lines of an inventory of `count` objects; nil unless they are exactly as they would
  /// be written.
  package init?(lines: some Sequence<String>, count: UInt64) {
    guard count <= UInt64(ObjectInventory.countLimit),
      let bytes = ObjectInventory.bytes(of: lines)
    else { return nil }
    // Every object needs 17 bits at least: no memory for what cannot be there.
    guard UInt64(bytes.count) * 8 >= count * 17 else { return nil }
    var reader = BitReader(bytes)
    var values: [UInt64] = []
    values.reserveCapacity(Int(count))
    let range = count << ObjectInventory.remainder
    var previous: UInt64 = 0
    for _ in 0..<count {
      var gap: UInt64 = 0
      while true {
        guard let bit = reader.read(bits: 1) else { return nil }
        if bit == 0 { break }
        gap += 1 << ObjectInventory.remainder
        guard gap < range else { return nil }
      }
      guard let rest = reader.read(bits: ObjectInventory.remainder) else { return nil }
      previous += gap + rest
      guard previous < range else { return nil }
      values.append(previous)
    }
    guard reader.isAtEnd else { return nil }
    self.values = values
  }

  /// What the lines encode, taken line by line: each whole one gives whole bytes.
  private static func bytes(of lines: some Sequence<String>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var isAtEnd = false
    for line in lines {
      let length = line.utf8.count
      // Only the last line may be shorter.
      guard !isAtEnd, length > 0, length <= lineLength, let piece = Base64.decode(Array(line.utf8))
      else { return nil }
      isAtEnd = length < lineLength
      bytes += piece
    }
    return bytes
  }
}

/// Bits, the most significant first, into bytes.
private struct BitWriter {
  private var bytes: [UInt8] = []
  private var pending: UInt64 = 0
  private var count: UInt64 = 0

  mutating func write(_ value: UInt64, bits: UInt64) {
    pending = pending << bits | value
    count += bits
    while count >= 8 {
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: pending >> count))
    }
    pending &= (1 << count) - 1
  }

  /// The bytes; the last is filled with zeros.
  mutating func finish() -> [UInt8] {
    if count > 0 { write(0, bits: 8 - count) }
    return bytes
  }
}

/// Bits out of bytes, the most significant first.
private struct BitReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func read(bits: UInt64) -> UInt64? {
    guard position + Int(bits) <= bytes.count * 8 else { return nil }
    var value: UInt64 = 0
    for _ in 0..<bits {
      value = value << 1 | UInt64(bytes[position >> 3] >> UInt8(7 - position & 7) & 1)
      position += 1
    }
    return value
  }

  /// Whether only the zeros that fill the last byte are left.
  var isAtEnd: Bool {
    guard (position + 7) / 8 == bytes.count else { return false }
    guard let last = bytes.last, position & 7 != 0 else { return true }
    return last & (UInt8(1 << (8 - position & 7)) &- 1) == 0
  }
}
