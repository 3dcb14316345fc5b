import DebianRepository
import TestSupport
import Testing

@Suite struct DebianVersionTests {
  @Test func `A version falls into epoch, upstream and revision`() throws {
    let plain = try #require(DebianVersion("2.10"))
    #expect((plain.epoch, plain.upstream, plain.revision) == (0, [0x32, 0x2e, 0x31, 0x30], []))
    let full = try #require(DebianVersion(" 1:2:3-4-5~x+b1\t"))
    #expect(full.text == "1:2:3-4-5~x+b1")
    #expect(full.epoch == 1)
    #expect(String(decoding: full.upstream, as: UTF8.self) == "2:3-4")
    #expect(String(decoding: full.revision, as: UTF8.self) == "5~x+b1")
  }

  @Test(
    arguments: [
      "", " ", "1:", ":1", "x:1", "1x:1", "-1:1", "2147483648:1", "99999999999999999999:1",
      "1-2:3", "1-", "1:2-", "-1", "1:-1", "1 2", "1\t2", "+:1", "1: 2", "1\u{0}2",
    ]
  )
  func `What dpkg refuses is no version`(text: String) {
    #expect(DebianVersion(text) == nil)
    #expect(DebianVersion.order(Array(text.utf8).span, Array("1".utf8).span) == nil)
  }

  @Test(
    arguments: [
      ("1.0", true), ("1.0-1+deb12u1~bpo1", true), ("0:1:1-1", true), ("2147483647:1", true),
      ("a1", false), ("1_2", false), ("1.0-1:x", false), ("1.0-a_b", false), ("1é", false),
      (".1", false), ("+1:1", true),
    ]
  )
  func `Of what dpkg only warns is known not to be well-formed`(text: String, isGood: Bool) {
    #expect(DebianVersion(text)?.isWellFormed ?? false == isGood)
  }

  @Test(
    arguments: [
      ("1.0~~", "1.0~~a"), ("1.0~~a", "1.0~"), ("1.0~", "1.0"), ("1.0", "1.0a"),
      ("1.0a", "1.0+"), ("9", "10"), ("1:1", "2:0"), ("1.0-1", "1.0-1+b1"), ("1-2", "1-1-1"),
      ("1", "99999999999999999999999999999999999999999"),
      ("99999999999999999999999999999999999999998", "99999999999999999999999999999999999999999"),
      ("1.0-1~bpo12+1", "1.0-1"),
    ]
  )
  func `Versions are ordered as in Debian`(earlier: String, later: String) throws {
    let (left, right) = (try #require(DebianVersion(earlier)), try #require(DebianVersion(later)))
    #expect(left < right)
    #expect(right > left)
    #expect(left != right)
  }

  @Test(arguments: [
    ("1.0", "0:1.0-0"), ("1.0", "01.000"), ("1-0", "1-0000"), ("1.0-1", " 1.0-01"),
  ])
  func `Versions that dpkg finds no difference in are equal`(one: String, other: String) throws {
    let version = try #require(DebianVersion(one))
    #expect(DebianVersion(other) == version)
  }

  @Test func `dpkg agrees on thousands of pairs made to confuse`() throws {
    var random = SeededGenerator(seed: 20_261_123)
    let pairs = (0..<1500).map { _ in VersionForge.pair(&random) }
    #expect(pairs.allSatisfy { $0.order != nil })
    let wrong = try VersionJudge.wrongByDpkg(pairs)
    #expect(wrong.isEmpty)
  }

  @Test func `dpkg agrees on what is no version, or hardly one`() throws {
    var random = SeededGenerator(seed: 7)
    let pairs = (0..<700).map { _ in VersionForge.oddPair(&random) }
    #expect(pairs.contains { $0.order == nil } && pairs.contains { $0.order != nil })
    let wrong = try VersionJudge.wrongByDpkg(pairs, judgeWarnings: true)
    #expect(wrong.isEmpty)
  }

  @Test(.enabled(if: VersionJudge.hasApt, "python3-apt is not installed"))
  func `apt agrees on many thousand pairs made to confuse`() throws {
    var random = SeededGenerator(seed: 4711)
    let pairs = (0..<20_000).map { _ in VersionForge.pair(&random) }
    let wrong = try VersionJudge.wrongByApt(pairs)
    #expect(wrong.isEmpty)
  }

  @Test func `The order is one: sorted, every version stands before each later one`() {
    var random = SeededGenerator(seed: 99)
    let versions = (0..<120).compactMap { _ in DebianVersion(VersionForge.version(&random)) }
      .sorted()
    for (index, version) in versions.enumerated() {
      #expect(versions[index...].allSatisfy { version <= $0 && !($0 < version) })
    }
  }
}

@Suite struct HostVersionTests {
  @Test(.enabled(if: !HostVersions.all.isEmpty, "this host's apt has no lists: run apt-get update"))
  func `dpkg agrees on every pair of versions that one package has in this host's indexes`() throws
  {
    var pairs: [JudgedPair] = []
    for versions in HostVersions.all.values {
      for (index, left) in versions.enumerated() {
        for right in versions[..<index] { pairs.append(JudgedPair(left, right)) }
      }
    }
    #expect(pairs.allSatisfy { $0.order != nil })
    // A host with many suites has more pairs than processes may be spent on: apt judges all.
    let wrong = try VersionJudge.wrongByDpkg(Array(pairs.shuffledForSampling().prefix(4000)))
    #expect(wrong.isEmpty)
    if VersionJudge.hasApt {
      let wrong = try VersionJudge.wrongByApt(pairs)
      #expect(wrong.isEmpty)
    }
  }

  @Test(
    .enabled(if: !HostVersions.all.isEmpty, "this host's apt has no lists: run apt-get update"),
    .enabled(if: VersionJudge.hasApt, "python3-apt is not installed")
  )
  func `apt agrees on every version of this host's indexes beside others`() throws {
    let versions = Set(HostVersions.all.values.joined()).sorted().shuffledForSampling()
    #expect(versions.allSatisfy { DebianVersion($0)?.isWellFormed ?? false })
    let pairs = zip(versions, versions.dropFirst()).map { JudgedPair($0, $1) }
    let wrong = try VersionJudge.wrongByApt(pairs)
    #expect(wrong.isEmpty)
  }
}

extension Array {
  /// Another order, the same each time.
  fileprivate func shuffledForSampling() -> [Element] {
    var random = SeededGenerator(seed: 12)
    return shuffled(using: &random)
  }
}

/// The versions of each package in the lists that this host's apt has.
private enum HostVersions {
  static let all: [String: [String]] = {
    // Read by other means than ours.
    let script = """
      for list in /var/lib/apt/lists/*_Packages*; do
        [ -e "$list" ] && /usr/lib/apt/apt-helper cat-file "$list"
      done | awk '/^Package: /{name = $2} /^Version: /{print name, $2}' | LC_ALL=C sort -u
      """
    var versions: [String: [String]] = [:]
    guard let text = try? run(["bash", "-c", script]).succeeded() else { return versions }
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2 { versions[String(words[0]), default: []].append(String(words[1])) }
    }
    return versions
  }()
}

/// Versions that are made to be mixed up.
private enum VersionForge {
  private static let pieces = [
    "0", "00", "1", "01", "9", "10", "009", "18446744073709551615", "18446744073709551616", "a",
    "b", "Z", "rc", "~", "~~", ".", "+", "-", "-", "-1", "-0", "-a", ":", "+b1", "~bpo12+1",
    "+deb12u1", ".0", ".a", "a0",
  ]

  static func version(_ random: inout SeededGenerator) -> String {
    var text = ["", "", "", "0:", "1:", "01:", "2147483647:"].randomElement(using: &random) ?? ""
    let hasEpoch = !text.isEmpty
    text += ["0", "1", "2.10"].randomElement(using: &random) ?? ""
    for _ in 0..<Int.random(in: 0...5, using: &random) {
      let piece = pieces.randomElement(using: &random) ?? ""
      // A colon needs an epoch before it.
      if piece != ":" || hasEpoch { text += piece }
    }
    // A revision has no colon, and something in it.
    while text.last == "-" || text.last == ":" { text.removeLast() }
    if let hyphen = text.lastIndex(of: "-"), let colon = text.lastIndex(of: ":"), hyphen < colon {
      text += "-1"
    }
    return text
  }

  /// Two versions, often the same but for one place.
  static func pair(_ random: inout SeededGenerator) -> JudgedPair {
    let left = version(&random)
    guard Int.random(in: 0..<4, using: &random) > 0 else {
      return JudgedPair(left, version(&random))
    }
    var right = left
    // A sign before the epoch is odd: apt does not know it.
    let place = Int.random(in: 1...left.count, using: &random)
    let index = right.index(right.startIndex, offsetBy: place)
    switch Int.random(in: 0..<3, using: &random) {
    case 0 where index < right.endIndex: right.remove(at: index)
    default:
      right.insert(contentsOf: pieces.randomElement(using: &random) ?? "", at: index)
    }
    let pair = JudgedPair(left, right)
    return pair.order == nil ? JudgedPair(left, left + "~") : pair
  }

  private static let oddities = Array("0019aZ~.+-:--::  _/\t\n%éA@[]{}^")

  /// What may be no version at all, beside one that is.
  static func oddPair(_ random: inout SeededGenerator) -> JudgedPair {
    var text = Bool.random(using: &random) ? version(&random) : ""
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...text.count, using: &random)
      if let odd = oddities.randomElement(using: &random) {
        text.insert(odd, at: text.index(text.startIndex, offsetBy: place))
      }
    }
    return JudgedPair(text, version(&random))
  }
}
