import Documents
import Foundation
import SafeIO
import TestSupport
import Testing

/// The table of codes is whole: what the sources can refuse with is in it, and nothing else.
@Suite struct CodesTests {
  /// The sources, without the table and the simulators of the tests.
  private static let sources: [String] = {
    do {
      return try DocumentFiles.files(below: "Sources", suffix: ".swift")
        .filter { !$0.contains("/TestSupport/") && !$0.contains("/Documents/Codes/") }
        .map(DocumentFiles.text)
    } catch {
      return []
    }
  }()

  private static let labels = Dictionary(
    uniqueKeysWithValues: FailureClass.allCases.map { ("\($0)", $0.label) }
  )

  /// Names that are constants, by what they are called.
  private static func constants() throws -> [String: String] {
    let found = try DocumentFiles.matches(
      #"static let (\w+): Failure\.Name = "([a-z0-9-]+)""#,
      in: sources.joined(separator: "\n")
    )
    return Dictionary(found.map { ($0[1], $0[2]) }) { first, _ in first }
  }

  /// Codes that stand in the sources as a class and a name, in `Failure(` or a function that makes one.
  private static func used() throws -> Set<String> {
    let constants = try constants()
    let pattern =
      #"\b(?:Failure|refus\w*|refusal)\(\s*(?:\w+,\s*)?\.`?(\w+)`?,\s*(?:"([a-z0-9-]+)"|\.(\w+))\s*[,)]"#
    var codes: Set<String> = []
    for text in sources {
      for match in try DocumentFiles.matches(pattern, in: text) {
        guard let label = labels[match[1]],
          let name = match[2].isEmpty ? constants[match[3]] : match[2]
        else { continue }
        codes.insert("E-\(label)-\(name.uppercased())")
      }
    }
    return codes
  }

  @Test func everyCodeOfTheSourcesIsInTheTable() throws {
    let used = try CodesTests.used()
    #expect(used.count > 250)
    let known = Set(CodeTable.rows.map(\.code))
    #expect(used.subtracting(known).sorted() == [])
  }

  @Test func everyRowOfTheTableIsUsed() throws {
    let used = try CodesTests.used()
    let whole = CodesTests.sources.joined(separator: "\n")
    // Functions that take the name from their caller hide the class, not the name.
    let unused = CodeTable.rows.filter {
      !used.contains($0.code) && !whole.contains("\"\($0.name)\"")
    }
    #expect(unused.map(\.code) == [])
    #expect(Set(CodeTable.rows.map(\.code)).count == CodeTable.rows.count)
  }

  @Test(arguments: CodeTable.rows)
  func aRowSaysWhatItMeansAndWhatToDo(row: CodeTable.Row) {
    #expect(row.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
    #expect(row.meaning.count > 8 && row.next.count > 8, "\(row.code)")
    #expect(!row.meaning.hasSuffix(".") && !row.next.hasSuffix("."), "\(row.code)")
  }

  @Test func thePageIsTheTable() throws {
    let path = DocumentFiles.root + "/docs/reference/codes.md"
    if DocumentFiles.isRecording { try Disk.write(CodeText.page, to: path) }
    #expect(
      try Disk.text(path) == CodeText.page,
      "run again with APTFERRY_RECORD_SNAPSHOTS=1 if this is meant"
    )
  }

  @Test func theCommandShowsOneOrAll() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"))
      let all = try site("codes").succeeded()
      #expect(all == (try site("help", "codes").succeeded()))
      #expect(CodeTable.rows.allSatisfy { all.contains("\n\($0.code)\n") })
      let one = try site("codes", "e-trust-unknown-signer").succeeded()
      #expect(one.hasPrefix("10: ") && one.contains("E-TRUST-UNKNOWN-SIGNER"))
      #expect(try site("codes", "E-NO").refused(.usage, "no-code"))
    }
  }
}
