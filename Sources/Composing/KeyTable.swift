internal import SafeIO

/// Byte strings with a number each, in the order in which they came: of whole suites, packed.
struct KeyTable {
  // All strings, one behind the other, and where each ends.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  // Positions plus 1; 0 is a free slot.
  private var slots = [UInt32](repeating: 0, count: 64)

  /// How many there are.
  var count: Int { ends.count }

  /// The number of a string, which is put in when it is not there.
  mutating func insert(_ key: Span<UInt8>) -> Int {
    if (count + 1) * 2 > slots.count { grow() }
    let slot = self.slot(of: key)
    if slots[slot] != 0 { return Int(slots[slot]) - 1 }
    bytes.append(copying: key)
    ends.append(bytes.count)
    slots[slot] = UInt32(count)
    return count - 1
  }

  /// The number of a string; nil when it is not there.
  func find(_ key: Span<UInt8>) -> Int? {
    let slot = self.slot(of: key)
    return slots[slot] == 0 ? nil : Int(slots[slot]) - 1
  }

  private func slot(of key: Span<UInt8>) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in key.indices {
      hash = (hash ^ UInt64(key[index])) &* 0x100_0000_01b3
    }
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
    while slots[slot] != 0, !isEqual(Int(slots[slot]) - 1, key) { slot = (slot + 1) & mask }
    return slot
  }

  private func range(_ number: Int) -> Range<Int> {
    (number == 0 ? 0 : ends[number - 1])..<ends[number]
  }

  private func isEqual(_ number: Int, _ key: Span<UInt8>) -> Bool {
    let range = range(number)
    guard range.count == key.count else { return false }
    let known = bytes.span.extracting(range)
    for index in key.indices where known[index] != key[index] { return false }
    return true
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for number in 0..<count {
      slots[slot(of: bytes.span.extracting(range(number)))] = UInt32(number + 1)
    }
  }
}
