import BundleFormat
import SafeIO
import Testing

/// What an inventory of objects may be, and where a search in one begins.
@Suite struct InventoryLimitsTests {
  private static func digests(_ count: Int) -> [SHA256Digest] {
    (0..<count).map { SHA256Digest.of(Array("object \($0)".utf8)) }.sorted()
  }

  /// The lines of so many numbers that are all 0: 17 bits 0 each.
  private static func zeros(_ count: Int) -> [String] {
    let bytes = (count * 17 + 7) / 8
    var left = (bytes * 8 + 5) / 6
    var lines: [String] = []
    while left > 0 {
      lines.append(String(repeating: "A", count: min(left, 512)))
      left -= min(left, 512)
    }
    return lines
  }

  @Test(arguments: [1, 2, 63, 64, 65, 127, 128, 129, 1000, 1024])
  func whatIsHeldIsFoundWhereverASearchBegins(count: Int) throws {
    let held = InventoryLimitsTests.digests(count)
    let made = ObjectInventory(held)
    let read = try #require(ObjectInventory(lines: made.lines, count: UInt64(count)))
    #expect(read == made && read.count == count && read.lines == made.lines)
    #expect(held.allSatisfy { read.contains($0) && made.contains($0) })
    let others = (0..<2000).map { SHA256Digest.of(Array("another \($0)".utf8)) }
    #expect(others.count { read.contains($0) } < 10)
    #expect(others.allSatisfy { read.contains($0) == made.contains($0) })
  }

  @Test func manyEqualNumbersAreNoInventory() {
    #expect(ObjectInventory(lines: InventoryLimitsTests.zeros(1000), count: 1000) != nil)
    for count in [1001, 100_000] {
      let lines = InventoryLimitsTests.zeros(count)
      #expect(ObjectInventory(lines: lines, count: UInt64(count)) == nil, "\(count)")
    }
  }

  @Test func moreBytesThanSoManyObjectsNeedAreNoInventory() {
    let ones = [String](repeating: String(repeating: "/", count: 512), count: 1000)
    #expect(ObjectInventory(lines: ones, count: 1) == nil)
    #expect(ObjectInventory(lines: ones, count: 10_000) == nil)
    #expect(ObjectInventory(lines: ["AA"], count: 0) == nil)
    #expect(ObjectInventory(lines: ["AA"], count: UInt64(ObjectInventory.countLimit)) == nil)
    #expect(ObjectInventory(lines: [String](), count: 0)?.count == 0)
  }
}
