import Foundation
import SafeIO
import TestSupport
import Testing

/// What a reader that has vendors' keys pinned makes of the suites of a bundle (`Tests/Vectors/suites`).
@Suite struct SuiteVectorTests {
  @Test func `The vectors are there`() { #expect(SuiteVector.all.count >= 45) }

  @Test(arguments: SuiteVector.all)
  func `Every reader reaches the verdict of the scenario`(_ vector: SuiteVector) throws {
    let template = try PinnedDepots.shared.get().depot(for: vector)
    try withScratchDirectory { scratch in
      let depot = scratch.path("depot")
      try run(["cp", "-a", template, depot]).succeeded()
      let site = try AptFerry(home: scratch.path("home"), depot: depot)
      let before = try SuiteVectorTests.content(depot)
      let found = try site("import", vector.medium, "--json")
      let wanted = Int32(vector.fields["Exit"] ?? "") ?? -1
      #expect(found.status == wanted, "\(found.everything)")
      if let code = vector.fields["Code"] {
        #expect(found.errors.contains("\"\(code)\""), "\(found.everything)")
      }
      if wanted == 0 {
        try SuiteVectorTests.check(vector, site)
      } else {
        let after = try SuiteVectorTests.content(depot)
        #expect(before == after, "a refused bundle left something")
        let listed = try site("snapshot", "list").succeeded()
        #expect(!listed.contains("s-2"), "\(listed)")
      }
    }
  }

  private static func content(_ depot: String) throws -> [TreeDigest] {
    try ["objects", "incoming"].map { try TreeDigest(of: "\(depot)/\($0)", [.modes, .times]) }
  }

  /// Whether what is stored of the suite is what was verified: its signers here, and its own Date.
  private static func check(_ vector: SuiteVector, _ site: AptFerry) throws {
    let keys = try SuiteVector.fingerprints.get()
    let words = vector.words("Suite")
    guard words.count == 3 else { throw TestSupportError("\(vector.name)/VERDICT has no Suite") }
    let text = try site("snapshot", "show", "s-2", "--json").succeeded()
    let shown = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let suites = shown?["suites"] as? [[String: Any]] ?? []
    let suite = try #require(suites.first { $0["distribution"] as? String == words[0] }, "\(text)")
    let isVouched = words[1] == "vouched"
    let signers = isVouched ? [] : words[1].split(separator: ",").compactMap { keys[String($0)] }
    #expect(Set(suite["signedBy"] as? [String] ?? []) == Set(signers), "\(text)")
    #expect(suite["vouchedBy"] as? [String] == (isVouched ? [keys["exporter"] ?? ""] : []))
    #expect(suite["date"] as? String ?? "-" == words[2], "\(text)")
  }
}
