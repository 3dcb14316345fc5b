import DebianRepository
import SafeIO
import Testing

@testable import Choosing

/// The query language as aptly's users know it: the measured answers, and errors with their column.
@Suite struct QueryTests {
  private static let packages: [(short: String, stanza: String)] = [
    ("a1", "alpha 1.0-1 amd64|Section: utils|Depends: beta (>= 1.0), gamma / delta"),
    ("a2", "alpha 1.2-1 amd64|Section: utils|Depends: beta (>= 2.0~)"),
    ("a2r", "alpha 1.2-1 arm64|Section: utils"),
    ("b1", "beta 1.5 amd64|Depends: libx (= 1:2.0-3)"),
    ("b2", "beta 2.0~rc1 amd64|Priority: extra"),
    ("g", "gamma 0.9 all|Provides: virt"),
    ("d", "delta 3.0 all|Provides: virt, virt-ver (= 5)|Priority: important"),
    ("x", "libx 1:2.0-3 amd64|Source: xsrc (1:2.0.2)|Pre-Depends: base|Section: libs"),
    ("ba", "base 1 amd64|Essential: yes|Priority: required"),
    ("au", "any-user 1.0 amd64|Depends: py:any"),
    ("py", "py 3.11 amd64|Multi-Arch: allowed"),
    ("n1", "needver 1 all|Depends: virt (>= 0.5)"),
    ("n2", "needver2 1 all|Depends: virt-ver (>= 4)"),
    ("r", "rec 1 amd64|Recommends: delta|Suggests: gamma"),
    ("mi", "mini 1 amd64|Filename: pool/mini_1_amd64.udeb"),
    ("c", "c++lib 1.0+b1 amd64"),
    ("e1", "epsilon 4.3.5-rc1-1 amd64"),
    ("e2", "epsilon 4.3.5a amd64|Homepage: https://example.org/e"),
  ]

  /// The stanzas with their short names: 18 binary packages and one source.
  private static func set() throws -> [(short: String, stanza: PackageStanza)] {
    var found: [(String, PackageStanza)] = []
    let digest = String(repeating: "a", count: 64)
    for (short, text) in packages {
      let parts = text.split(separator: "|").map { $0.replacing(" / ", with: " | ") }
      let words = parts[0].split(separator: " ")
      var fields = parts.dropFirst().map(String.init)
      func add(_ name: String, _ value: String) {
        if !fields.contains(where: { $0.hasPrefix(name + ":") }) {
          fields.append("\(name): \(value)")
        }
      }
      add("Section", "misc")
      add("Priority", "optional")
      add("Filename", "pool/\(words[0])_1_\(words[2]).deb")
      add("Description", "test package \(words[0])\n Long text.")
      let head = ["Package: \(words[0])", "Version: \(words[1])", "Architecture: \(words[2])"]
      let lines = head + fields + ["Size: 1", "SHA256: \(digest)"]
      found.append((short, try read(.packages, lines)))
    }
    let source = [
      "Package: xsrc", "Version: 1:2.0.2", "Architecture: any", "Section: misc",
      "Build-Depends: debhelper-compat (= 13)", "Directory: pool",
      "Checksums-Sha256:\n \(digest) 1 xsrc_2.0.2.dsc",
    ]
    return found + [("xs", try read(.sources, source))]
  }

  private static func read(
    _ kind: PackageIndexReader.Kind,
    _ lines: [String]
  ) throws -> PackageStanza {
    var reader = PackageIndexReader(kind, name: "test")
    var found: PackageStanza?
    let bytes = Array((lines.joined(separator: "\n") + "\n\n").utf8)
    try reader.feed(bytes.span) { found = $0 }
    try reader.finish { found = $0 }
    return try #require(found)
  }

  @Test func `There are the 19 packages of the measurement`() throws {
    #expect(try QueryTests.set().count == 19)
    #expect(QueryExamples.all.count >= 79)
  }

  @Test(arguments: QueryExamples.all)
  func `A query is answered as it was measured`(_ query: String, _ answer: String) throws {
    let set = try QueryTests.set()
    if answer.hasPrefix("400 ") {
      let found = #expect(throws: Failure.self) { _ = try PackageQuery(query) }
      let failure = try #require(found)
      #expect(failure.kind == .usage)
      #expect(failure.reason.contains(answer.dropFirst(4)), "\(failure.reason)")
      #expect(failure.reason.hasPrefix("column "))
      return
    }
    let parsed = try PackageQuery(query)
    let found = Set(set.filter { parsed.matches($0.stanza) }.map(\.short))
    var expected = Set(answer.split(separator: " ").map(String.init)).subtracting(["–"])
    if answer.hasPrefix("all but") {
      expected.subtract(["all", "but"])
      expected = Set(set.map(\.short)).subtracting(expected)
    }
    #expect(found == expected, "\(query)")
  }

  @Test(arguments: [
    ("alpha beta", 7), ("alpha |", 8), ("a, (b", 6), ("alpha (>= )", 11), ("a {b", 5), ("!", 2),
  ])
  func `An error says the column`(_ query: String, _ column: Int) throws {
    let found = #expect(throws: Failure.self) { _ = try PackageQuery(query) }
    #expect(found?.reason.hasPrefix("column \(column): ") == true, "\(found?.reason ?? "none")")
  }

  @Test func `Several queries together ask for what each of them asks for`() throws {
    let all = QueryExamples.all.compactMap { try? PackageQuery($0.query) }
    #expect(all.count > 60)
    // Neighbours, so that names alone and others come together.
    for start in all.indices.dropLast(2) {
      let queries = Array(all[start...(start + 2)])
      let together = PackageQueries(queries)
      for (short, stanza) in try QueryTests.set() {
        let isAsked = queries.contains { $0.matches(stanza) }
        #expect(together.matches(stanza) == isAsked, "\(start) \(short)")
      }
    }
  }

  @Test func `Parentheses without end are refused, not followed`() {
    let deep = String(repeating: "(", count: 100_000) + "a"
    #expect(throws: Failure.self) { _ = try PackageQuery(deep) }
    #expect(throws: Failure.self) { _ = try PackageQuery(String(repeating: "!", count: 100_000)) }
  }
}
