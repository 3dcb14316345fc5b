import SafeIO
import TestSupport
import Testing

/// An exporter carries what vendors signed; it vouches for what it is pinned for (T180 to T183).
@Suite struct ThreatsExporterTests {
  /// A bundle with a suite that nobody signed.
  private static func bare(
    _ site: ThreatsSite,
    _ sequence: String = "1",
    name: String = "first",
    suite: String = "stable",
    stream: String = "mainland"
  ) throws {
    var vendor = ForgedVendor(site.lab.vendor)
    vendor.suite = suite
    let text = vendor.release(
      listing: [("main/binary-amd64/Packages", Array(vendor.packages.utf8))]
    )
    vendor.lacks = [vendor.inReleasePath]
    vendor.files = [("dists/\(suite)/Release", Array(text.utf8))]
    var snapshot = try vendor.snapshot(name)
    snapshot.suites = ["\(suite) unsigned - 2026-11-20T08:00:00Z"]
    var forge = BundleForge(signingHome: site.lab.exporterHome, [snapshot])
    (forge.sequence, forge.stream) = (sequence, stream)
    Disk.remove(site.medium)
    try Disk.makeDirectory(site.medium)
    try forge.write(to: site.medium)
  }

  private static func edit(_ site: ThreatsSite, _ options: String...) throws -> RunResult {
    let exporter = try ThreatsLab.fingerprint(site.lab.exporterHome)
    return try site.site(["trust", "edit", exporter] + options + ["--reason", "it is agreed"])
  }

  @Test func t180WhatNoVendorSignedIsRefusedUnlessTheExporterMayVouchForIt() throws {
    try ThreatsSite.with { site in
      try Self.bare(site)
      try site.expectRefusal(.trust, "TRUST-MAY-NOT-VOUCH", naming: "first/stable", "--may-vouch")
      for command in [["inspect", "--against-depot"], ["import", "--dry-run"]] {
        let refused = try site.site(command + [site.medium])
        #expect(refused.refused(.trust), "\(refused.everything)")
      }
      // Patterns that stand for something else.
      let short = try Self.edit(site, "--may-vouch", "first")
      #expect(
        short.refused(.usage) && short.code == "E-USAGE-PATTERN"
          && short.errors.contains("first/*"),
        "\(short.everything)"
      )
      for pattern in [
        "second/*", "first/st", "*/testing", "first/stabl?x", "*stable/*", "fi*able/*",
      ] {
        try Self.edit(site, "--may-vouch", pattern).succeeded()
        try site.expectRefusal(.trust, "TRUST-MAY-NOT-VOUCH", what: pattern)
      }
      try Self.edit(site, "--may-vouch", "fir*/sta?le").succeeded()
      try site.expectImport()
      // By whom, wherever it is shown.
      let exporter = try ThreatsLab.fingerprint(site.lab.exporterHome)
      try site.site("publish", "first", "--at", "p", "--mode", "resigned").succeeded()
      let receipt = site.scratch.path("receipt")
      try site.site("receipt", "create", "--to", receipt).succeeded()
      let texts = [
        try site.site("snapshot", "show", "first", "--json").succeeded(),
        try site.site("publication", "show", "p", "--json").succeeded(),
        try site.site("client-config", "p", "--url", "http://apt.example/p").succeeded(),
        try Disk.text(receipt), try Disk.text(site.depot + "/audit.log"),
      ]
      for text in texts { #expect(text.contains(exporter), "\(text)") }
      #expect(texts[3].contains("first stable \(exporter)"), "\(texts[3])")
      // What came in stays when the scope goes; the next one does not come in.
      try Self.edit(site, "--clear", "vouching").succeeded()
      try Self.bare(site, "2", name: "second")
      try site.expectRefusal(.trust, "TRUST-MAY-NOT-VOUCH", naming: "second/stable")
    }
  }

  @Test func t183APatternDoesNotReachAcrossTheSlashOfSnapshotAndSuite() throws {
    try ThreatsSite.with { site in
      // As a suite of many parts would come: the snapshot is named by the exporter alone.
      for (pattern, isAllowed) in [
        ("f*st/x*able", true), ("f*/stable", false), ("first*stable", false), ("*/*", true),
        ("*st/x/stable", true), ("?????/x/stable", true), ("?????????stable", false), ("*", true),
      ] {
        let set = try Self.edit(site, "--may-vouch", pattern)
        #expect(set.status == 0 || set.refused(.usage), "\(set.everything)")
        if set.status != 0 { try Self.edit(site, "--clear", "vouching").succeeded() }
        try Self.bare(site, suite: "x/stable")
        let result = try site.site("import", site.medium, "--dry-run")
        #expect(
          result.errors.contains("MAY-NOT-VOUCH") == !isAllowed,
          "\(pattern): \(result.everything)"
        )
      }
    }
  }

  @Test func t182ToWidenAPinNeedsAReasonByWhicheverCommand() throws {
    try ThreatsSite.with { site in
      let exporter = try ThreatsLab.fingerprint(site.lab.exporterHome)
      let record = try site.site("trust", "list", "--json").succeeded()
      let name = record.contains("\"name\": \"mainland\"") ? ["--name", "mainland"] : []
      let again =
        ["trust", "add", site.lab.exporterKey, "--role", "exporter", "--fingerprint", exporter]
        + name
      try site.site(again).succeeded()
      let before = try site.site("trust", "list").succeeded()
      let wider = try site.site(again + ["--may-vouch", "*"])
      #expect(wider.refused(.usage), "\(wider.everything)")
      #expect(wider.errors.contains("E-USAGE-WIDENS-PIN"), "\(wider.everything)")
      #expect(try site.site("trust", "list").succeeded() == before)
      try site.site(again + ["--may-vouch", "*", "--reason", "ticket 4711"]).succeeded()
      #expect(try Disk.text(site.depot + "/audit.log").contains("ticket 4711"))
      // A vendor that may call itself one thing does not get another by a key more.
      let vendor = site.lab.vendor.fingerprint
      let key =
        ["trust", "add", site.lab.path + "/vendor.asc", "--role", "upstream"]
        + ["--fingerprint", vendor, "--name", "acme"]
      try site.site(key + ["--suite", "stable"]).succeeded()
      try site.site(key + ["--suite", "stable"]).succeeded()
      #expect(try site.site(key + ["--suite", "testing"]).refused(.usage))
      try site.site(key + ["--suite", "testing", "--reason", "it has begun"]).succeeded()
    }
  }

  @Test func t181ASuiteThatIsUnsignedIsNotCalledSigned() throws {
    try ThreatsSite.with { site in
      try Self.edit(site, "--may-vouch", "*").succeeded()
      var forge = try site.lab.forge { vendor in
        let text = vendor.release(
          listing: [("main/binary-amd64/Packages", Array(vendor.packages.utf8))]
        )
        vendor.lacks = [vendor.inReleasePath]
        vendor.files = [("dists/stable/Release", Array(text.utf8))]
      }
      try forge.write(to: site.medium)
      try site.expectRefusal(.trust, "TRUST-UNSIGNED")
      // Nor does a suite with a signature come in by the exporter's word.
      Disk.remove(site.bundle)
      forge = try site.lab.forge { vendor in
        let stranger = try VendorKey(name: "Nobody <nobody@example.org>")
        vendor.key = stranger
      }
      forge.snapshots[0].suites = ["stable unsigned - 2026-11-20T08:00:00Z"]
      try forge.write(to: site.medium)
      try site.expectRefusal(.trust, "TRUST-UPSTREAM-NOT-PINNED")
    }
  }

  @Test func t182AnExportersKeyFillsTheStreamsThatItIsPinnedFor() throws {
    try ThreatsSite.with { site in
      try Self.edit(site, "--stream", "mainland", "--stream", "weekly-*").succeeded()
      var forge = try site.lab.forge()
      forge.stream = "harbour"
      try forge.write(to: site.medium)
      try site.expectRefusal(.trust, "TRUST-OTHER-STREAM", naming: "harbour", "weekly-*")
      let review = try site.site("inspect", site.medium, "--against-depot")
      #expect(review.refused(.trust), "\(review.everything)")
      for (stream, isTaken) in [("weekly-1", true), ("mainland", true), ("mainland2", false)] {
        Disk.remove(site.medium)
        try Disk.makeDirectory(site.medium)
        forge.stream = stream
        try forge.write(to: site.medium)
        if isTaken {
          try site.expectImport()
        } else {
          try site.expectRefusal(.trust, "TRUST-OTHER-STREAM")
        }
      }
    }
  }

  @Test func t183EveryChangeOfTrustIsRecordedWithItsReason() throws {
    try ThreatsSite.with { site in
      let refused = try site.site(
        ["trust", "edit", try ThreatsLab.fingerprint(site.lab.exporterHome), "--stream", "a"]
      )
      #expect(refused.refused(.usage), "\(refused.everything)")
      try Self.edit(site, "--stream", "mainland", "--may-vouch", "a/*").succeeded()
      try Self.edit(site, "--add", "--may-vouch", "b/*").succeeded()
      let listed = try site.site("trust", "list").succeeded()
      #expect(listed.contains("streams mainland; may vouch for a/* b/*"), "\(listed)")
      try Self.edit(site, "--clear", "streams").succeeded()
      #expect(try site.site("trust", "list").succeeded().contains("any stream; may vouch"))
      let log = try site.site("audit", "show", "--limit", "0", "--json").succeeded()
      for word in ["trust edit", "it is agreed", "b/*", "mainland"] {
        #expect(log.contains(word), "\(word): \(log)")
      }
      for wrong in [["--stream", ""], ["--origin", "X"], ["--clear", "everything"], []] {
        let result = try site.site(
          ["trust", "edit", try ThreatsLab.fingerprint(site.lab.exporterHome), "--reason", "x"]
            + wrong
        )
        #expect(result.refused(.usage), "\(wrong): \(result.everything)")
      }
    }
  }
}
