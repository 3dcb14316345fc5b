import SafeIO
import TestSupport
import Testing

/// A vendor's key speaks for its vendor's suites (T175 to T179).
@Suite struct ThreatsVendorTests {
  /// A second vendor, pinned as `acme`.
  private struct Acme {
    let key: VendorKey
    let file: String

    init(_ site: ThreatsSite, _ options: [String] = []) throws {
      key = try VendorKey(name: "Acme <keys@acme.example>")
      file = site.scratch.path("acme.asc")
      try Disk.write(key.armored, to: file)
      try site.site(
        ["trust", "add", file, "--role", "upstream", "--name", "acme", "--fingerprint"]
          + [key.fingerprint] + options
      ).succeeded()
    }
  }

  private static let other = [("pool/main/e/evil_1_amd64.deb", Array("evil\n".utf8))]

  /// A bundle with a suite of this vendor.
  private static func bundle(
    _ site: ThreatsSite,
    _ sequence: String,
    _ name: String,
    by key: VendorKey,
    _ change: (inout ForgedVendor) -> Void = { _ in }
  ) throws {
    var vendor = ForgedVendor(key)
    change(&vendor)
    var forge = BundleForge(signingHome: site.lab.exporterHome, [try vendor.snapshot(name)])
    forge.sequence = sequence
    Disk.remove(site.medium)
    try Disk.makeDirectory(site.medium)
    try forge.write(to: site.medium)
  }

  private static func evil(_ vendor: inout ForgedVendor) {
    vendor.pool = other.map { (path: $0.0, bytes: $0.1) }
  }

  private func packages(_ site: ThreatsSite, _ prefix: String) throws -> String {
    try Disk.text(site.depot + "/public/\(prefix)/dists/stable/main/binary-amd64/Packages")
  }

  @Test func t295AnotherVendorsNewSuiteDoesNotComeToClientsUnseen() throws {
    try ThreatsSite.with { site in
      let acme = try Acme(site)
      try Self.bundle(site, "1", "first", by: site.lab.vendor)
      try site.expectImport()
      try site.site("publish", "first", "--at", "debian", "--mode", "resigned").succeeded()
      try Self.bundle(site, "2", "evil", by: acme.key) { vendor in
        vendor.suite = "stable-security"
        Self.evil(&vendor)
      }
      let before = try site.state()
      let refused = try site.site("import", site.medium, "--publish", "debian")
      #expect(refused.refused(.trust, "other-vendor"), "\(refused.everything)")
      #expect(refused.errors.contains("vendor") && refused.errors.contains("acme"))
      #expect(try site.changes(since: before) == [])
      // A person may put it there.
      try site.site("import", site.medium).succeeded()
      try site.site("publish", "evil", "--at", "debian").succeeded()
    }
  }

  @Test func t175AnotherVendorDoesNotTakeThePlaceOfTheOneThatClientsHave() throws {
    try ThreatsSite.with { site in
      let acme = try Acme(site)
      try Self.bundle(site, "1", "first", by: site.lab.vendor)
      try site.expectImport()
      try site.site("publish", "first", "--at", "debian", "--mode", "resigned").succeeded()
      let real = try packages(site, "debian")
      try Self.bundle(site, "2", "evil", by: acme.key, Self.evil)
      let before = try site.state()
      let refused = try site.site("import", site.medium, "--publish", "debian")
      #expect(refused.refused(.trust), "\(refused.everything)")
      #expect(refused.errors.contains("E-TRUST-OTHER-VENDOR"), "\(refused.everything)")
      #expect(refused.errors.contains("vendor") && refused.errors.contains("acme"))
      #expect(try site.changes(since: before) == [])
      // It may come in, with a word of what it calls itself, and be published elsewhere.
      let taken = try site.expectImport()
      #expect(
        taken.errors.contains("uses the same Origin as suites from vendor"),
        "\(taken.errors)"
      )
      for options in [[], ["--dry-run"], ["--mode", "verbatim"], ["--component", "main=evil"]] {
        let snapshots = options.first == "--component" ? [] : ["evil"]
        let publish = try site.site(["publish"] + snapshots + ["--at", "debian"] + options)
        #expect(publish.refused(.trust), "\(options): \(publish.everything)")
        #expect(publish.errors.contains("acme") && publish.errors.contains("vendor"))
      }
      #expect(try packages(site, "debian") == real)
      try site.site("publish", "evil", "--at", "acme", "--mode", "resigned").succeeded()
      // Who means it says so; a rollback takes it back.
      try site.site(
        ["publish", "evil", "--at", "debian", "--change-vendor", "--reason", "we changed to acme"]
      ).succeeded()
      #expect(try packages(site, "debian").contains("evil"))
      let shown = try site.site("publication", "show", "debian").succeeded()
      #expect(shown.contains("vendor acme") && shown.contains("we changed to acme"), "\(shown)")
      let history = try site.site("audit", "show").succeeded()
      #expect(history.contains("we changed to acme"), "\(history)")
      try site.site("publication", "rollback", "debian", "--reason", "it was a mistake").succeeded()
      #expect(try packages(site, "debian") == real)
    }
  }

  @Test func t175UnsignedContentDoesNotTakeTheVendorsPlaceEither() throws {
    try ThreatsSite.with { site in
      try Self.bundle(site, "1", "first", by: site.lab.vendor)
      try site.expectImport()
      try site.site("publish", "first", "--at", "debian", "--mode", "resigned").succeeded()
      let exporter = try ThreatsLab.fingerprint(site.lab.exporterHome)
      try site.site(
        ["trust", "edit", exporter, "--may-vouch", "*", "--reason", "everything it carries"]
      ).succeeded()
      var forged = ForgedVendor(site.lab.vendor)
      forged.makeInRelease = { _ in [] }
      let text = forged.release(
        listing: [("main/binary-amd64/Packages", Array(forged.packages.utf8))]
      )
      forged.lacks = [forged.inReleasePath]
      forged.files = [("dists/stable/Release", Array(text.utf8))]
      var snapshot = try forged.snapshot("bare")
      snapshot.suites = ["stable unsigned - 2026-11-20T08:00:00Z"]
      Disk.remove(site.bundle)
      var forge = BundleForge(signingHome: site.lab.exporterHome, [snapshot])
      forge.sequence = "2"
      try forge.write(to: site.medium)
      let refused = try site.site("import", site.medium, "--publish", "debian")
      #expect(refused.refused(.trust), "\(refused.everything)")
      #expect(refused.errors.contains("E-TRUST-OTHER-VENDOR"), "\(refused.everything)")
      try site.expectImport()
      let publish = try site.site("publish", "bare", "--at", "debian")
      #expect(publish.refused(.trust), "\(publish.everything)")
    }
  }

  @Test func t176AVendorsKeySpeaksForItsVendorsSuitesOnly() throws {
    try ThreatsSite.with { site in
      let acme = try Acme(site, ["--origin", "Acme*", "--suite", "acme*"])
      func named(_ origin: String, _ suite: String) -> (inout ForgedVendor) -> Void {
        { vendor in
          vendor.editRelease = {
            $0.replacing("Origin: Test Vendor", with: "Origin: \(origin)")
              .replacing("Suite: stable", with: "Suite: \(suite)")
              .replacing("Codename: stable", with: "Codename: \(suite)")
          }
        }
      }
      // Another Origin, another suite, and its own suite below another's path is its own.
      for change in [named("Test Vendor", "acme-1"), named("Acme Tools", "stable")] {
        try Self.bundle(site, "1", "first", by: acme.key, change)
        try site.expectRefusal(.trust, "TRUST-OTHER-SUITE", naming: "acme", "trust edit")
        let review = try site.site("inspect", site.medium, "--against-depot")
        #expect(review.refused(.trust), "\(review.everything)")
        let dry = try site.site("import", site.medium, "--dry-run")
        #expect(dry.refused(.trust), "\(dry.everything)")
      }
      // The command that the refusal names is complete.
      let refusal = try site.site("import", site.medium)
      let command = try #require(refusal.errors.split(separator: "aptferry trust edit ").last)
      let words = command.split(separator: "\n")[0].split(separator: " ").map {
        String($0).replacing("'", with: "").replacing("TEXT", with: "agreed")
      }
      try site.site(["trust", "edit"] + words.dropLast(2)).succeeded()
      try site.expectImport()
      let listed = try site.site("trust", "list").succeeded()
      #expect(listed.contains("suites acme* stable; Origin Acme*"), "\(listed)")
    }
  }

  @Test func t176AnOriginThatIsPinnedForOneVendorIsNoOthers() throws {
    try ThreatsSite.with { site in
      try site.site(
        ["trust", "edit", site.lab.vendor.fingerprint, "--origin", "Test Vendor"]
          + ["--reason", "its own name"]
      ).succeeded()
      let acme = try Acme(site)
      for origin in ["Test Vendor", "TEST VENDOR"] {
        try Self.bundle(site, "1", "evil", by: acme.key) { vendor in
          vendor.editRelease = { $0.replacing("Test Vendor", with: origin) }
        }
        try site.expectRefusal(.trust, "TRUST-OTHER-VENDOR", naming: "acme", "vendor")
      }
      // The same on the connected side.
      let tree = site.scratch.path("tree")
      let forge = try RepositoryForge(at: tree, key: acme.key)
      var suite = ForgedSuite.small()
      suite.fields["Origin"] = "Test Vendor"
      try forge.build(suite)
      let made = try site.site("snapshot", "create", "evil", "--tree", tree, "--suite", "stable")
      #expect(made.refused(.trust), "\(made.everything)")
      #expect(made.errors.contains("E-TRUST-OTHER-VENDOR"), "\(made.everything)")
    }
  }

  @Test func t177AKeyNeedsItsVendorsName() throws {
    try ThreatsSite.with { site in
      let key = try VendorKey(name: "Acme <keys@acme.example>")
      let file = site.scratch.path("acme.asc")
      try Disk.write(key.armored, to: file)
      for name in [[], ["--name", "a vendor"], ["--name", ""], ["--name", "a,b"]] {
        let refused = try site.site(
          ["trust", "add", file, "--role", "upstream", "--fingerprint", key.fingerprint] + name
        )
        #expect(refused.refused(.usage), "\(refused.everything)")
        #expect(refused.errors.contains("--name"), "\(refused.everything)")
      }
      // One that an older version pinned without a name stays, and is shown.
      let script = """
        import sqlite3, sys
        base = sqlite3.connect(sys.argv[1])
        base.execute("UPDATE pinned_key SET name = '' WHERE role = 'upstream'"); base.commit()
        """
      try run(["python3", "-c", script, site.depot + "/catalogue.sqlite"]).succeeded()
      let listed = try site.site("trust", "list").succeeded()
      #expect(listed.contains("ANY SUITE"), "\(listed)")
      let status = try site.site("depot", "status").succeeded()
      #expect(status.contains("may sign any suite"), "\(status)")
      try Self.bundle(site, "1", "first", by: site.lab.vendor)
      try site.expectImport()
      try site.site(
        ["trust", "edit", site.lab.vendor.fingerprint, "--name", "vendor", "--reason", "named"]
      ).succeeded()
      #expect(try !site.site("trust", "list").succeeded().contains("ANY SUITE"))
    }
  }

  @Test func t178TheReviewRefusesWhatTheImportWouldAtTheFirstMedium() throws {
    try ThreatsSite.with { site in
      try site.site("trust", "remove", site.lab.vendor.fingerprint).succeeded()
      try Self.bundle(site, "1", "first", by: site.lab.vendor)
      for command in [["inspect", site.medium, "--against-depot"], ["import", site.medium]] {
        let refused = try site.site(command)
        #expect(refused.refused(.trust), "\(refused.everything)")
        #expect(refused.errors.contains("E-TRUST-UPSTREAM-NOT-PINNED"), "\(refused.everything)")
        // Everything that is needed is in the command.
        for word in [
          "--name test-vendor", "--origin='Test Vendor'", "--suite=stable",
          "--fingerprint \(site.lab.vendor.fingerprint)", "--depot \(site.depot)",
        ] { #expect(refused.errors.contains(word), "\(word): \(refused.errors)") }
      }
      let page = site.scratch.path("review.html")
      _ = try site.site("inspect", site.medium, "--against-depot", "--html", page)
      #expect(try Disk.text(page).contains("not pinned here"))
      try site.site(
        ["trust", "add", site.lab.path + "/vendor.asc", "--role", "upstream", "--name"]
          + ["test-vendor", "--origin", "Test Vendor", "--suite", "stable", "--fingerprint"]
          + [site.lab.vendor.fingerprint]
      ).succeeded()
      let review = try site.site("inspect", site.medium, "--against-depot").succeeded()
      #expect(review.contains("pinned here for test-vendor"), "\(review)")
      let dry = try site.site("import", site.medium, "--dry-run").succeeded()
      #expect(dry.contains("pinned here for test-vendor"), "\(dry)")
      #expect(try site.expectImport().text.contains("pinned here for test-vendor"))
    }
  }

  @Test func t179AMirrorKeepsTheVendorOfItsSuites() throws {
    try ThreatsSite.with { site in
      let acme = try Acme(site)
      let tree = site.scratch.path("tree")
      try RepositoryForge(at: tree, key: site.lab.vendor).build(.small())
      try site.site("mirror", "create", "m", "file:" + tree, "stable").succeeded()
      try site.site("mirror", "update", "m").succeeded()
      Disk.remove(tree)
      var suite = ForgedSuite.small()
      suite.date = "Fri, 01 Jan 2027 00:00:00 +0000"
      try RepositoryForge(at: tree, key: acme.key).build(suite)
      let refused = try site.site("mirror", "update", "m")
      #expect(refused.refused(.trust), "\(refused.everything)")
      #expect(refused.errors.contains("E-TRUST-OTHER-VENDOR"), "\(refused.everything)")
      try site.site(
        ["mirror", "update", "m", "--change-vendor", "--reason", "it moved to acme"]
      ).succeeded()
    }
  }
}
