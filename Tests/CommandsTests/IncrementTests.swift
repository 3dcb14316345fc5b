import SafeIO
import TestSupport
import Testing

/// Increments, receipts, resend requests and the ledger, from the command line on both sides.
@Suite struct IncrementTests {
  private static func debs(in medium: String) throws -> [String] {
    try run(["sh", "-c", "find \(medium) -name '*.tar' -exec tar -tf {} ';'"]).succeeded()
      .split(separator: "\n").map(String.init).filter { $0.hasSuffix(".deb") }
  }

  @Test func anIncrementCarriesOnlyWhatTheReceiptLacks() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      let carried = try IncrementTests.debs(in: scratch.path("two"))
      #expect(carried.count == 1 && carried.allSatisfy { $0.contains("dock") })
      let manifest = try Disk.text(scratch.path("two/mainland-000002/MANIFEST"))
      #expect(manifest.contains("Base:\n") && manifest.contains("Site: island\n"))
      try lab.bring("two")
      try lab.isolated("depot", "check").succeeded()
      try lab.isolated("publish", "second", "--at", "debian").succeeded()
      let client = try lab.crossing.client(prefix: "debian", suite: "stable", components: ["main"])
      try client.update().succeeded()
      // Nothing is left to carry once it is known to be there.
      try lab.acknowledge("receipt2")
      #expect(
        try lab.connected("export", "second", "--to", scratch.path("two"), "--site", "island")
          .succeeded().contains("nothing to carry")
      )
    }
  }

  @Test func withoutAnAcknowledgementItIsCarriedAgainAndThePriceIsShown() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.export("first", to: "one")
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      let medium = try scratch.directory("two")
      let plan = try lab.connected(
        ["export", "second", "--to", medium, "--site", "island", "--dry-run"]
      ).succeeded()
      #expect(plan.contains("because island never acknowledged mainland-000001"))
      try lab.export("second", to: "two")
      #expect(try IncrementTests.debs(in: medium).count == 3)
      // Against "sent" only when asked.
      try lab.export("second", to: "three", "--assume-delivered")
      #expect(try IncrementTests.debs(in: scratch.path("three")).isEmpty)
    }
  }

  @Test func whatAnIncrementWronglyReliedOnIsAskedForAndHealed() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "one", "--since", "first")
      let refused = try lab.isolated("import", scratch.path("one"))
      #expect(refused.status == 12)
      #expect(refused.errors.contains("relies on"))
      #expect(try lab.isolated("snapshot", "list").succeeded().contains("no snapshots"))
      let request = scratch.path("request")
      try lab.isolated("receipt", "request", scratch.path("one"), "--to", request).succeeded()
      #expect(try Disk.text(request).contains("Entries: "))
      let healing = try scratch.directory("healing")
      try lab.connected("export", "--resend", request, "--to", healing).succeeded()
      // Something else in its place is not taken.
      let files = try Disk.names(in: healing + "/mainland-000001/files")
      let victim = healing + "/mainland-000001/files/" + files[0]
      let good = try Disk.read(victim)
      var bad = good
      bad[0] ^= 1
      try Disk.write(bad, to: victim)
      #expect(try lab.isolated("import", healing).status == 12)
      let gap = try lab.isolated("verify", healing)
      #expect(gap.status == 11)
      #expect(gap.text.contains("DAMAGED:   \(victim)"))
      #expect(gap.errors.contains("damaged: files/\(files[0])"))
      #expect(!gap.errors.contains("chunks are damaged"))
      try Disk.write(good, to: victim)
      try Disk.write("a stranger", to: healing + "/mainland-000001/files/readme")
      let whole = try lab.isolated("verify", healing).text
      #expect(whole.contains("resent:    \(files.count) files beside the chunks are good"))
      #expect(whole.contains("files/readme (ignored)"))
      Disk.remove(healing + "/mainland-000001/files/readme")
      try lab.bring("healing")
      try lab.isolated("depot", "check").succeeded()
      #expect(
        try lab.isolated("receipt", "request", scratch.path("one")).succeeded()
          .contains("nothing is missing")
      )
    }
  }

  @Test func lostChunksAreWrittenAgainByteForByte() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.export("first", to: "one")
      let bundle = scratch.path("one/mainland-000001")
      var kept: [String: [UInt8]] = [:]
      for chunk in try Disk.names(in: bundle + "/chunks") {
        kept[chunk] = try Disk.read(bundle + "/chunks/" + chunk)
        Disk.remove(bundle + "/chunks/" + chunk)
      }
      let refused = try lab.isolated("import", scratch.path("one"))
      #expect(refused.status == 12 && refused.errors.contains(" receipt request"))
      let request = scratch.path("request")
      try lab.isolated("receipt", "request", scratch.path("one"), "--to", request).succeeded()
      let healing = try scratch.directory("healing")
      try lab.connected("export", "--resend", request, "--to", healing).succeeded()
      for (chunk, bytes) in kept {
        #expect(try Disk.read(healing + "/mainland-000001/chunks/" + chunk) == bytes)
      }
      try lab.bring("healing")
      // A request with a typing error is refused.
      try Disk.write(
        try Disk.text(request).replacing("Chunks: 1", with: "Chunks: 2"),
        to: request
      )
      #expect(
        try lab.connected("export", "--resend", request, "--to", scratch.path("one")).status == 11
      )
    }
  }

  @Test func aTypedLineCountsWhenItFitsABundle() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.export("first", to: "one")
      try lab.bring("one")
      let line = try lab.isolated("receipt", "create").succeeded().split(separator: "\n")[0]
      var wrong = String(line)
      wrong.removeLast()
      wrong.append(line.last == "2" ? "3" : "2")
      #expect(try lab.connected("receipt", "add", wrong).status == 2)
      try lab.connected("receipt", "add", String(line)).succeeded()
      #expect(try lab.connected("ledger", "show").succeeded().contains("island (typed 20"))
      try lab.connected(
        "ledger",
        "retract",
        "mainland-000001",
        "--reason",
        "the stick was burnt after all"
      ).succeeded()
      #expect(try lab.connected("ledger", "show").succeeded().contains("retracted"))
      // What a site signed stands, and is said.
      try lab.acknowledge()
      let stands = try lab.connected("ledger", "retract", "mainland-000001", "--reason", "again")
      #expect(stands.status == 0 && stands.errors.contains("acknowledged by island"))
      let shown = try lab.connected("ledger", "show").succeeded()
      #expect(shown.contains("island (receipt 20") && shown.contains("Z), retracted"), "\(shown)")
      let nobody = try lab.connected("ledger", "show", "--site", "nobody")
      #expect(nobody.status == 0 && nobody.errors.contains("for a site nobody"))
    }
  }

  @Test func aReceiptCountsForTheSiteWhoseKeySignedIt() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      let receipt = scratch.path("receipt")
      // Altered.
      let text = try Disk.text(receipt)
      try Disk.write(text.replacing("Number: 1", with: "Number: 9"), to: scratch.path("altered"))
      #expect(try lab.connected("receipt", "add", scratch.path("altered")).status == 10)
      // Twice, and an old one: nothing changes.
      #expect(
        try lab.connected("receipt", "add", receipt).succeeded().contains("nothing new")
      )
      // Another depot that says that it is the island.
      let other = try AptFerry(home: scratch.path("home"), depot: scratch.path("other"))
      try other("init", "--site", "island").succeeded()
      try other("receipt", "create", "--to", scratch.path("forged")).succeeded()
      #expect(try lab.connected("receipt", "add", scratch.path("forged")).status == 10)
      // And one whose key is pinned, but for another name.
      let key = scratch.path("other.asc")
      try other("key", "export", key).succeeded()
      let fingerprint = try Crossing.fingerprint(ofKeyIn: key, scratch)
      try lab.connected(
        ["trust", "add", key, "--role", "site", "--name", "islet", "--fingerprint", fingerprint]
      ).succeeded()
      let refused = try lab.connected("receipt", "add", scratch.path("forged"))
      #expect(refused.status == 10 && refused.errors.contains("not pinned for that site"))
    }
  }

  @Test func whatIsOlderComesInOnlyWithAReasonThatTravels() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.export("first", to: "one")
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      try lab.bring("two")
      #expect(try lab.isolated("import", scratch.path("one")).status == 13)
      #expect(try lab.isolated("import", scratch.path("one"), "--accept-older").status == 2)
      try lab.isolated(
        ["import", scratch.path("one"), "--accept-older", "--reason", "second breaks the crane"]
      ).succeeded()
      #expect(try lab.isolated("audit", "show").succeeded().contains("second breaks the crane"))
      try lab.isolated("receipt", "create", "--to", scratch.path("receipt")).succeeded()
      let receipt = try Disk.text(scratch.path("receipt"))
      #expect(receipt.contains("Older:\n mainland 1 "))
      // The high-water mark stays where it was.
      #expect(receipt.contains("Streams:\n mainland 2 "))
      let added = try lab.connected("receipt", "add", scratch.path("receipt"))
      #expect(added.status == 0 && added.errors.contains("second breaks the crane"))
    }
  }

  @Test func anOlderSuiteThatWasAllowedTravelsToo() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.build(["pier"], date: "Sun, 01 Nov 2026 10:00:00 UTC")
      try lab.crossing.freeze("newer", "stable")
      try lab.export("newer", to: "one")
      try lab.bring("one")
      try lab.build(["pier"], date: "Thu, 01 Oct 2026 10:00:00 UTC")
      try lab.crossing.freeze("older", "stable")
      try lab.export("older", to: "two")
      #expect(try lab.isolated("import", scratch.path("two")).refused(.freshness))
      try lab.isolated(
        ["import", scratch.path("two"), "--accept-older", "--reason", "the vendor took it back"]
      ).succeeded()
      try lab.isolated("receipt", "create", "--to", scratch.path("receipt")).succeeded()
      let receipt = try Disk.text(scratch.path("receipt"))
      #expect(receipt.contains("the vendor took it back"), "\(receipt)")
    }
  }

  @Test func whatCameInBeforeARefusalIsSaidAndRecorded() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      let medium = try scratch.directory("stick")
      try lab.export("first", to: "stick")
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.connected("export", "second", "--to", medium, "--site", "islet", "--new-site")
        .succeeded()
      let refused = try lab.isolated("import", medium)
      #expect(refused.refused(.policy), "\(refused.everything)")
      #expect(refused.errors.contains("mainland-000001: imported"), "\(refused.everything)")
      let shown = try lab.isolated("audit", "show").succeeded()
      #expect(shown.contains("accepted stream=mainland sequence=1 "), "\(shown)")
      // The same when all bundles came in, and what was to follow failed.
      try lab.export("second", to: "two")
      let keys = scratch.path("isolated/gnupg/private-keys-v1.d")
      try Disk.rename(keys, to: keys + ".away")
      let late = try lab.isolated(
        ["import", scratch.path("two"), "--receipt", scratch.path("late")]
      )
      try Disk.rename(keys + ".away", to: keys)
      #expect(late.status != 0 && late.errors.contains("mainland-000003: imported"))
      // So a catalogue of before is noticed.
      let again = try lab.isolated("import", scratch.path("two"), "--json").succeeded()
      #expect(again.contains("\"receipt\": \"island mainland 3 "), "\(again)")
    }
  }

  @Test func theSitesAreLookedAtBeforeAnythingIsWritten() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      let medium = try scratch.directory("one")
      for sites in [["island", "island"], ["is land"], [".."]] {
        let refused = try lab.connected(
          ["export", "first", "--to", medium, "--new-site"] + sites.flatMap { ["--site", $0] }
        )
        #expect(refused.refused(.usage), "\(refused.everything)")
      }
      #expect(try Disk.names(in: medium).isEmpty)
    }
  }

  @Test func whatReliedOnLostMediaDoesNotCountAsDelivered() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      try lab.build(["pier", "quay", "dock", "mole"])
      try lab.crossing.freeze("third", "stable")
      try lab.export("third", to: "three", "--assume-delivered")
      #expect(try IncrementTests.debs(in: scratch.path("three")).count == 1)
      try lab.connected("ledger", "retract", "mainland-000002", "--reason", "burnt").succeeded()
      try lab.export("third", to: "four", "--assume-delivered")
      let carried = try IncrementTests.debs(in: scratch.path("four"))
      #expect(carried.count == 2 && carried.contains { $0.contains("dock") }, "\(carried)")
      try lab.bring("four")
    }
  }

  @Test func removalsAreListedAndCarriedOutOnlyWhenTold() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.connected("snapshot", "remove", "first").succeeded()
      try lab.export("second", to: "two")
      let planned = try lab.isolated("import", scratch.path("two"), "--dry-run")
      #expect(planned.status == 0 && planned.errors.contains("the exporter has removed: first"))
      let imported = try lab.isolated("import", scratch.path("two"))
      #expect(imported.status == 0 && imported.errors.contains("the exporter has removed: first"))
      #expect(try lab.isolated("snapshot", "list").succeeded().contains("first"))
      try lab.isolated("publish", "first", "--at", "debian").succeeded()
      try lab.isolated("snapshot", "remove", "--retired").succeeded()
      #expect(try lab.isolated("snapshot", "list").succeeded().contains("first"))
      try lab.isolated("publication", "remove", "debian", "--reason", "no longer used").succeeded()
      try lab.isolated("snapshot", "remove", "--retired").succeeded()
      #expect(!(try lab.isolated("snapshot", "list").succeeded().contains("first")))
    }
  }

  @Test func anotherExporterRetiresNothingOfThisStream() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      let other = try AptFerry(home: scratch.path("home"), depot: scratch.path("other"))
      try other("init", "--site", "harbour").succeeded()
      try other("key", "export", scratch.path("other.asc")).succeeded()
      let fingerprint = try Crossing.fingerprint(ofKeyIn: scratch.path("other.asc"), scratch)
      try lab.isolated(
        ["trust", "add", scratch.path("other.asc"), "--role", "exporter", "--name", "harbour"]
          + ["--fingerprint", fingerprint]
      ).succeeded()
      let vendor = scratch.path("vendor.asc")
      try other("trust", "add", vendor, "--role", "upstream", "--name", "vendor", "--all")
        .succeeded()
      func freeze(_ name: String) throws {
        try other(
          ["snapshot", "create", name, "--tree", lab.crossing.forge.root]
            + ["--upstream", "vendor", "--suite", "stable"]
        ).succeeded()
      }
      // The very same snapshot, which this exporter never carried to the island.
      try freeze("first")
      let away = try scratch.directory("away")
      try other("export", "first", "--to", away, "--site", "islet", "--new-site").succeeded()
      try other("snapshot", "remove", "first").succeeded()
      try lab.build(["pier", "quay", "dock"])
      try freeze("second")
      let medium = try scratch.directory("two")
      try other("export", "second", "--to", medium, "--site", "island", "--new-site").succeeded()
      let manifest = try Disk.text(medium + "/harbour-000002/MANIFEST")
      #expect(manifest.contains("Retired:\n first "), "\(manifest)")
      let imported = try lab.isolated("import", medium)
      #expect(imported.status == 0 && !imported.errors.contains("has removed"))
      #expect(
        try lab.isolated("snapshot", "remove", "--retired").succeeded().contains("nothing")
      )
    }
  }

  @Test func anArchitectureThatVanishedIsARefusal() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.crossing.forge.build(
        ForgedSuite(
          "stable",
          ["main": [ForgedPackage("pier")], "contrib": [ForgedPackage("buoy")]]
        )
      )
      try lab.crossing.freeze("wide", "stable")
      try lab.export("wide", to: "one")
      try lab.bring("one")
      try lab.build(["pier"])
      try lab.crossing.freeze("narrow", "stable")
      try lab.export("narrow", to: "two")
      let refused = try lab.isolated("import", scratch.path("two"))
      #expect(refused.status == 19 && refused.errors.contains("contrib"))
      try lab.isolated("import", scratch.path("two"), "--allow-removal").succeeded()
    }
  }

  @Test func whatASiteMayStillAskForIsNoGarbage() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.export("first", to: "one")
      try lab.connected("snapshot", "remove", "first").succeeded()
      try lab.connected("depot", "gc").succeeded()
      for chunk in try Disk.names(in: scratch.path("one/mainland-000001/chunks")) {
        Disk.remove(scratch.path("one/mainland-000001/chunks/" + chunk))
      }
      let request = scratch.path("request")
      try lab.isolated("receipt", "request", scratch.path("one"), "--to", request).succeeded()
      let healing = try scratch.directory("healing")
      try lab.connected("export", "--resend", request, "--to", healing).succeeded()
      try lab.bring("healing")
      let lists = scratch.path("connected/exports/mainland-000001")
      try lab.connected("depot", "gc").succeeded()
      #expect(Disk.exists(lists))
      // Once it has arrived nothing holds it any more.
      try lab.acknowledge()
      let collected = try lab.connected("depot", "gc").succeeded()
      #expect(collected.contains("needed:     0 objects"), "\(collected)")
      #expect(!Disk.exists(lists))
      let gone = try lab.connected("export", "--resend", request, "--to", scratch.path("one"))
      #expect(gone.refused(.state) && gone.errors.contains("--full"), "\(gone.everything)")
    }
  }

  @Test func t144AReceiptIsAWitnessOfBothAuditLogs() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      let receipt = scratch.path("receipt")
      for site in [lab.connected, lab.isolated] {
        let verified = try site("audit", "verify", "--with", receipt)
        #expect(verified.status == 0, "\(verified.everything)")
        #expect(verified.errors.contains("receipt 1 of island"), "\(verified.everything)")
      }
      for (name, site) in [("connected", lab.connected), ("isolated", lab.isolated)] {
        // Cut to its first record, by somebody who puts the catalogue back too: only what the
        // other side has carried knows better.
        let log = scratch.path(name + "/audit.log")
        let whole = try Disk.text(log)
        let first = try #require(whole.split(separator: "\n").first)
        try Disk.write(first + "\n", to: log)
        let found = try site("audit", "verify", "--with", receipt)
        #expect(found.refused(.integrity), "\(found.everything)")
        #expect(found.errors.contains("receipt 1 of island knows it"), "\(found.everything)")
        try Disk.write(whole, to: log)
      }
      // A receipt of nobody known is no witness.
      let other = try AptFerry(home: scratch.path("home"), depot: scratch.path("other"))
      try other("init", "--site", "other").succeeded()
      #expect(try other("audit", "verify", "--with", receipt).refused(.trust))
    }
  }

  @Test func aReceiptIsSeenAsAQRCode() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      let text = try lab.isolated("receipt", "create", "--qr").succeeded()
      #expect(text.hasPrefix("island mainland 1 ") && text.contains("█▀▀▀▀▀█"))
      let lines: [Substring] = text.split(separator: "\n")
      #expect(lines.dropFirst().allSatisfy { $0.count == 37 })
    }
  }
}
