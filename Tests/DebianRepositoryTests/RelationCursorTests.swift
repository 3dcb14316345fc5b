import SafeIO
import TestSupport
import Testing

@testable import DebianRepository

/// Fields of relations, taken apart as apt's own library does, and whatever else may stand in one.
@Suite struct RelationCursorTests {
  private func read(_ field: String) -> [[String]] {
    let bytes = Array(field.utf8)
    var cursor = RelationCursor()
    var clauses: [[String]] = []
    var isFollowed = false
    while let one = cursor.next(in: bytes.span) {
      func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
      var shown = text(one.name)
      if !one.qualifier.isEmpty { shown += ":" + text(one.qualifier) }
      if let comparison = one.comparison { shown += " \(comparison) " + text(one.version) }
      if !one.isWellFormed { shown = "? " + text(one.whole) }
      if isFollowed { clauses[clauses.count - 1].append(shown) } else { clauses.append([shown]) }
      isFollowed = one.isFollowed
    }
    return clauses
  }

  @Test(
    arguments: [
      ("", []), ("a", [["a"]]), ("a, b", [["a"], ["b"]]), ("a|b ,c", [["a", "b"], ["c"]]),
      ("a (>= 1)", [["a notEarlier 1"]]), ("a(>=1)", [["a notEarlier 1"]]),
      ("a ( <<  1:2-3~ )", [["a earlier 1:2-3~"]]),
      ("a (= 1),\n b (> 2)", [["a same 1"], ["b notEarlier 2"]]),
      ("a (< 1)", [["a notLater 1"]]), ("a (>> 1)", [["a later 1"]]), ("a:any", [["a:any"]]),
      ("g++-12:native (<= 3)", [["g++-12:native notLater 3"]]), ("a,,b", [["a"], ["b"]]),
      ("a |", [["a"]]), ("| a", [["? ", "a"]]), ("a b", [["? a b"]]), ("a (1)", [["? a (1)"]]),
      ("a (>= )", [["? a (>= )"]]), ("a (>= 1", [["? a (>= 1"]]),
      ("a (>= 1 2)", [["? a (>= 1 2)"]]),
      ("a (== 1)", [["? a (== 1)"]]), ("(>= 1)", [["? (>= 1)"]]),
      ("a (>= 1) [amd64]", [["? a (>= 1) [amd64]"]]),
    ] as [(String, [[String]])]
  )
  func fieldIsTakenApart(field: String, clauses: [[String]]) {
    #expect(read(field) == clauses, "\(field)")
  }

  @Test func realRelationsAreReadAsApt() throws {
    let fields = [
      "libc6 (>= 2.34), libgcc-s1 (>= 3.0) | libgcc1, zlib1g (>= 1:1.1.4)", "python3:any (>= 3.9~)",
      "default-mta | mail-transport-agent, perl:any", "a (<< 2) | b (>>3), c (= 4)",
    ]
    let script = """
      import apt_pkg, sys
      apt_pkg.init_config()
      for line in sys.stdin:
          for clause in apt_pkg.parse_depends(line.strip(), False):
              print("|".join(" ".join(part for part in (n, op, v) if part) for n, v, op in clause))
      """
    let theirs = try run(
      ["/usr/bin/python3", "-c", script],
      input: Array(fields.joined(separator: "\n").utf8)
    ).succeeded()
    let signs = [
      "earlier": "<", "notLater": "<=", "same": "=", "notEarlier": ">=", "later": ">",
    ]
    let ours = fields.flatMap { read($0) }.map { clause in
      clause.map { one in
        one.split(separator: " ").map { signs[String($0)] ?? String($0) }.joined(separator: " ")
      }.joined(separator: "|")
    }
    #expect(theirs.split(separator: "\n").map(String.init) == ours)
  }

  @Test func anyBytesAreTakenApartWithoutHarm() {
    var generator = SeededGenerator(seed: 3)
    let letters = Array("ab1 \t\n,|():<>=[]~.\u{0}\u{ff}".utf8)
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...24, using: &generator)
      let bytes = (0..<count).map { _ in
        letters[Int.random(in: 0..<letters.count, using: &generator)]
      }
      var cursor = RelationCursor()
      var last = 0
      while let one = cursor.next(in: bytes.span) {
        #expect(one.whole.lowerBound >= last && one.whole.upperBound <= bytes.count)
        last = one.whole.upperBound
        for part in [one.name, one.qualifier, one.version] where !part.isEmpty {
          #expect(
            one.whole.lowerBound <= part.lowerBound && part.upperBound <= one.whole.upperBound
          )
        }
      }
    }
  }
}
