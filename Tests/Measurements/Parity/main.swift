import ErasureCoding
import Glibc
import SafeIO

// What `scripts/bench parity` runs: parity of columns that lie in memory, on one thread.
//
//   measure-parity COLUMNS ROWS     GB of data a second

private func seconds() -> Double {
  var now = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

private func filled(_ length: Int, _ seed: Int) -> Block {
  let block = Block(capacity: length)
  _ = unsafe block.append(
    (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }.span.bytes
  )
  return block
}

private func measure(_ columns: Int, _ rows: Int) -> Double {
  let length = 1 << 18
  let input = (0..<columns).map { filled(length, $0) }
  let output = (0..<rows).map { filled(length, $0) }
  let code = ErasureCode.parity(rows: rows, columns: columns)
  var best = 0.0
  for _ in 0..<5 {
    let began = seconds()
    var turns = 0
    while seconds() - began < 0.3 {
      code.run(input, into: output, 0..<length)
      turns += 1
    }
    best = max(best, Double(turns * columns * length) / (seconds() - began) / 1e9)
  }
  return best
}

private let words = CommandLine.arguments.dropFirst().compactMap { Int($0) }
guard words.count == 2, words[0] > 0, words[1] > 0, words[0] + words[1] <= FieldMatrix.mostColumns
else {
  print("usage: measure-parity COLUMNS ROWS")
  exit(2)
}
print(measure(words[0], words[1]))
