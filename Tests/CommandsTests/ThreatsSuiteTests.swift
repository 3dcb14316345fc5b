import SafeIO
import TestSupport
import Testing

/// What MANIFEST says of a suite is a claim (T170 to T174).
///
/// What is stored, shown and compared is what was verified here. Whoever attacks holds an exporter's
/// key.
@Suite struct ThreatsSuiteTests {
  private static let old = "2026-05-20T08:00:00Z"

  /// A vendor's genuine suite of half a year ago.
  private static func olden(_ vendor: inout ForgedVendor) {
    vendor.editRelease = { $0.replacing("Fri, 20 Nov 2026", with: "Wed, 20 May 2026") }
  }

  /// A bundle of these snapshots with a number of its own in a stream.
  @discardableResult
  private static func bundle(
    _ site: ThreatsSite,
    _ sequence: String,
    stream: String = "mainland",
    _ snapshots: [BundleForge.Snapshot]
  ) throws -> String {
    var forge = BundleForge(signingHome: site.lab.exporterHome, snapshots)
    (forge.sequence, forge.stream) = (sequence, stream)
    return try forge.write(to: site.medium)
  }

  private static func snapshot(
    _ site: ThreatsSite,
    _ name: String,
    suites: [String]? = nil,
    _ change: (inout ForgedVendor) throws -> Void = { _ in }
  ) throws -> BundleForge.Snapshot {
    var vendor = ForgedVendor(site.lab.vendor)
    try change(&vendor)
    var snapshot = try vendor.snapshot(name)
    if let suites { snapshot.suites = suites }
    return snapshot
  }

  private static func date(_ text: String, _ signer: String) -> String {
    "stable signed \(signer) \(text)"
  }

  @Test func t170ASignerWhoDidNotSignIsAFalseClaim() throws {
    try ThreatsSite.with { site in
      let other = try VendorKey(name: "Other Vendor <other@repository.example>")
      let file = site.scratch.path("other.asc")
      try Disk.write(other.armored, to: file)
      let (real, stranger) = (site.lab.vendor.fingerprint, String(repeating: "AB", count: 20))
      let time = "2026-11-20T08:00:00Z"
      let claims = [
        // Nobody has this key; there is one signature, and it is by somebody else.
        Self.date(time, stranger), Self.date(time, "\(real),\(stranger)"),
      ]
      for claim in claims {
        try Self.bundle(site, "1", [try Self.snapshot(site, "first", suites: [claim])])
        try site.expectRefusal(.integrity, "INTEGRITY-FALSE-CLAIM", naming: stranger, real)
        Disk.remove(site.bundle)
      }
      // A key that is pinned here, and did not sign.
      try site.site(
        ["trust", "add", file, "--role", "upstream", "--name", "other"]
          + ["--fingerprint", other.fingerprint]
      ).succeeded()
      for claim in ["\(other.fingerprint)", "\(real),\(other.fingerprint)"] {
        try Self.bundle(
          site,
          "1",
          [try Self.snapshot(site, "first", suites: [Self.date(time, claim)])]
        )
        try site.expectRefusal(
          .integrity,
          "INTEGRITY-FALSE-CLAIM",
          naming: other.fingerprint,
          real
        )
        Disk.remove(site.bundle)
      }
    }
  }

  @Test(arguments: ["2027-05-20T08:00:00Z", "2026-05-20T08:00:00Z", "-"])
  func t171AnotherDateThanTheSuiteHasIsAFalseClaim(date: String) throws {
    try ThreatsSite.with { site in
      let claim = Self.date(date, site.lab.vendor.fingerprint)
      try Self.bundle(site, "1", [try Self.snapshot(site, "first", suites: [claim])])
      try site.expectRefusal(
        .integrity,
        "INTEGRITY-FALSE-CLAIM",
        naming: "2026-11-20T08:00:00Z",
        date == "-" ? "none" : date
      )
    }
  }

  /// Not lied about, lied about with a new Date, with a signer whom nobody knows, and with no Date.
  @Test(
    arguments: ["2026-11-28T08:00:00Z", "2026-05-20T08:00:00Z", "-"],
    ["mainland", "harbour"]
  )
  func t172AnOlderSuiteIsOlderWhateverManifestSaysOfIt(date: String, stream: String) throws {
    try ThreatsSite.with { site in
      try Self.bundle(site, "1", [try Self.snapshot(site, "first")])
      try site.expectImport()
      Disk.remove(site.bundle)
      let claims = [site.lab.vendor.fingerprint, String(repeating: "AB", count: 20)]
      for claim in claims {
        let made = try Self.bundle(
          site,
          stream == "mainland" ? "2" : "1",
          stream: stream,
          [
            try Self.snapshot(
              site,
              "second",
              suites: [Self.date(date, claim)],
              Self.olden
            )
          ]
        )
        try site.expectRefusal(
          .freshness,
          "FRESHNESS-OLDER-SUITE",
          naming: Self.old,
          "2026-11-20T08:00:00Z"
        )
        // Also where the review and the dry run look, which read no package.
        let dry = try site.site("import", site.medium, "--dry-run")
        #expect(dry.refused(.freshness), "\(dry.everything)")
        let review = try site.site("inspect", site.medium, "--against-depot")
        #expect(review.refused(.freshness), "\(review.everything)")
        Disk.remove(made)
      }
      // Its absence does not make an older one the newest.
      try site.site("snapshot", "remove", "first").succeeded()
      let made = try Self.bundle(
        site,
        stream == "mainland" ? "2" : "1",
        stream: stream,
        [try Self.snapshot(site, "second", suites: [Self.date(date, claims[0])], Self.olden)]
      )
      try site.expectRefusal(.freshness, "FRESHNESS-OLDER-SUITE")
      // Who says why gets the older state, but no lie.
      let allowed = try site.site(
        ["import", site.medium, "--accept-older", "--reason", "an old machine needs it"]
      )
      #expect(
        date == Self.old ? allowed.status == 0 : allowed.refused(.integrity),
        "\(allowed.everything)"
      )
      Disk.remove(made)
    }
  }

  @Test func t173AnOlderSuiteDoesNotHideBesideANewerOne() throws {
    try ThreatsSite.with { site in
      func edge(_ vendor: inout ForgedVendor) { vendor.suite = "edge" }
      try Self.bundle(
        site,
        "1",
        [try Self.snapshot(site, "edge-1", edge), try Self.snapshot(site, "first")]
      )
      try site.expectImport()
      Disk.remove(site.bundle)
      // `edge` is as new as before, `stable` is not; in one snapshot and in two.
      let aged = try Self.snapshot(site, "second", Self.olden)
      var mixed = try Self.snapshot(site, "second", edge)
      mixed.files += aged.files.filter { $0.path.hasPrefix("dists/") }
      mixed.suites += [Self.date("2026-11-28T08:00:00Z", site.lab.vendor.fingerprint)]
      for snapshots in [[mixed], [try Self.snapshot(site, "edge", edge), aged]] {
        let made = try Self.bundle(site, "2", snapshots)
        try site.expectRefusal(.freshness, "FRESHNESS-OLDER-SUITE", naming: "stable")
        Disk.remove(made)
      }
      // Beside the newer state of itself it may be carried.
      let honest = try Self.snapshot(
        site,
        "second",
        suites: [Self.date(Self.old, site.lab.vendor.fingerprint)],
        Self.olden
      )
      let made = try Self.bundle(site, "2", [honest, try Self.snapshot(site, "third")])
      try site.expectImport()
      Disk.remove(made)
    }
  }

  @Test func t174WhatIsStoredAndShownWasVerifiedHere() throws {
    try ThreatsSite.with { site in
      // Signed by two of the vendor's keys, of which this site has pinned one.
      let second = try VendorKey(name: "Test Vendor II <vendor2@repository.example>")
      let (known, unknown) = (site.lab.vendor.fingerprint, second.fingerprint)
      let claim = Self.date("2026-11-20T08:00:00Z", "\(known),\(unknown)")
      try Self.bundle(
        site,
        "1",
        [
          try Self.snapshot(site, "first", suites: [claim]) { vendor in
            let key = vendor.key
            vendor.makeInRelease = { text in
              Array(try ThreatsSuiteTests.clearSign(text, key, second).utf8)
            }
          }
        ]
      )
      try site.expectImport()
      let shown = try site.site("snapshot", "show", "first", "--json").succeeded()
      #expect(shown.contains(known), "\(shown)")
      #expect(!shown.contains(unknown), "\(shown)")
      let log = try Disk.text(site.depot + "/audit.log")
      #expect(log.contains(known) && !log.contains(unknown))
    }
  }

  /// One message with the signatures of two keys.
  private static func clearSign(
    _ text: String,
    _ first: VendorKey,
    _ second: VendorKey
  ) throws -> String {
    let home = try Disk.makeTemporaryDirectory(for: "two")
    defer { Disk.removeGnuPGHome(home) }
    let gpg = ["gpg", "--homedir", home, "--batch", "--no-tty", "--quiet"]
    for key in [first, second] {
      let secret = try run(
        ["gpg", "--homedir", key.home, "--batch", "--armor", "--export-secret-keys"]
      ).succeeded()
      try run(gpg + ["--import"], input: Array(secret.utf8)).succeeded()
    }
    let signers = [first, second].flatMap { ["--local-user", $0.fingerprint] }
    return try run(
      gpg + ["--digest-algo", "SHA256"] + signers + ["--clear-sign"],
      input: Array(text.utf8)
    ).succeeded()
  }
}
