import SafeIO
import TestSupport
import Testing

/// Threats T054–T056 and T060: the same, older or another bundle than what it should be.
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
    }
  }

  @Test func theHighestSequenceOfAllIsNoTrap() throws {
    // T063: a stolen key's last bundle must not make the next import fail by arithmetic.
    try ThreatsSite.with { site in
      var forge = try site.lab.forge()
      forge.sequence = "9223372036854775807"
      try forge.write(to: site.medium)
      try site.expectImport()
      try site.site("depot", "status").succeeded()
      Disk.remove(site.medium + "/" + forge.directoryName)
      forge.sequence = "2"
      try forge.write(to: site.medium)
      try site.expectRefusal(.freshness, "FRESHNESS-ROLLBACK")
    }
  }

  @Test func t060AChunkOfAnotherBundleIsRefusedAndItsOriginIsNamed() throws {
    try ThreatsSite.with { site in
      var forge = try site.lab.forge()
      let first = try forge.write(to: site.medium)
      forge = try site.lab.forge { $0.pool[0].bytes = Array("another package!!\n".utf8) }
      forge.sequence = "2"
      let second = try forge.write(to: site.medium)
      let (one, two) = (first + "/chunks/000001.tar", second + "/chunks/000001.tar")
      try #require(try Disk.read(one).count == Disk.read(two).count)
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
