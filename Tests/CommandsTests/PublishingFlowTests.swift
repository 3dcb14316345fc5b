import SafeIO
import TestSupport
import Testing

/// Publications as operators make them, seen by a real apt.
@Suite struct PublishingFlowTests {
  static let hasSequoia = (try? run(["sqv", "--version"]).status) == 0

  /// A depot with two states of a vendor's suite: `first`, and `second` with a newer package.
  private func site(
    _ scratch: ScratchDirectory,
    validUntil: String? = nil,
    dates: [String?] = [nil, nil]
  ) throws -> Crossing {
    let crossing = try Crossing(scratch)
    for (index, version) in ["1.0-1", "2.0-1"].enumerated() {
      var suite = ForgedSuite(
        "stable",
        [
          "main": [
            ForgedPackage("pier", version: version, depends: "pier-data"),
            ForgedPackage("pier-data", architecture: "all"),
          ],
          "contrib": [
            ForgedPackage("bollard", version: version), ForgedPackage("hawser"),
          ],
        ]
      )
      suite.date = dates[index]
      if let validUntil { suite.fields["Valid-Until"] = validUntil }
      try crossing.forge.build(suite)
      try crossing.freeze(index == 0 ? "first" : "second", "stable")
    }
    return crossing
  }

  private func publish(_ crossing: Crossing, _ words: String...) throws -> RunResult {
    try crossing.connected(["publish"] + words)
  }

  /// A client of a publication whose key is the site's, or another.
  private func client(
    _ crossing: Crossing,
    _ name: String,
    _ prefix: String,
    key: String? = nil
  ) throws -> AptClient {
    let client = try AptClient(root: crossing.scratch.path(name))
    let site = try Disk.text(crossing.exporterKey)
    try client.addSource(
      tree: crossing.scratch.path("connected/public/\(prefix)"),
      suite: "stable",
      components: ["main", "contrib"],
      armoredKey: key ?? site
    )
    return client
  }

  private func versions(_ client: AptClient) throws -> [String] {
    try client.update().succeeded()
    return try client.available()
  }

  private let old = [
    "bollard:amd64=1.0-1", "hawser:amd64=1.0-1", "pier-data:all=1.0-1", "pier:amd64=1.0-1",
  ]
  private let new = [
    "bollard:amd64=2.0-1", "hawser:amd64=1.0-1", "pier-data:all=1.0-1", "pier:amd64=2.0-1",
  ]

  @Test func aptTakesWhatThisSiteSignsAndWhatTheVendorSignedBesideIt() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "second", "--at", "debian", "--mode", "both", "--valid-for", "30d")
        .succeeded()
      let site = try client(crossing, "site", "debian")
      #expect(try versions(site) == new)
      #expect(try site.downloadAll().count == 4)
      let vendor = try client(crossing, "vendor", "debian/vendor", key: crossing.forge.key.armored)
      #expect(try versions(vendor) == new)
      #expect(try vendor.downloadAll().count == 4)
      // Neither key opens the other view.
      let wrong = try client(crossing, "wrong", "debian", key: crossing.forge.key.armored)
      #expect(try wrong.update().everything.contains("NO_PUBKEY"))
      let other = try client(crossing, "other", "debian/vendor")
      #expect(try other.update().everything.contains("NO_PUBKEY"))
      let pinned = try client(crossing, "pinned", "debian/snapshots/second")
      #expect(try versions(pinned) == new)
    }
  }

  @Test func gpgvTakesBothFormsOfTheSignature() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "first", "--at", "debian", "--mode", "resigned").succeeded()
      let keyring = scratch.path("site.gpg")
      try crossing.connected("key", "export", keyring).succeeded()
      let suite = scratch.path("connected/public/debian/dists/stable")
      try run(["gpgv", "--keyring", keyring, suite + "/InRelease"]).succeeded()
      try run(["gpgv", "--keyring", keyring, suite + "/Release.gpg", suite + "/Release"])
        .succeeded()
    }
  }

  @Test(.enabled(if: hasSequoia, "sqv is not installed here"))
  func sequoiaTakesTheSignaturesAlsoOfTwoKeys() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      let next = try GnuPGHome()
      let fingerprint = try next.makeKey("Next <next@site.example>", algorithm: "rsa3072")
      try crossing.connected(
        ["publish", "first", "--at", "debian", "--mode", "resigned", "--gnupg-home", next.path]
          + ["own", fingerprint].flatMap { ["--signing-key", $0] }
      ).succeeded()
      let tree = scratch.path("connected/public/debian")
      let suite = tree + "/dists/stable"
      // What stands in InRelease is one text with the same signatures.
      func sqv(_ arguments: String...) throws -> RunResult {
        try run(["sqv"] + arguments + [suite + "/Release.gpg", suite + "/Release"])
      }
      try sqv("--keyring", tree + "/keys/site.gpg", "--signatures", "2").succeeded()
      try sqv("--keyring", tree + "/keys/site.asc", "--signatures", "2").succeeded()
      let one = scratch.path("next.asc")
      try Disk.write(try next.armoredKey(fingerprint), to: one)
      try sqv("--keyring", one).succeeded()
      #expect(try sqv("--keyring", one, "--signatures", "2").status != 0)
      let other = scratch.path("other.asc")
      try Disk.write(crossing.forge.key.armored, to: other)
      #expect(try sqv("--keyring", other).status != 0)
      try Disk.write(try Disk.text(suite + "/Release") + "\n", to: scratch.path("Release"))
      #expect(
        try run(["sqv", "--keyring", one, suite + "/Release.gpg", scratch.path("Release")]).status
          != 0
      )
    }
  }

  @Test func aReleaseOfThisSiteThatWasTamperedWithIsRefused() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "first", "--at", "debian", "--mode", "resigned").succeeded()
      let client = try client(crossing, "client", "debian")
      let suite = scratch.path("connected/public/debian/dists/stable")
      for name in ["InRelease", "Release"] {
        let text = try Disk.text(suite + "/" + name)
        Disk.remove(suite + "/" + name)
        try Disk.write(
          text.replacing("Label: Test Vendor", with: "Label: Best Vendor"),
          to: suite + "/" + name
        )
      }
      let refused = try client.update()
      #expect(refused.status != 0)
      #expect(refused.everything.contains("BADSIG"), "\(refused.everything)")
    }
  }

  @Test func whatHasExpiredAtTheVendorLivesOnUnderThisSignature() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch, validUntil: "Sat, 07 Nov 2020 08:00:00 UTC")
      try publish(crossing, "first", "--at", "debian", "--mode", "both").succeeded()
      let vendor = try client(crossing, "vendor", "debian/vendor", key: crossing.forge.key.armored)
      #expect(try vendor.update().everything.contains("is expired"))
      #expect(try versions(client(crossing, "site", "debian")) == old)
      // And ends when this site says so.
      try publish(crossing, "first", "--at", "debian", "--valid-for", "1s").succeeded()
      try run(["sleep", "2"]).succeeded()
      #expect(try client(crossing, "late", "debian").update().everything.contains("is expired"))
      // Published again, it is signed again.
      try publish(crossing, "first", "--at", "debian", "--valid-for", "1h").succeeded()
      #expect(try versions(client(crossing, "again", "debian")) == old)
    }
  }

  @Test func aRollbackReachesClientsThatHaveTheNewerState() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "first", "--at", "debian", "--mode", "resigned").succeeded()
      let client = try client(crossing, "client", "debian")
      #expect(try versions(client) == old)
      try publish(crossing, "second", "--at", "debian").succeeded()
      #expect(try versions(client) == new)
      let rolled = try crossing.connected(
        "publication",
        "rollback",
        "debian",
        "--reason",
        "2.0 sinks"
      )
      try rolled.succeeded()
      #expect(try versions(client) == old)
      #expect(try client.downloadAll().contains("pier_1.0-1_amd64.deb"))
      let history = try crossing.connected("publication", "history", "debian").succeeded()
      #expect(history.contains("rollback  current  first"))
      #expect(history.contains("2.0 sinks"))
      let forth = try crossing.connected("publication", "diff", "debian", "1", "2").succeeded()
      #expect(forth.contains("^ pier 1.0-1 -> 2.0-1"), "\(forth)")
      let back = try crossing.connected("publication", "diff", "debian").succeeded()
      #expect(back.contains("generation 2 -> generation 3"))
      #expect(back.contains("v bollard 2.0-1 -> 1.0-1"), "\(back)")
    }
  }

  @Test func aRollbackOfTheVendorsReleaseSaysWhatClientsDo() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(
        scratch,
        dates: ["Sun, 01 Nov 2020 08:00:00 +0000", "Sun, 08 Nov 2020 08:00:00 +0000"]
      )
      let key = crossing.forge.key.armored
      try publish(crossing, "first", "--at", "debian").succeeded()
      try publish(crossing, "second", "--at", "debian").succeeded()
      let client = try client(crossing, "client", "debian", key: key)
      #expect(try versions(client) == new)
      let rolled = try crossing.connected("publication", "rollback", "debian", "--reason", "x")
      try rolled.succeeded()
      #expect(rolled.errors.contains("--mode resigned"), "\(rolled.everything)")
      #expect(try versions(client) == new)
      let fresh = try self.client(crossing, "fresh", "debian", key: key)
      #expect(try versions(fresh) == old)
      // Under this site's signature it reaches everybody who trusts that.
      try crossing.connected(
        "publication",
        "rollback",
        "debian",
        "--to",
        "1",
        "--mode",
        "resigned",
        "--reason",
        "y"
      ).succeeded()
      let site = try self.client(crossing, "client", "debian")
      #expect(try versions(site) == old)
    }
  }

  @Test func aRollbackIsSignedByTheKeysOfNow() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      let next = try GnuPGHome()
      let fingerprint = try next.makeKey("Next <next@site.example>")
      try publish(crossing, "first", "--at", "debian", "--mode", "resigned").succeeded()
      try crossing.connected(
        "publication",
        "edit",
        "debian",
        "--signing-key",
        fingerprint,
        "--gnupg-home",
        next.path
      ).succeeded()
      try publish(crossing, "second", "--at", "debian", "--valid-for", "2d").succeeded()
      let client = try client(crossing, "c", "debian", key: try next.armoredKey(fingerprint))
      #expect(try versions(client) == new)
      let rolled = try crossing.connected(
        "publication",
        "rollback",
        "debian",
        "--to",
        "1",
        "--reason",
        "x"
      )
      // The first generation was signed by the key that was retired, and had no end.
      #expect(try rolled.succeeded().contains("valid until"), "\(rolled.everything)")
      #expect(try versions(client) == old)
    }
  }

  @Test func aRollbackSaysWhichClientsItLeavesBehind() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(
        scratch,
        validUntil: "Sat, 14 Nov 2020 08:00:00 UTC",
        dates: ["Sun, 01 Nov 2020 08:00:00 +0000", "Sun, 08 Nov 2020 08:00:00 +0000"]
      )
      func rollBack(_ words: String...) throws -> String {
        try crossing.connected(["publication", "rollback", "debian", "--reason", "x"] + words)
          .errors
      }
      let first = try publish(crossing, "first", "--at", "debian")
      #expect(first.errors.contains("was valid until 2020-11-14"), "\(first.everything)")
      try publish(crossing, "second", "--at", "debian", "--mode", "both").succeeded()
      let verbatim = try rollBack()
      #expect(verbatim.contains("clients that check this site's signature"), "\(verbatim)")
      let both = try rollBack("--mode", "both")
      #expect(!both.contains("clients that check this site's signature"), "\(both)")
      let older = try rollBack("--to", "1", "--mode", "both")
      #expect(older.contains("clients of vendor/"), "\(older)")
      let vendor = try client(crossing, "v", "debian/vendor", key: crossing.forge.key.armored)
      #expect(try vendor.update().everything.contains("is expired"))
    }
  }

  @Test func whoUpdatedBeforeASwitchStillDownloads() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      // The vendor changes a package and keeps its version: the publication gets another pool.
      var suite = ForgedSuite(
        "stable",
        [
          "main": [ForgedPackage("pier", version: "3.0-1"), ForgedPackage("quay")],
          "contrib": [ForgedPackage("bollard"), ForgedPackage("hawser", payload: 999)],
        ]
      )
      suite.hasTranslations = false
      try crossing.forge.build(suite)
      try crossing.freeze("third", "stable")
      try publish(crossing, "first", "--at", "debian", "--mode", "resigned").succeeded()
      let client = try client(crossing, "client", "debian")
      #expect(try versions(client) == old)
      try publish(crossing, "third", "--at", "debian").succeeded()
      let pools = scratch.path("connected/public/.publications/debian/pools")
      #expect(try Disk.names(in: pools) == ["1", "2"])
      let download = try client.aptGet("download", "pier", "pier-data", "bollard")
      #expect(download.status == 0, "\(download.everything)")
    }
  }

  @Test func anAddressThatIsNoneIsRefusedBeforeItIsSigned() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      let refused = try publish(
        crossing,
        "first",
        "--at",
        "debian",
        "--mode",
        "resigned",
        "--url",
        "not an address"
      )
      #expect(refused.refused(.usage) && refused.errors.contains("E-USAGE-URL"))
      // Without links there is nothing that the field could lead to.
      for (prefix, more) in [("debian", []), ("plain", ["--no-links"])] as [(String, [String])] {
        let words = ["--mode", "resigned", "--url", "http://apt.example/x"] + more
        try crossing.connected(["publish", "first", "--at", prefix] + words).succeeded()
        let release = scratch.path("connected/public/\(prefix)/dists/stable/Release")
        #expect(try Disk.text(release).contains("Snapshots: ") == more.isEmpty)
      }
    }
  }

  @Test func aComponentFromAnotherSnapshotIsWhatClientsGet() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(
        crossing,
        "first",
        "--at",
        "debian",
        "--component",
        "contrib=second",
        "--mode",
        "resigned"
      ).succeeded()
      let client = try client(crossing, "client", "debian")
      #expect(
        try versions(client) == [
          "bollard:amd64=2.0-1", "hawser:amd64=1.0-1", "pier-data:all=1.0-1", "pier:amd64=1.0-1",
        ]
      )
      #expect(try client.downloadAll().count == 4)
    }
  }

  @Test func aDryRunChangesNothing() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "first", "--at", "debian").succeeded()
      let before = try TreeDigest(of: scratch.path("connected")).entries
      let plan = try publish(
        crossing,
        "second",
        "--at",
        "debian",
        "--mode",
        "both",
        "--dry-run"
      ).succeeded()
      #expect(plan.contains("generation: would be made"))
      #expect(try TreeDigest(of: scratch.path("connected")).entries == before)
      func files(_ text: String) -> [Substring] {
        text.split(separator: "\n").filter { $0.contains(" files") }
          .map { $0.prefix { $0 != "(" && $0 != "," } }
      }
      // What is not signed yet is counted too.
      let made = try publish(crossing, "second", "--at", "debian", "--mode", "both").succeeded()
      #expect(files(plan) == files(made))
    }
  }

  @Test func aRemovedPublicationIsGoneAndItsHistoryStays() throws {
    try withScratchDirectory { scratch in
      let crossing = try site(scratch)
      try publish(crossing, "first", "--at", "a/debian").succeeded()
      try crossing.connected("publication", "remove", "a/debian", "--reason", "moved").succeeded()
      #expect(!Disk.exists(scratch.path("connected/public/a")))
      #expect(try Disk.names(in: scratch.path("connected/public/.publications")).isEmpty)
      let history = try crossing.connected("publication", "history", "a/debian").succeeded()
      #expect(history.contains("moved"))
      try crossing.connected("snapshot", "remove", "first").succeeded()
      #expect(try publish(crossing, "second", "--at", "a").succeeded().contains("generation: 1"))
    }
  }
}
