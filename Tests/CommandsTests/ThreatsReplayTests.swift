import SafeIO
import TestSupport
import Testing

/// Threats T054–T056, T060 and T063: the same, older or another bundle than what it should be.
@Suite struct ThreatsReplayTests {
  @Test func t054TheSameBundleAgainIsNothingToDo() throws {
    try ThreatsSite.with { site in
      try site.lab.forge().write(to: site.medium)
      try site.expectImport()
      let before = try site.state()
      let again = try site.expectImport()
      #expect(again.text.contains("already imported"), "\(again.everything)")
      #expect(try site.changes(since: before) == [])
      // Also when the medium is no longer whole: nothing of it is needed.
      Disk.remove(site.bundle + "/chunks")
      try site.expectImport()
      // And it makes no new generation of what is published.
      try site.site("import", site.medium, "--publish", "debian").succeeded()
      let published = try TreeDigest(of: site.depot + "/public", [.modes, .times])
      let third = try site.site("import", site.medium, "--publish", "debian")
      #expect(third.status == 0, "\(third.everything)")
      #expect(try TreeDigest(of: site.depot + "/public", [.modes, .times]) == published)
      let shown = try site.site("publication", "show", "debian").succeeded()
      #expect(shown.contains("generation 1 ") && !shown.contains("generation 2"), "\(shown)")
    }
  }

  @Test func t055AnOlderBundleIsRefused() throws {
    try ThreatsSite.with { site in
      var forge = try site.lab.forge()
      forge.sequence = "5"
      try forge.write(to: site.medium)
      try site.expectImport()
      Disk.remove(site.medium + "/" + forge.directoryName)
      forge.sequence = "4"
      try forge.write(to: site.medium)
      try site.expectRefusal(
        .freshness,
        "FRESHNESS-ROLLBACK",
        naming: "mainland-000004",
        "accepted 5"
      )
    }
  }

  @Test func t056AnotherBundleUnderTheSameSequenceIsAnAlarm() throws {
    try ThreatsSite.with { site in
      let directory = try site.lab.forge().write(to: site.medium)
      try site.expectImport()
      let accepted = SHA256Digest.of(try Disk.read(directory + "/MANIFEST"))
      Disk.remove(directory)
      try site.lab.forge { $0.pool.removeLast() }.write(to: site.medium)
      let other = SHA256Digest.of(try Disk.read(directory + "/MANIFEST"))
      try site.expectRefusal(
        .freshness,
        "FRESHNESS-EQUIVOCATION",
        naming: "ALARM",
        accepted.short,
        other.short
      )
      // A year later the log still says which two they were.
      let record = try #require(
        try Disk.text(site.depot + "/audit.log").split(separator: "\n").last
      )
      #expect(record.contains("E-FRESHNESS-EQUIVOCATION"), "\(record)")
      #expect(record.contains(accepted.hex) && record.contains(other.hex), "\(record)")
    }
  }

  @Test func t063AStreamThatAStolenKeyRanToItsEndIsLeftBehindByANewKey() throws {
    try ThreatsSite.with { site in
      var forge = try site.lab.forge()
      forge.sequence = "9223372036854775807"
      try forge.write(to: site.medium)
      try site.expectImport()
      try site.site("depot", "status").succeeded()
      try site.site("receipt", "create").succeeded()
      Disk.remove(site.medium + "/" + forge.directoryName)
      forge.sequence = "2"
      try forge.write(to: site.medium)
      try site.expectRefusal(.freshness, "FRESHNESS-ROLLBACK")
      // Beyond the last number there is none.
      forge.sequence = "9223372036854775808"
      try forge.write(to: site.medium)
      #expect(try site.site("import", site.medium + "/" + forge.directoryName).status != 0)
      Disk.remove(site.medium + "/" + forge.directoryName)

      // The exporter gets a new key and begins another stream; the old key counts no more.
      let stolen = try ThreatsLab.fingerprint(site.lab.exporterHome)
      let renewed = site.scratch.path("connected")
      let exporter = try AptFerry(home: site.scratch.path("home"), depot: renewed)
      try exporter("init", "--site", "harbour").succeeded()
      let key = site.scratch.path("new.asc")
      try exporter("key", "export", key).succeeded()
      try site.site(
        ["trust", "add", key, "--role", "exporter", "--name", "harbour", "--fingerprint"]
          + [try ThreatsLab.fingerprint(renewed + "/gnupg")]
      ).succeeded()
      try site.site("trust", "remove", stolen).succeeded()
      try site.expectRefusal(.trust, "TRUST-UNKNOWN-SIGNER")
      Disk.remove(site.medium + "/mainland-000002")
      let bundles = BundleForge(signingHome: renewed + "/gnupg", forge.snapshots)
      var next = bundles
      next.stream = "harbour"
      try next.write(to: site.medium)
      try site.expectImport()
      // Also below the old stream's name, when somebody says why.
      Disk.remove(site.medium + "/" + next.directoryName)
      next = bundles
      next.sequence = "3"
      try next.write(to: site.medium)
      try site.expectRefusal(.freshness, "FRESHNESS-ROLLBACK")
      let older = try site.site(
        ["import", site.medium, "--accept-older", "--reason", "the old key was stolen"]
      )
      #expect(older.status == 0, "\(older.everything)")
      try run(["gpgconf", "--homedir", renewed + "/gnupg", "--kill", "all"]).succeeded()
    }
  }

  @Test(arguments: [17, 5000])
  func t060AChunkOfAnotherBundleIsRefusedAndItsOriginIsNamed(length: Int) throws {
    try ThreatsSite.with { site in
      var forge = try site.lab.forge()
      let first = try forge.write(to: site.medium)
      forge = try site.lab.forge { $0.pool[0].bytes = Array(repeating: 0x41, count: length) }
      forge.sequence = "2"
      let second = try forge.write(to: site.medium)
      let (one, two) = (first + "/chunks/000001.tar", second + "/chunks/000001.tar")
      try #require(try (Disk.read(one).count == Disk.read(two).count) == (length == 17))
      try Damage.swap(one, two)
      let verified = try site.kiosk("verify", site.medium, "--keyring", site.lab.exporterKey)
      #expect(verified.refused(.integrity), "\(verified.everything)")
      #expect(
        verified.text.contains("it is chunk 000001.tar of mainland-000002"),
        "\(verified.everything)"
      )
      try site.expectRefusal(
        .integrity,
        "INTEGRITY-CHUNKS-DAMAGED",
        naming: "mainland-000001",
        "000001.tar",
        leaving: .arrivedChunks
      )
    }
  }
}
