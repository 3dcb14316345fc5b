import SafeIO
import TestSupport
import Testing

/// States that follow each other: newer, older, renamed, moving.
@Suite(.enabled(if: hasNetwork)) struct MirrorStateTests {
  private func suite(_ version: String, _ date: String) -> ForgedSuite {
    var suite = ForgedSuite(
      "stable",
      [
        "main": [
          ForgedPackage("pier", version: version), ForgedPackage("pier-data", architecture: "all"),
        ]
      ]
    )
    suite.date = date
    return suite
  }

  private let older = "Sat, 01 Nov 2025 00:00:00 UTC"
  private let newer = "Sun, 02 Nov 2025 00:00:00 UTC"

  /// The same vendor's tree with the newer state.
  private func newerTree(_ lab: MirrorLab, _ change: (inout ForgedSuite) -> Void = { _ in }) throws
    -> String
  {
    let other = try RepositoryForge(at: lab.scratch.path("newer"), key: lab.forge.key)
    var suite = suite("2.0-1", newer)
    change(&suite)
    try other.build(suite)
    return other.root
  }

  @Test func nothingNewIsOneRequest() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small("one"), .small("two"))
      try lab.create("one", "two")
      try lab.update().succeeded()
      let before = try TreeDigest(of: scratch.path("depot/objects"))
      lab.server.forgetRequests()
      #expect(try lab.update("--json").succeeded().contains("\"unchanged\": true"))
      #expect(lab.server.paths == ["dists/one/InRelease", "dists/two/InRelease"])
      #expect(lab.server.requests.allSatisfy { $0.headers["if-modified-since"] != nil })
      #expect(try TreeDigest(of: scratch.path("depot/objects")).difference(to: before).isEmpty)
    }
  }

  @Test func aNewStateIsAskedForTwice() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      try lab.update().succeeded()
      // Once to read it, once to see that it is still the same in the end.
      #expect(lab.server.paths.filter { $0 == "dists/stable/InRelease" }.count == 2)
      _ = try lab.files()
      try lab.checkBytes()
    }
  }

  @Test func onlyWhatIsNewIsFetched() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, suite("1.0-1", older))
      try lab.create("stable")
      try lab.update().succeeded()
      _ = try lab.files("before")
      lab.server.serve(try newerTree(lab))
      lab.server.forgetRequests()
      let would = try lab.update("--dry-run").succeeded()
      #expect(would.contains("would be fetched: 1 file,"), "\(would)")
      #expect(!lab.server.paths.contains { $0.hasPrefix("pool/") })
      let text = try lab.update().succeeded()
      #expect(text.contains("1 package new, 1 kept, 1 removed"), "\(text)")
      #expect(lab.server.paths.filter { $0.hasPrefix("pool/") }.count == 1)
      // What was frozen is what it was.
      try lab.checkBytes("before")
      #expect(try lab.files("after").contains { $0.contains("pier_2.0-1") })
    }
  }

  @Test func anOlderStateIsRefused() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, suite("1.0-1", older))
      try lab.create("stable")
      lab.server.serve(try newerTree(lab))
      try lab.update().succeeded()
      lab.server.serve(lab.forge.root)
      let result = try lab.update()
      #expect(result.refused(.freshness) && result.errors.contains("E-FRESHNESS-OLDER"))
      #expect(try lab.site("mirror", "show", "m").succeeded().contains("2025-11-02"))
    }
  }

  @Test(arguments: ["Suite", "Codename"])
  func anotherReleaseIsRefusedUnlessItIsAccepted(field: String) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, suite("1.0-1", older))
      try lab.create("stable")
      try lab.update().succeeded()
      lab.server.serve(try newerTree(lab) { $0.fields[field] = "another" })
      let result = try lab.update()
      #expect(result.refused(.policy) && result.errors.contains("another"))
      try lab.update("--allow-releaseinfo-change").succeeded()
    }
  }

  @Test func anExpiredStateIsTakenWithAWord() throws {
    try withScratchDirectory { scratch in
      var expired = suite("1.0-1", older)
      expired.fields["Valid-Until"] = newer
      let lab = try MirrorLab(scratch, expired)
      try lab.create("stable")
      let result = try lab.update()
      try result.succeeded()
      #expect(result.errors.contains("was valid until 2025-11-02"))
      #expect(try lab.site("mirror", "show", "m").succeeded().contains("valid only until"))
    }
  }

  @Test(arguments: 1...6)
  func anUpstreamThatMovesOnIsFollowed(after count: Int) throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, suite("1.0-1", older))
      try lab.create("stable")
      let newerRoot = try newerTree(lab)
      lab.server.serve(newerRoot, after: count)
      try lab.update().succeeded()
      let files = try lab.files()
      #expect(files.contains { $0.contains("pier_2.0-1") })
      #expect(!files.contains { $0.contains("pier_1.0-1") })
      #expect(try lab.site("depot", "check").succeeded().contains("0 of them needed by nothing"))
    }
  }

  @Test func keysOfOneMirrorDoNotCountForAnother() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      let stranger = try VendorKey(name: "Somebody else <else@repository.example>")
      let other = scratch.path("other.asc")
      try Disk.write(stranger.armored, to: other)
      try lab.create("stable")
      try lab.site("mirror", "create", "n", lab.server.url, "stable", "--keyring", other)
        .succeeded()
      try lab.update().succeeded()
      #expect(try lab.site("mirror", "update", "n").refused(.trust))
      try lab.site("mirror", "create", "o", lab.server.url, "stable").succeeded()
      #expect(try lab.site("mirror", "update", "o").refused(.trust))
    }
  }

  @Test func removingAMirrorLeavesItsSnapshots() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .small())
      try lab.create("stable")
      try lab.update().succeeded()
      _ = try lab.files()
      try lab.site("mirror", "remove", "m").succeeded()
      #expect(try lab.site("mirror", "list").succeeded().contains("no mirrors"))
      #expect(!(try lab.site("trust", "list").succeeded().contains("mirror:m")))
      try lab.checkBytes()
      try lab.create("stable")
    }
  }

  @Test func killedAtAnyMomentTheNextUpdateGoesOn() throws {
    try withScratchDirectory { scratch in
      let lab = try MirrorLab(scratch, .full())
      try lab.create("stable", "--architecture", "amd64")
      for step in 1...12 {
        // A little later each time; the last ones may finish.
        _ = try lab.site(
          ["mirror", "update", "m"],
          under: ["timeout", "--signal=KILL", "0.\(step < 10 ? "0" : "")\(step * 3 % 100)"]
        )
        #expect(try lab.site("depot", "check").succeeded().contains("the depot is clean"))
      }
      try lab.update().succeeded()
      _ = try lab.files()
      try lab.checkBytes()
    }
  }
}
