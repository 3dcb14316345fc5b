import TestSupport
import Testing

/// What `snapshot diff` says of two states of a repository.
@Suite struct SnapshotDiffTests {
  private func package(_ name: String, _ version: String, payload: Int = 10) -> ForgedPackage {
    ForgedPackage(name, version: version, architecture: "amd64", payload: payload)
  }

  @Test func everyKindOfChangeIsNamed() throws {
    try withScratchDirectory { scratch in
      var first = ForgedSuite(
        "stable",
        [
          "main": [
            package("stays", "1.0-1"), package("up", "1:1.0~rc1-1"), package("down", "2.0-10"),
            package("gone", "1.0-1"), package("other", "1.0-1"),
            ForgedPackage("for-all", version: "1.0-1", architecture: "all", hasSource: true),
          ]
        ]
      )
      first.architectures = ["amd64", "arm64"]
      var second = first
      second.components["main"] = [
        package("stays", "1.0-1"), package("up", "1:1.0-1"), package("down", "2.0-9"),
        package("came", "1.0-1"), package("other", "1.0-1", payload: 99),
        ForgedPackage("for-all", version: "1.0-2", architecture: "all", hasSource: true),
      ]
      let crossing = try Crossing(scratch)
      try crossing.forge.build(first)
      try crossing.freeze("one", "stable")
      Disk.remove(crossing.forge.root + "/pool")
      Disk.remove(crossing.forge.root + "/dists")
      try crossing.forge.build(second)
      try crossing.freeze("two", "stable")
      let text = try crossing.connected("snapshot", "diff", "one", "two").succeeded()
      let wanted = """
        stable amd64: 1 new, 2 upgraded, 1 downgraded, 1 removed, 1 changed (6 before, 6 after)
          + came 1.0-1
          v down 2.0-10 -> 2.0-9
          ^ for-all 1.0-1 -> 1.0-2
          - gone 1.0-1
          ! other 1.0-1
          ^ up 1:1.0~rc1-1 -> 1:1.0-1
        stable arm64: 1 upgraded (1 before, 1 after)
          ^ for-all 1.0-1 -> 1.0-2
        """
      #expect(text.contains(wanted), "\(text)")
      #expect(text.contains("stable source: 1 upgraded"), "\(text)")
      let same = try crossing.connected("snapshot", "diff", "two", "two").succeeded()
      #expect(same.contains("stable amd64: no package changed (6 before, 6 after)"))
      let json = try crossing.connected("snapshot", "diff", "one", "two", "--json").succeeded()
      #expect(json.contains("\"kind\": \"downgraded\""))
    }
  }
}
