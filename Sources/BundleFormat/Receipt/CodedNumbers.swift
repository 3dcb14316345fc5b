/// Ascending numbers below 65,536 times their count, as Golomb-Rice coded gaps: for each as many
/// bits 1 as it has multiples of 65,536, a bit 0, and its lower 16 bits.
struct CodedNumbers: Sendable, Equatable {
  /// Where a number stands, so that a search does not begin at the first one.
  private struct Mark: Sendable, Equatable {
    let value: UInt64
    /// The first bit behind it.
    let position: Int
  }

  /// How many there are.
  let count: Int
  /// All of them, the last byte filled with zeros.
  let bytes: [UInt8]
  /// Every 64th, from the first on.
  private let marks: [Mark]

  /// How many bits of a gap are written as they are.
  private static let remainder = 16
  /// How many numbers there are from one mark to the next.
  private static let step = 64
  /// How many of one value may follow each other: of digests that nobody sought out there are two or
  /// three, and each more would need 65,536 times as many objects.
  static let mostEqual = 1000

  /// Numbers are below this.
  static func range(of count: Int) -> UInt64 { UInt64(count) << UInt64(remainder) }

  /// The most bytes that so many numbers need: 17 bits each, and all bits 1 together are fewer than
  /// there are numbers.
  static func mostBytes(of count: Int) -> Int { (count * (remainder + 2) + 7) / 8 }

  /// Codes numbers that ascend.
  init(_ values: some Collection<UInt64>) {
    var writer = BitWriter(capacity: CodedNumbers.mostBytes(of: values.count))
    var marks: [Mark] = []
    marks.reserveCapacity(values.count / CodedNumbers.step + 1)
    var (previous, index): (UInt64, Int) = (0, 0)
    for value in values {
      writer.write(gap: value - previous, CodedNumbers.remainder)
      if index % CodedNumbers.step == 0 {
        marks.append(Mark(value: value, position: writer.position))
      }
      (previous, index) = (value, index + 1)
    }
    count = index
    bytes = writer.finish()
    self.marks = marks
  }

  /// Reads as many; nil unless they are exactly as they would be written, and no value stands there
  /// too often.
  init?(reading bytes: [UInt8], count: Int) {
    // Every number needs 17 bits at least: no memory for what cannot be there.
    guard bytes.count * 8 >= count * (CodedNumbers.remainder + 1) else { return nil }
    var reader = BitReader(bytes, at: 0)
    var marks: [Mark] = []
    marks.reserveCapacity(count / CodedNumbers.step + 1)
    let range = CodedNumbers.range(of: count)
    var (value, equal): (UInt64, Int) = (0, 0)
    for index in 0..<count {
      guard let gap = reader.readGap(below: range, CodedNumbers.remainder) else { return nil }
      value += gap
      equal = gap == 0 && index > 0 ? equal + 1 : 1
      guard value < range, equal <= CodedNumbers.mostEqual else { return nil }
      if index % CodedNumbers.step == 0 {
        marks.append(Mark(value: value, position: reader.position))
      }
    }
    guard reader.isAtEnd else { return nil }
    (self.count, self.bytes, self.marks) = (count, bytes, marks)
  }

  /// Whether it is one of them.
  func contains(_ wanted: UInt64) -> Bool {
    guard let start = lastMark(notAbove: wanted) else { return false }
    var value = marks[start].value
    var reader = BitReader(bytes, at: marks[start].position)
    let last = min(count, (start + 1) * CodedNumbers.step) - 1
    var index = start * CodedNumbers.step
    while value < wanted, index < last,
      let gap = reader.readGap(below: .max, CodedNumbers.remainder)
    {
      value += gap
      index += 1
    }
    return value == wanted
  }

  /// The last mark whose number is not above; nil when all are.
  private func lastMark(notAbove wanted: UInt64) -> Int? {
    var (low, high) = (0, marks.count)
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].value <= wanted { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }
}

/// Bits, the most significant first, into bytes.
private struct BitWriter {
  private var bytes: [UInt8] = []
  private var pending: UInt64 = 0
  private var count = 0

  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  /// How many bits were written.
  var position: Int { bytes.count * 8 + count }

  mutating func write(gap: UInt64, _ remainder: Int) {
    for _ in 0..<(gap >> UInt64(remainder)) { write(1, bits: 1) }
    write(0, bits: 1)
    write(gap & (1 << UInt64(remainder) - 1), bits: remainder)
  }

  private mutating func write(_ value: UInt64, bits: Int) {
    pending = pending << UInt64(bits) | value
    count += bits
    while count >= 8 {
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: pending >> UInt64(count)))
    }
    pending &= 1 << UInt64(count) - 1
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
  /// How many bits stand before the next one.
  private(set) var position: Int

  init(_ bytes: [UInt8], at position: Int) { (self.bytes, self.position) = (bytes, position) }

  /// The next gap; nil at the end, and when it is not below `limit`.
  mutating func readGap(below limit: UInt64, _ remainder: Int) -> UInt64? {
    guard let ones = readOnes(atMost: limit >> UInt64(remainder)),
      let rest = read(bits: remainder)
    else { return nil }
    let gap = ones << UInt64(remainder) | rest
    return gap < limit ? gap : nil
  }

  /// How many bits 1 stand before the next 0, which is passed over.
  private mutating func readOnes(atMost limit: UInt64) -> UInt64? {
    var ones: UInt64 = 0
    while position < bytes.count * 8 {
      // What was read of the byte is shifted out, and zeros come in.
      let left = 8 - position & 7
      let run = (~(bytes[position >> 3] << UInt8(position & 7))).leadingZeroBitCount
      ones += UInt64(run)
      guard ones <= limit else { return nil }
      position += run
      if run < left {
        position += 1
        return ones
      }
    }
    return nil
  }

  private mutating func read(bits: Int) -> UInt64? {
    guard position + bits <= bytes.count * 8 else { return nil }
    var value: UInt64 = 0
    var left = bits
    while left > 0 {
      let free = 8 - position & 7
      let taken = min(free, left)
      let byte = UInt64(bytes[position >> 3]) >> UInt64(free - taken)
      value = value << UInt64(taken) | byte & (1 << UInt64(taken) - 1)
      position += taken
      left -= taken
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
