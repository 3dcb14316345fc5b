import SafeIO
import Solving
import TestSupport
import Testing

/// Versions in relations are ordered as `dpkg` orders them, missing revisions and epochs too.
@Suite struct VersionOrderTests {
  @Test func relationsAgreeWithDpkg() throws {
    let versions = [
      "1", "1-0", "1-1", "0:1", "1:1", "1:1-0", "1~rc1", "1~rc1-1", "1.0", "1.0-0~bpo", "1.0-0",
      "1.0+b1", "1.0-1+b1", "2", "10", "1.26.3", "1.26.3-0~eo", "1-a-0", "1a", "1.", "1.0.", "1a0",
      "1a1", "1ab", "1a~",
      "1~", "1~~", "1~~a", "01", "1.00-01", "1-a", "1-a0", "1-~", "1+",
    ]
    let signs = [("<<", "lt"), ("<=", "le"), ("=", "eq")]
    var lines: [String] = []
    for (one, version) in versions.enumerated() { lines.append("v\(one) \(version)") }
    var wishes: [(name: String, left: String, sign: String, right: String)] = []
    for (one, left) in versions.enumerated() {
      for right in versions {
        for (sign, word) in signs {
          let name = "w\(wishes.count)"
          lines.append("\(name) 1|Depends: v\(one) (\(sign) \(right))")
          wishes.append((name, left, word, right))
        }
      }
    }
    let report = try Sample(lines).universe().verify()
    let unsatisfied = Set(report.unsatisfied.map(\.package.name))
    let script = wishes.map {
      "dpkg --compare-versions '\($0.left)' \($0.sign) '\($0.right)' && echo \($0.name)\n"
    }.joined()
    let answer = try run(["sh"], input: Array((script + "true").utf8))
    let held = Set(try answer.succeeded().split(separator: "\n").map(String.init))
    for wish in wishes {
      #expect(held.contains(wish.name) != unsatisfied.contains(wish.name), "\(wish)")
    }
  }
}
