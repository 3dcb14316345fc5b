internal import SafeIO

/// Numbers that stand for pieces: which are wanted, and which of them were found.
///
/// A number has 64 bits of a keyed digest whose key nobody outside this process knows: who writes an
/// index cannot find another piece with the number of one.
struct PieceTable {
  /// What makes the numbers.
  struct Numbering {
    private let key = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// The number of a piece of some topic; never 0.
    func number(_ topic: Int, _ first: Span<UInt8>, _ second: Span<UInt8>) -> UInt64 {
      var hasher = Hasher()
      hasher.combine(key.0)
      hasher.combine(key.1)
      hasher.combine(topic)
      hasher.combine(first.count)
      unsafe first.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
      unsafe second.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
      return max(1, UInt64(bitPattern: Int64(hasher.finalize())))
    }
  }

  // 0 is a free slot.
  private var slots = [UInt64](repeating: 0, count: 1 << 10)
  private var found: [UInt64] = []
  /// How many numbers are in it, and how many of them were found.
  private(set) var count = 0
  private(set) var foundCount = 0

  /// How many numbers it may hold: of 64 MB three quarters.
  private let most: Int

  init(most: Int = 6 << 20) { self.most = most }

  /// Takes a number in; answers false when there is no room.
  mutating func insert(_ number: UInt64) -> Bool {
    if count * 4 >= slots.count * 3 { grow() }
    let slot = self.slot(of: number)
    if slots[slot] == number { return true }
    guard count < most else { return false }
    slots[slot] = number
    count += 1
    return true
  }

  /// Notes that a number was found, when it is in here.
  mutating func find(_ number: UInt64) {
    if found.isEmpty { found = [UInt64](repeating: 0, count: (slots.count + 63) / 64) }
    let slot = self.slot(of: number)
    guard slots[slot] == number, found[slot >> 6] & (1 << UInt64(slot & 63)) == 0 else { return }
    found[slot >> 6] |= 1 << UInt64(slot & 63)
    foundCount += 1
  }

  /// Whether a number is in here and was not found.
  func lacks(_ number: UInt64) -> Bool {
    let slot = self.slot(of: number)
    guard slots[slot] == number else { return false }
    return found.isEmpty || found[slot >> 6] & (1 << UInt64(slot & 63)) == 0
  }

  private func slot(of number: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: number) & mask
    while slots[slot] != 0, slots[slot] != number { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    var old = [UInt64](repeating: 0, count: slots.count * 2)
    swap(&old, &slots)
    for number in old where number != 0 { slots[slot(of: number)] = number }
  }
}
