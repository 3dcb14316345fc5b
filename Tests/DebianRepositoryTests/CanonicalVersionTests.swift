import DebianRepository
import TestSupport
import Testing

/// Versions have one canonical text just where dpkg finds no difference between them.
@Suite struct CanonicalVersionTests {
  private func canonical(_ text: String) -> [UInt8] {
    DebianVersion.canonical(Array(text.utf8).span)
  }

  @Test(arguments: [
    ["1.0", "0:1.0", "1.0-0", "01.00", "00:1.0-00", "1.", "1.-"], ["1.0-1", "0:1.0-01", "1.00-1"],
    ["1~0", "1~"], ["1a0b", "1a00b"], ["2:1-0-1", "02:1-0-01"], ["10", "010"],
  ])
  func `Spellings of one version have one text`(spellings: [String]) {
    for spelling in spellings where DebianVersion(spelling) != nil {
      #expect(canonical(spelling) == canonical(spellings[0]), "\(spelling)")
    }
  }

  @Test(arguments: [
    ("1.0", "1.0.0"), ("1a0b", "1ab"), ("1.0-1", "1.0.1"), ("1:1", "1"), ("1-1", "11"),
    ("1.0", "1.0~"), ("1.0", "1.0+"), ("1.10", "1.1"), ("1-0-1", "1-01"), ("1 0", "10"),
    ("0a", "a"),
  ])
  func `Other versions have other texts`(left: String, right: String) {
    #expect(canonical(left) != canonical(right))
  }

  @Test func `Of any two versions the texts are the same just when the order says so`() {
    var random = SeededGenerator(seed: 20_261_129)
    let pieces = Array("001.-:~+ab")
    var same = 0
    for _ in 0..<200_000 {
      func text() -> String {
        var text = ["1", "0:", "01", "2.", ""].randomElement(using: &random) ?? ""
        for _ in 0..<Int.random(in: 0...4, using: &random) {
          text.append(pieces.randomElement(using: &random) ?? "0")
        }
        return text
      }
      guard let left = DebianVersion(text()), let right = DebianVersion(text()) else { continue }
      let isSame = left == right
      if isSame { same += 1 }
      #expect((canonical(left.text) == canonical(right.text)) == isSame, "\(left) \(right)")
    }
    #expect(same > 1000, "\(same)")
  }
}
