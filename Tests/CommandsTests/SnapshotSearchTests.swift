import Foundation
import SafeIO
import TestSupport
import Testing

/// `snapshot search`: what a query finds in the indexes of a snapshot.
@Suite struct SnapshotSearchTests {
  @Test func `Packages are found, each once for a suite, and shown as asked`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(
        ForgedSuite(
          "stable",
          ["main": ["pier", "quay"].map { ForgedPackage($0, version: "1.0-1") }]
        )
      )
      try crossing.freeze("first", "stable")
      func search(_ words: String...) throws -> RunResult {
        try crossing.connected(["snapshot", "search", "first"] + words)
      }
      let lines = try search("pier").succeeded()
      #expect(lines.hasPrefix("pier 1.0-1 "))
      #expect(lines.split(separator: "\n").count == 1)
      #expect(try search("pier | quay").succeeded().split(separator: "\n").count == 2)
      #expect(try search("pier (>> 1.0-1)").succeeded().isEmpty)
      let formed = try search("Name (% q*)", "--format", "${Package}\\t${Version}").succeeded()
      #expect(formed == "quay\t1.0-1\n")
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(search("pier", "--json").output))
          as? [String: Any]
      )
      let found = try #require(json["packages"] as? [[String: Any]])
      #expect(found.count == 1 && found[0]["name"] as? String == "pier")
      let wrong = try search("pier (")
      #expect(wrong.refused(.usage) && wrong.errors.contains("column 7"), "\(wrong.everything)")
      #expect(try crossing.connected("snapshot", "search", "none", "pier").status != 0)
    }
  }
}
