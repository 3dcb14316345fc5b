import SafeIO
import Testing

@testable import VendorChain

/// The table that composed lists are compared by.
@Suite struct PieceTableTests {
  @Test func `What was not found is known, whatever it grew to`() {
    var table = PieceTable()
    var state: UInt64 = 1
    let numbers = (0..<20_000).map { _ -> UInt64 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return max(1, state)
    }
    for number in numbers + numbers {
      let fits = table.insert(number)
      #expect(fits)
    }
    #expect(table.count == Set(numbers).count)
    for number in numbers.dropFirst(7) { table.find(number) }
    for number in numbers { table.find(number &+ 1) }
    #expect(numbers.filter { table.lacks($0) } == Array(numbers.prefix(7)))
    #expect(table.foundCount == table.count - 7)
  }

  @Test func `A full table says so`() {
    var table = PieceTable(most: 2)
    let fits = [5, 6, 5, 7, 6].map { table.insert($0) }
    #expect(fits == [true, true, true, false, true])
  }

  @Test func `Parts of a piece are told apart`() {
    let numbering = PieceTable.Numbering()
    func number(_ topic: Int, _ first: String, _ second: String) -> UInt64 {
      numbering.number(topic, Array(first.utf8).span, Array(second.utf8).span)
    }
    #expect(number(0, "ab", "c") == number(0, "ab", "c"))
    #expect(number(0, "ab", "c") != number(0, "a", "bc"))
    #expect(number(0, "ab", "c") != number(1, "ab", "c"))
  }
}
