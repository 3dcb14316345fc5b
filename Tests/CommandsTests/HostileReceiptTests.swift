import SafeIO
import TestSupport
import Testing

/// Receipts that a pinned site signed and that are false: only that site may be the worse for it.
@Suite struct HostileReceiptTests {
  /// A receipt text, signed by the island's own key.
  private struct Forge {
    let lab: IslandLab
    let key: String

    init(_ lab: IslandLab) throws {
      self.lab = lab
      let receipt = lab.crossing.scratch.path("honest")
      try lab.isolated("receipt", "create", "--to", receipt).succeeded()
      let line = try Disk.text(receipt).split(separator: "\n").first { $0.hasPrefix("Key: ") }
      key = String(try #require(line).dropFirst("Key: ".count))
    }

    /// Adds it outside.
    func add(
      key: String? = nil,
      created: UTCTime = .now().adding(seconds: 60),
      _ rest: String
    ) throws -> RunResult {
      let scratch = lab.crossing.scratch
      let text = """
        Format: aptferry-receipt 1
        Site: island
        Key: \(key ?? self.key)
        Number: 50
        Created: \(created.rfc3339)
        \(rest)

        """
      let home = scratch.path("isolated/gnupg")
      let signed = try run(
        ["gpg", "--homedir", home, "--batch", "--clear-sign"],
        input: Array(text.utf8)
      )
      try signed.succeeded()
      try Disk.write(signed.output, to: scratch.path("forged"))
      return try lab.connected("receipt", "add", scratch.path("forged"))
    }

    func export() throws -> RunResult {
      let medium = try lab.crossing.scratch.directory("out")
      return try lab.connected(
        ["export", "first", "--site", "island", "--full", "--dry-run", "--to", medium]
      )
    }
  }

  private static let digest = String(repeating: "0", count: 63) + "1"

  @Test func aSequenceFarAheadDoesNotUseTheStreamUp() throws {
    try withScratchDirectory { scratch in
      let forge = try Forge(try IslandLab(scratch))
      let far = try forge.add(
        "Streams:\n mainland 9223372036854775806 \(HostileReceiptTests.digest)\nObjects: 0"
      )
      #expect(far.refused(.freshness), "\(far.everything)")
      #expect(far.errors.contains("sequence-ahead".uppercased()), "\(far.everything)")
      #expect(try forge.export().text.contains("mainland-000002"))
      // An exporter that was put back from a backup does not give a number again.
      let near = try forge.add(
        "Streams:\n mainland 38 \(HostileReceiptTests.digest)\nObjects: 0"
      )
      #expect(near.status == 0, "\(near.everything)")
      #expect(try forge.export().text.contains("mainland-000039"))
    }
  }

  @Test func aReceiptFromTheFutureDoesNotHideTheLaterOnes() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      let forge = try Forge(lab)
      let future = try forge.add(
        created: try #require(UTCTime(rfc3339: "2199-01-01T00:00:00Z")),
        "Objects: 0"
      )
      #expect(future.refused(.freshness), "\(future.everything)")
      let honest = try lab.connected("receipt", "add", scratch.path("honest"), "--json")
      #expect(try honest.succeeded().contains("\"changed\": true"), "\(honest.everything)")
    }
  }

  @Test func nobodySpeaksForTheLogOfAnother() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      let forge = try Forge(lab)
      let other = String(repeating: "0123456789ABCDEF", count: 3).prefix(40)
      let key = try forge.add(key: String(other), "Objects: 0")
      #expect(key.refused(.trust), "\(key.everything)")
      let log = try forge.add("Audit: \(other) 7 \(HostileReceiptTests.digest)\nObjects: 0")
      #expect(log.refused(.integrity), "\(log.everything)")
      // What is said of the logs of others is not taken down.
      for digit in ["1", "2"] {
        let known = try forge.add(
          created: UTCTime.now().adding(seconds: digit == "1" ? 100 : 200),
          "Known-Audit:\n \(other) 7 \(String(repeating: digit, count: 64))\nObjects: 0"
        )
        #expect(known.status == 0 && !known.errors.contains("ALARM: the other side"))
      }
    }
  }

  @Test func aSnapshotThatIsNoneStopsNoExport() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      let forge = try Forge(lab)
      let packages = try Disk.files(below: lab.crossing.forge.root).filter { $0.hasSuffix(".deb") }
      let package = try SHA256Digest.of(
        Disk.read(lab.crossing.forge.root + "/" + #require(packages.first))
      )
      let added = try forge.add("Snapshots:\n x \(package)\nObjects: 0")
      #expect(added.status == 0, "\(added.everything)")
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
    }
  }
}
