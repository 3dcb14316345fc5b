private import CFuzzer
private import Glibc

/// A generator of numbers that a seed fixes: libFuzzer must be able to repeat what it did.
private struct Numbers {
  private var state: UInt64

  init(seed: UInt32) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1 }

  mutating func below(_ limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(truncatingIfNeeded: state >> 1) % max(1, limit)
  }
}

/// Numbers at which arithmetic goes wrong.
private let edges = [
  "0", "1", "-1", "00", "255", "256", "9999", "10000", "65535", "65536", "2147483647",
  "2147483648", "4294967295", "4294967296", "8589934591", "9223372036854775807",
  "9223372036854775808", "18446744073709551615", "18446744073709551616", "1e9", "0x10", "٣",
]

/// Half of the changes are of lines and numbers, of which texts are made.
///
/// A line is doubled, dropped, moved, cut or continued, or a number brought to an edge. The other half
/// is libFuzzer's own.
@_cdecl("LLVMFuzzerCustomMutator")
func mutate(
  _ data: UnsafeMutablePointer<UInt8>,
  _ size: Int,
  _ capacity: Int,
  _ seed: UInt32
) -> Int {
  var numbers = Numbers(seed: seed)
  guard size > 0, numbers.below(2) == 0 else {
    return unsafe LLVMFuzzerMutate(data, size, capacity)
  }
  let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
  let changed = changeLines(bytes, &numbers).prefix(capacity)
  for (offset, byte) in changed.enumerated() { unsafe data[offset] = byte }
  return changed.count
}

private func changeLines(_ bytes: [UInt8], _ numbers: inout Numbers) -> [UInt8] {
  var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map { Array($0) }
  let index = numbers.below(lines.count)
  let other = numbers.below(lines.count)
  switch numbers.below(9) {
  case 0: lines.insert(lines[index], at: other)
  case 1: lines.remove(at: index)
  case 2: lines.swapAt(index, other)
  case 3: lines[index] = Array(lines[index].prefix(numbers.below(lines[index].count + 1)))
  case 4: lines[index].insert(numbers.below(2) == 0 ? 0x20 : 0x09, at: 0)
  case 5: lines[index] += [0x0d]
  case 6: lines.insert([], at: index)
  case 7:
    // The end of one line behind the beginning of another.
    lines[index] =
      lines[index].prefix(numbers.below(lines[index].count + 1))
      + lines[other].suffix(numbers.below(lines[other].count + 1))
  default: lines[index] = changeNumber(lines[index], &numbers)
  }
  return Array(lines.joined(separator: [0x0a]))
}

private func changeNumber(_ line: [UInt8], _ numbers: inout Numbers) -> [UInt8] {
  func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
  let starts = line.indices.filter { isDigit(line[$0]) && ($0 == 0 || !isDigit(line[$0 - 1])) }
  guard !starts.isEmpty else { return line + edges[numbers.below(edges.count)].utf8 }
  let start = starts[numbers.below(starts.count)]
  let end = line[start...].firstIndex { !isDigit($0) } ?? line.count
  return Array(line[..<start]) + edges[numbers.below(edges.count)].utf8 + line[end...]
}
