import ErasureCoding
import SafeIO
import TestSupport
import Testing

/// Parity, and what is made again from it, beside a second implementation.
@Suite struct ErasureCodeTests {
  private static let second =
    String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))
    + "/../Parity/second_parity.py"

  private func block(_ bytes: [UInt8]) -> Block {
    let block = Block(capacity: bytes.count)
    _ = unsafe block.append(bytes.span.bytes)
    return block
  }

  private func bytes(_ block: Block) -> [UInt8] { Array(copying: Span(_bytes: block.bytes)) }

  private func columns(_ count: Int, _ length: Int) -> [[UInt8]] {
    var generator = SeededGenerator(seed: UInt64(count * 1000 + length))
    return (0..<count).map { _ in
      (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }
  }

  private func run(_ code: ErasureCode, _ input: [[UInt8]]) -> [[UInt8]] {
    let length = input[0].count
    let output = (0..<code.outputs).map { _ in Block(capacity: length) }
    code.run(input.map(block), into: output, 0..<length)
    for block in output { block.setCount(length) }
    return output.map(bytes)
  }

  @Test func theCoefficientsAreThoseOfTheSecondImplementation() throws {
    let lines = try TestSupport.run([
      "python3", ErasureCodeTests.second, "coefficients", "55", "200",
    ])
    .succeeded().split(separator: "\n")
    #expect(lines.count == 55)
    for (row, line) in lines.enumerated() {
      let expected = line.split(separator: " ").map { UInt8($0) }
      #expect(expected == (0..<200).map { FieldMatrix.coefficient(row: row, column: $0) })
    }
  }

  /// All that can be lost of 4 + 3 columns, whatever is left.
  @Test func everySubsetOfLossesIsMadeGood() {
    let data = columns(4, 100)
    let parity = run(.parity(rows: 3, columns: 4), data)
    var tried = 0
    for mask in 0..<(1 << 7) {
      let lost = (0..<4).filter { mask >> $0 & 1 == 1 }
      let rows = (0..<3).filter { mask >> ($0 + 4) & 1 == 0 }
      guard !lost.isEmpty, lost.count <= rows.count else { continue }
      tried += 1
      let chosen = Array(rows.suffix(lost.count))
      let there = (0..<4).filter { !lost.contains($0) }
      let code = ErasureCode.solution(lost: lost, from: chosen, columns: 4)
      let made = run(code, there.map { data[$0] } + chosen.map { parity[$0] })
      #expect(made == lost.map { data[$0] }, "lost \(lost), from \(chosen)")
    }
    #expect(tried == 56)
  }

  /// The largest code, and lengths that end anywhere.
  @Test(arguments: [(128, 127), (200, 55), (254, 1), (1, 254), (10, 2)])
  func largeCodesMakeGoodAsMuchAsTheyHave(columns count: Int, rows: Int) {
    for length in [1, 33, 4096 + 7, (64 << 10) + 1] {
      let data = columns(count, length)
      let parity = run(.parity(rows: rows, columns: count), data)
      let most = min(rows, count, 20)
      let lost = (0..<most).map { ($0 * 13 + 5) % count }.sorted()
      guard Set(lost).count == lost.count else { continue }
      let chosen = Array((0..<rows).suffix(lost.count))
      let there = (0..<count).filter { !lost.contains($0) }
      let code = ErasureCode.solution(lost: lost, from: chosen, columns: count)
      let made = run(code, there.map { data[$0] } + chosen.map { parity[$0] })
      #expect(made == lost.map { data[$0] }, "\(count)+\(rows), \(length) bytes")
    }
  }

  /// A further row, or a column of zeros, leaves the others as they are.
  @Test func rowsDoNotDependOnWhatComesBehind() {
    let data = columns(5, 64)
    let parity = run(.parity(rows: 2, columns: 5), data)
    let more = run(
      .parity(rows: 4, columns: 7),
      data + [[UInt8]](repeating: [UInt8](repeating: 0, count: 64), count: 2)
    )
    #expect(Array(more.prefix(2)) == parity)
  }

  @Test func aRangeLeavesTheRestAlone() {
    let data = columns(3, 1000).map(block)
    let code = ErasureCode.parity(rows: 1, columns: 3)
    let whole = Block(capacity: 1000)
    code.run(data, into: [whole], 0..<1000)
    whole.setCount(1000)
    let parts = Block(capacity: 1000)
    for range in [700..<1000, 0..<1, 1..<700] as [Range<Int>] {
      code.run(data, into: [parts], range)
    }
    parts.setCount(1000)
    #expect(bytes(parts) == bytes(whole))
  }
}
