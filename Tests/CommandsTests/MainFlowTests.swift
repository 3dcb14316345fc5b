import SafeIO
import TestSupport
import Testing

/// The main job with the built program and a real apt at its end.
@Suite struct MainFlowTests {
  @Test func aFullSuiteCrossesAndAptInstallsFromIt() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let crossing = try Crossing(scratch, isProcess: true)
      try crossing.forge.build(.full())
      try crossing.freeze("first", "stable")
      try crossing.export("first")
      #expect(try crossing.chunks().count > 1)
      try crossing.kiosk("inspect", crossing.medium).succeeded()
      try crossing.kiosk("verify", crossing.medium, "--keyring", crossing.exporterKey).succeeded()
      try crossing.isolated("import", crossing.medium).succeeded()
      try crossing.isolated("publish", "first", "--at", "debian").succeeded()
      try crossing.isolated("depot", "check").succeeded()

      let client = try crossing.client(
        prefix: "debian",
        suite: "stable",
        components: ["main", "contrib"],
        architectures: ["amd64", "arm64"]
      )
      let update = try client.update()
      #expect(update.status == 0, "\(update.everything)")
      let available = try client.available()
      #expect(available.count == 10, "\(available)")
      #expect(try client.downloadAll().count == 10)
      #expect(
        try client.simulateInstall("hawser") == ["crate", "crate-data", "hawser", "libcrate1"]
      )
      let source = try client.aptGet("source", "--download-only", "hawser")
      #expect(source.status == 0, "\(source.everything)")
      let shown = try client.aptCache("show", "crate").succeeded()
      #expect(shown.contains("The long description of crate"))
    }
  }

  @Test func thePublishedTreeIsTheVendorsByteForByte() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let crossing = try Crossing(scratch, isProcess: true)
      try crossing.forge.build(.full(), .small("testing"))
      // What no Release reaches must stay behind.
      let vendor = try TreeDigest(of: crossing.forge.root).entries.filter { $0.kind == .file }
      try Disk.write("private", to: crossing.forge.root + "/pool/main/notes.txt")
      try Disk.write("private", to: crossing.forge.root + "/dists/stable/main/notes.txt")
      try crossing.freeze("first", "stable", "testing")
      try crossing.export("first")
      try crossing.isolated("import", crossing.medium).succeeded()
      try crossing.isolated("publish", "first", "--at", "debian").succeeded()
      // Through the path that clients use, whatever links it goes through.
      let copy = scratch.path("copy")
      try run(["cp", "-rL", scratch.path("isolated/public/debian") + "/.", copy]).succeeded()
      let everything = try TreeDigest(of: copy).entries.filter { $0.kind == .file }
      // Beside the tree: the same by the snapshot's name, the keys for clients, and names by hash that
      // the vendor has not.
      let published = everything.filter { entry in
        !entry.path.hasPrefix("snapshots/") && !entry.path.hasPrefix(".tree/")
          && !entry.path.hasPrefix("keys/") && !entry.path.contains("/by-hash/SHA512/")
      }
      #expect(published.map(\.path) == vendor.map(\.path))
      #expect(published == vendor)
      let pinned = everything.filter { $0.path.hasPrefix("snapshots/first/") }
      #expect(pinned.count == everything.count / 3)
    }
  }

  @Test func aFlatRepositoryCrosses() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let crossing = try Crossing(scratch, isProcess: true)
      try crossing.forge.build(.flat("flat", ForgedSuite.small().components["main"] ?? []))
      try crossing.freeze("flat-1", "flat/")
      try crossing.export("flat-1")
      try crossing.isolated("import", crossing.medium).succeeded()
      try crossing.isolated("publish", "flat-1", "--at", "flat").succeeded()
      let client = try crossing.client(prefix: "flat", suite: "flat/", components: [])
      let update = try client.update()
      #expect(update.status == 0, "\(update.everything)")
      #expect(try client.downloadAll().count == 2)
    }
  }

  @Test func anUnsignedRepositoryCrossesOnlyWhenSaidOutLoudAndIsShownSo() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let crossing = try Crossing(scratch, isProcess: true)
      var suite = ForgedSuite.small()
      suite.hasInRelease = false
      suite.hasDetachedSignature = false
      try crossing.forge.build(suite)
      let before = try TreeDigest(of: scratch.path("connected/objects"))
      let refusal = try crossing.connected(
        "snapshot",
        "create",
        "first",
        "--tree",
        crossing.forge.root,
        "--suite",
        "stable"
      )
      #expect(refusal.refused(.trust), "\(refusal.everything)")
      #expect(refusal.code == "E-TRUST-UNSIGNED", "\(refusal.errors)")
      #expect(try TreeDigest(of: scratch.path("connected/objects")) == before)
      try crossing.connected(
        "snapshot",
        "create",
        "first",
        "--tree",
        crossing.forge.root,
        "--suite",
        "stable",
        "--allow-unsigned"
      ).succeeded()
      try crossing.export("first")
      #expect(try Disk.text(crossing.bundle() + "/MANIFEST").contains("unsigned"))
      let inspected = try crossing.kiosk("inspect", crossing.medium).succeeded()
      #expect(inspected.lowercased().contains("unsigned"), "\(inspected)")
      let vouching = try crossing.isolated("import", crossing.medium)
      #expect(vouching.refused(.trust), "\(vouching.everything)")
      // The command that the refusal names is complete.
      let command = try #require(vouching.errors.split(separator: " trust edit ").last)
      let words = command.split(separator: "\n")[0].split(separator: " ").map {
        String($0).replacing("'", with: "").replacing("TEXT", with: "agreed")
      }
      try crossing.isolated(["trust", "edit"] + words.dropLast(2)).succeeded()
      try crossing.isolated("import", crossing.medium).succeeded()
      let shown = try crossing.isolated("snapshot", "show", "first").succeeded()
      #expect(shown.lowercased().contains("unsigned, vouched for by"), "\(shown)")
      try crossing.isolated("publish", "first", "--at", "debian").succeeded()
      let client = try crossing.client(
        prefix: "debian",
        suite: "stable",
        components: ["main"],
        isSigned: false
      )
      #expect(try client.aptGet("update").status == 0)
      #expect(try client.downloadAll().count == 2)
    }
  }

  @Test(arguments: [false, true])
  func twoMediaArriveOneAfterTheOtherInAnyOrder(lastFirst: Bool) throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let crossing = try Crossing(scratch, isProcess: true)
      try crossing.forge.build(.full())
      try crossing.freeze("first", "stable")
      try crossing.export("first")
      let chunks = try crossing.chunks()
      try #require(chunks.count > 1)
      let other = scratch.path("other")
      try Disk.copyTree(crossing.medium, to: other)
      for (index, chunk) in chunks.enumerated() {
        let twin = other + chunk.dropFirst(crossing.medium.count)
        Disk.remove(index < chunks.count / 2 ? twin : chunk)
      }
      let media = lastFirst ? [other, crossing.medium] : [crossing.medium, other]
      let first = try crossing.isolated("import", media[0])
      #expect(first.refused(.incomplete), "\(first.everything)")
      #expect(try crossing.isolated("snapshot", "show", "first").status != 0)
      try crossing.isolated("import", media[1]).succeeded()
      try crossing.isolated("snapshot", "show", "first").succeeded()
      try crossing.isolated("depot", "check").succeeded()
    }
  }

  @Test func aLaterSnapshotReplacesTheFirstForClients() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let crossing = try Crossing(scratch, isProcess: true)
      var suite = ForgedSuite.small()
      suite.date = "Sun, 01 Nov 2026 08:00:00 +0000"
      try crossing.forge.build(suite)
      try crossing.freeze("first", "stable")
      try crossing.export("first")
      try crossing.isolated("import", crossing.bundle()).succeeded()
      try crossing.isolated("publish", "first", "--at", "debian").succeeded()
      let client = try crossing.client(prefix: "debian", suite: "stable", components: ["main"])
      #expect(try client.update().status == 0)

      suite.components["main"]?.append(ForgedPackage("quay", depends: "pier"))
      suite.date = "Sun, 08 Nov 2026 08:00:00 +0000"
      try crossing.forge.build(suite)
      try crossing.freeze("second", "stable")
      try crossing.export("second")
      try crossing.isolated("import", crossing.bundle(2)).succeeded()
      try crossing.isolated("publish", "second", "--at", "debian").succeeded()
      #expect(try client.update().status == 0)
      #expect(try client.simulateInstall("quay") == ["pier", "pier-data", "quay"])
    }
  }

  @Test func everyCommandSpeaksJSON() throws {
    try withScratchDirectory(onDisk: true) { scratch in
      let crossing = try Crossing(scratch, isProcess: true)
      try crossing.forge.build(.small())
      func json(_ site: AptFerry, _ arguments: String...) throws {
        let result = try site(arguments + ["--json"])
        #expect(result.status == 0, "\(arguments) \(result.everything)")
        let parsed = try run(["python3", "-m", "json.tool"], input: result.output)
        #expect(parsed.status == 0, "\(arguments) \(result.everything)")
      }
      try json(
        crossing.connected,
        "snapshot",
        "create",
        "first",
        "--tree",
        crossing.forge.root,
        "--suite",
        "stable",
        "--upstream",
        "vendor"
      )
      try json(crossing.connected, "snapshot", "list")
      try json(crossing.connected, "snapshot", "show", "first")
      try json(crossing.connected, "snapshot", "files", "first")
      try json(crossing.connected, "key", "show")
      try json(crossing.connected, "trust", "list")
      try json(crossing.connected, "export", "first", "--to", crossing.medium, "--dry-run")
      #expect(try Disk.names(in: crossing.medium).isEmpty)
      try json(crossing.connected, "export", "first", "--to", crossing.medium)
      try json(crossing.kiosk, "inspect", crossing.medium)
      try json(crossing.kiosk, "verify", crossing.medium, "--keyring", crossing.exporterKey)
      try json(crossing.isolated, "import", crossing.medium, "--dry-run")
      try json(crossing.isolated, "import", crossing.medium)
      try json(crossing.isolated, "publish", "first", "--at", "debian")
      try json(crossing.isolated, "publication", "list")
      try json(crossing.isolated, "publication", "show", "debian")
      try json(crossing.isolated, "depot", "status")
      try json(crossing.isolated, "depot", "check")
    }
  }
}
