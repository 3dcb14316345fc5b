import SafeIO
import TestSupport
import Testing

/// Threats T057–T059, T061, T062 and T064–T067: order, gaps, audiences, and depots that were lost or put back.
@Suite struct ThreatsLedgerTests {
  @Test func t057AnOlderDateOfTheVendorInANewerBundleIsRefused() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay"], date: "Sat, 01 Jan 2022 00:00:00 UTC")
      try lab.crossing.freeze("past", "stable")
      try lab.export("past", to: "two")
      let refused = try lab.isolated("import", scratch.path("two"))
      #expect(refused.refused(.freshness), "\(refused.everything)")
      #expect(refused.errors.contains("2022-01-01") && refused.errors.contains("stable"))
      #expect(!(try lab.isolated("snapshot", "list").succeeded().contains("past")))
      try lab.isolated(
        ["import", scratch.path("two"), "--accept-older", "--reason", "the crane needs it"]
      ).succeeded()
      #expect(try lab.isolated("audit", "show").succeeded().contains("the crane needs it"))
    }
  }

  @Test func t057AnOlderStateBesideTheNewerOneIsNoRollback() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay"], date: "Sat, 01 Jan 2022 00:00:00 UTC")
      try lab.crossing.freeze("past", "stable")
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two", "past")
      try lab.bring("two")
    }
  }

  @Test func t058ADowngradeIsAllowedAndListed() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay"], version: "0.9-1")
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      let review = try lab.isolated("inspect", scratch.path("two"), "--against-depot").succeeded()
      #expect(review.contains("v pier 1.0-1 -> 0.9-1"), "\(review)")
      try lab.bring("two")
    }
  }

  @Test(arguments: ["suite", "component", "architecture"])
  func t059WhatVanishesIsARefusalUnlessAllowed(what: String) throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      func suite(_ name: String, wide: Bool) -> ForgedSuite {
        let names = name == "stable" ? ["pier", "quay"] : ["tug", "gig"]
        var suite = ForgedSuite(name, ["main": names.map { ForgedPackage($0) }])
        guard wide else { return suite }
        if what == "component" { suite.components["contrib"] = [ForgedPackage("buoy")] }
        if what == "architecture" {
          suite.architectures = ["amd64", "arm64"]
          suite.components["main"]?.append(ForgedPackage("crane", architecture: "arm64"))
        }
        return suite
      }
      try lab.crossing.forge.build(suite("stable", wide: true))
      try lab.crossing.forge.build(suite("updates", wide: false))
      let suites = what == "suite" ? ["stable", "updates"] : ["stable"]
      try lab.connected(
        ["snapshot", "create", "wide", "--tree", lab.crossing.forge.root, "--upstream", "vendor"]
          + suites.flatMap { ["--suite", $0] }
      ).succeeded()
      try lab.export("wide", to: "one")
      try lab.bring("one")
      try lab.crossing.forge.build(suite("stable", wide: false))
      try lab.crossing.freeze("narrow", "stable")
      try lab.export("narrow", to: "two")
      let names = ["suite": "updates", "component": "contrib", "architecture": "arm64"]
      let name = try #require(names[what])
      // The review says so before anybody decides.
      let review = try lab.isolated("inspect", scratch.path("two"), "--against-depot").succeeded()
      #expect(review.contains("GONE:      ") && review.contains(name), "\(review)")
      let refused = try lab.isolated("import", scratch.path("two"))
      #expect(refused.refused(.policy), "\(refused.everything)")
      #expect(refused.errors.contains(name), "\(refused.everything)")
      #expect(refused.code == "E-POLICY-VANISHED", "\(refused.everything)")
      #expect(try lab.isolated("snapshot", "show", "narrow").refused(.usage))
      let allowed = try lab.isolated("import", scratch.path("two"), "--allow-removal")
      #expect(allowed.status == 0 && allowed.errors.contains(name), "\(allowed.everything)")
      #expect(try lab.isolated("audit", "show", "--json").succeeded().contains("allow-removal"))
    }
  }

  @Test func t061AnIncrementWithoutItsBaseNamesWhatIsLacking() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "one", "--since", "first")
      let refused = try lab.isolated("import", scratch.path("one"))
      #expect(refused.refused(.incomplete), "\(refused.everything)")
      for text in ["relies on 2 files", "pool/", "receipt request"] {
        #expect(refused.errors.contains(text), "\(text): \(refused.everything)")
      }
      // The same media, once what they rely on has come by another route.
      try lab.export("first", to: "two", "--full")
      try lab.bring("two")
      let late = try lab.isolated("import", scratch.path("one"))
      #expect(late.refused(.freshness), "\(late.everything)")
    }
  }

  @Test func t062AGapInTheSequenceIsNotedAndNotFatal() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      for (number, name) in ["second", "third"].enumerated() {
        try lab.build(["pier", "quay", "dock\(number)"])
        try lab.crossing.freeze(name, "stable")
        try lab.export(name, to: name)
      }
      let imported = try lab.isolated("import", scratch.path("third"))
      #expect(imported.status == 0, "\(imported.everything)")
      #expect(imported.errors.contains("1 bundle of the stream mainland before this one"))
      #expect(try lab.isolated("audit", "show", "--json").succeeded().contains("never came here"))
      // The exporter learns of it.
      try lab.acknowledge("gap")
      let ledger = try lab.connected("ledger", "show", "--json").succeeded()
      #expect(try Disk.text(scratch.path("gap")).contains("Gaps:\n mainland 2\n"))
      #expect(ledger.contains("mainland-000002"))
    }
  }

  @Test func anExporterThatUsedASequenceTwiceIsSeenByTheNextBundle() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.copyExporter()
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      try lab.bring("two")
      // Put back, it makes another bundle 2, which never arrives, and then a bundle 3.
      try lab.putExporterBack()
      try lab.crossing.freeze("another", "stable")
      try lab.export("another", to: "lost")
      try lab.build(["pier", "quay", "dock", "mole"])
      try lab.crossing.freeze("third", "stable")
      try lab.export("third", to: "three", "--full")
      let imported = try lab.isolated("import", scratch.path("three"))
      #expect(imported.status == 0, "\(imported.everything)")
      #expect(
        imported.errors.contains(
          "ALARM: mainland-000003: it follows another bundle than the mainland-000002"
        ),
        "\(imported.everything)"
      )
      // A gap is none: bundle 4 never came, and bundle 5 follows it.
      try lab.export("third", to: "four", "--full")
      try lab.export("third", to: "five", "--full")
      let gap = try lab.isolated("import", scratch.path("five"))
      #expect(gap.status == 0 && !gap.errors.contains("ALARM"), "\(gap.everything)")
    }
  }

  @Test func aBundleOfASequenceThatWasUsedTwiceIsNotAcknowledgedInTheOthersPlace() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.copyExporter()
      for (number, name) in ["second", "third"].enumerated() {
        try lab.build(["pier", "quay", "dock\(number)"])
        try lab.crossing.freeze(name, "stable")
        try lab.export(name, to: name)
        try lab.bring(name)
      }
      // Put back, the exporter makes another bundle 2; it never arrives, but bundle 3 did.
      try lab.putExporterBack()
      try lab.build(["pier", "quay", "mole"])
      try lab.crossing.freeze("another", "stable")
      try lab.export("another", to: "lost")
      let receipt = scratch.path("after")
      try lab.isolated("receipt", "create", "--to", receipt).succeeded()
      let added = try lab.connected("receipt", "add", receipt)
      #expect(added.errors.contains("took in mainland 3"), "\(added.everything)")
      #expect(!added.text.contains("mainland-000002"), "\(added.everything)")
      let ledger = try lab.connected("ledger", "show").succeeded()
      #expect(ledger.contains("behind by mainland-000002"), "\(ledger)")
      // Nor by a later receipt, when a bundle of a higher sequence has arrived.
      try lab.export("another", to: "four", "--full")
      try lab.bring("four")
      try lab.isolated("snapshot", "remove", "another").succeeded()
      try lab.acknowledge("later")
      let later = try lab.connected("ledger", "show").succeeded()
      let lines: [Substring] = later.split(separator: "\n")
      #expect(lines.contains { $0.hasSuffix("behind by mainland-000002") }, "\(later)")
    }
  }

  @Test func aReceiptTellsBundlesOfOneSequenceApartThatNoOtherReceiptShowed() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.copyExporter()
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "second")
      try lab.bring("second")
      // Put back, it makes another bundle 2, which is lost, and a bundle 3 that arrives.
      try lab.putExporterBack()
      try lab.build(["pier", "quay", "mole"])
      try lab.crossing.freeze("another", "stable")
      try lab.export("another", to: "lost")
      try lab.build(["pier", "quay", "mole", "buoy"])
      try lab.crossing.freeze("third", "stable")
      try lab.export("third", to: "third", "--full")
      try lab.bring("third")
      let receipt = scratch.path("after")
      try lab.isolated("receipt", "create", "--to", receipt).succeeded()
      let added = try lab.connected("receipt", "add", receipt)
      let alarm = "took in another bundle mainland-000002"
      #expect(added.errors.contains(alarm), "\(added.everything)")
      #expect(added.text.contains("mainland-000003") && !added.text.contains("mainland-000002"))
      let ledger = try lab.connected("ledger", "show").succeeded()
      #expect(ledger.contains("behind by mainland-000002"), "\(ledger)")
      // The alarm was given; the next receipt does not repeat it.
      let next = scratch.path("next")
      try lab.isolated("receipt", "create", "--to", next).succeeded()
      let again = try lab.connected("receipt", "add", next)
      #expect(again.status == 0 && !again.errors.contains("another bundle"), "\(again.everything)")
    }
  }

  @Test func t064ABundleForAnotherSiteIsRefused() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      let medium = try scratch.directory("elsewhere")
      try lab.connected("export", "first", "--to", medium, "--site", "oilrig", "--new-site")
        .succeeded()
      let refused = try lab.isolated("import", medium)
      #expect(refused.refused(.policy), "\(refused.everything)")
      #expect(refused.errors.contains("oilrig") && refused.errors.contains("island"))
    }
  }

  @Test func t065ACatalogueThatWasLostIsNotReplacedByAnEmptyOne() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.isolated("publish", "first", "--at", "debian").succeeded()
      let depot = scratch.path("isolated")
      for name in try Disk.names(in: depot) where name.hasPrefix("catalogue.sqlite") {
        Disk.remove(depot + "/" + name)
      }
      let before = try TreeDigest(of: depot + "/public")
      for words in [["import", scratch.path("one")], ["snapshot", "list"], ["init"]] {
        let refused = try lab.isolated(words)
        #expect(refused.refused(.state), "\(words): \(refused.everything)")
        #expect(!Disk.exists(depot + "/catalogue.sqlite"), "\(words)")
      }
      #expect(try TreeDigest(of: depot + "/public") == before)
    }
  }

  @Test func t065ADepotMadeAnewBesideItsLogKeepsItsHighWaterMark() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two", "--full")
      try lab.bring("two")
      // Everything is lost but the log.
      let depot = scratch.path("isolated")
      let log = try Disk.read(depot + "/audit.log")
      try run(["gpgconf", "--homedir", depot + "/gnupg", "--kill", "all"]).succeeded()
      try run(["rm", "-rf", depot]).succeeded()
      try Disk.makeDirectory(depot)
      try Disk.write(log, to: depot + "/audit.log")
      // Beside a log of another depot's life nothing begins by itself.
      let begun = try lab.isolated("init", "--site", "island")
      #expect(begun.refused(.state), "\(begun.everything)")
      // Somebody who puts it beside a new depot has its mark back.
      Disk.remove(depot + "/audit.log")
      try lab.isolated("init", "--site", "island").succeeded()
      try Disk.write(log, to: depot + "/audit.log")
      for (file, role, name, fingerprint) in [
        (
          lab.crossing.exporterKey, "exporter", "mainland",
          try Crossing.fingerprint(ofKeyIn: lab.crossing.exporterKey, scratch)
        ),
        (
          scratch.path("vendor.asc"), "upstream", "vendor", lab.crossing.forge.key.fingerprint
        ),
      ] {
        try lab.isolated(
          ["trust", "add", file, "--role", role, "--name", name, "--fingerprint", fingerprint]
        ).succeeded()
      }
      let older = try lab.isolated("import", scratch.path("one"))
      #expect(older.refused(.freshness), "\(older.everything)")
      #expect(
        older.code == "E-FRESHNESS-ROLLBACK" && older.errors.contains("put back from a backup"),
        "\(older.everything)"
      )
      let newest = try lab.isolated("import", scratch.path("two"))
      #expect(newest.status == 0, "\(newest.everything)")
    }
  }

  @Test func t066ACatalogueThatIsOlderThanWhatClientsSeeIsNoneToPublishFrom() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.isolated("publish", "first", "--at", "debian").succeeded()
      let depot = scratch.path("isolated")
      try run(["cp", "-a", depot, scratch.path("backup")]).succeeded()
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      try lab.bring("two")
      try lab.isolated("publish", "second", "--at", "debian").succeeded()
      // The machine is put back, what it serves lies elsewhere and is not.
      try run(["mv", depot + "/public", scratch.path("public")]).succeeded()
      try run(["rm", "-rf", depot]).succeeded()
      try run(["cp", "-a", scratch.path("backup"), depot]).succeeded()
      try run(["rm", "-rf", depot + "/public"]).succeeded()
      try run(["mv", scratch.path("public"), depot + "/public"]).succeeded()
      let seen = try TreeDigest(of: depot + "/public")
      for words in [
        ["publish", "first", "--at", "debian"], ["depot", "gc"],
        ["publication", "rollback", "debian", "--reason", "x"],
      ] {
        let refused = try lab.isolated(words)
        #expect(refused.refused(.state), "\(words): \(refused.everything)")
        #expect(
          refused.code == "E-STATE-UNKNOWN-GENERATION" && refused.errors.contains("generation 2"),
          "\(words): \(refused.everything)"
        )
      }
      #expect(try TreeDigest(of: depot + "/public") == seen)
    }
  }

  @Test func t066ADepotPutBackFromAnOldBackupIsToldSo() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch)
      try lab.build(["pier", "quay", "dock"])
      try lab.crossing.freeze("second", "stable")
      try lab.export("second", to: "two")
      let depot = scratch.path("isolated")
      try run(["cp", "-a", depot, scratch.path("backup")]).succeeded()
      try lab.bring("two")
      try lab.acknowledge("second receipt")

      // Only the catalogue is old: the audit log says what was taken in.
      try run(["cp", "-a", depot, scratch.path("good")]).succeeded()
      let catalogue = depot + "/catalogue.sqlite"
      try Disk.write(try Disk.read(scratch.path("backup/catalogue.sqlite")), to: catalogue)
      let older = try lab.isolated("import", scratch.path("one"), "--json")
      #expect(older.status == 0, "the very same bundle: \(older.everything)")
      let again = try lab.isolated("import", scratch.path("two"))
      #expect(again.status == 0, "\(again.everything)")
      #expect(again.errors.contains("put back from a backup"), "\(again.everything)")

      // All of it is old: the next bundle knows better, and the next receipt tells the exporter.
      try run(["rm", "-rf", depot]).succeeded()
      try run(["cp", "-a", scratch.path("backup"), depot]).succeeded()
      try lab.build(["pier", "quay", "dock", "mole"])
      try lab.crossing.freeze("third", "stable")
      try lab.export("third", to: "three")
      let refused = try lab.isolated("import", scratch.path("three"))
      #expect(refused.refused(.incomplete), "\(refused.everything)")
      #expect(refused.errors.contains("put back from a backup"), "\(refused.everything)")
      try lab.isolated("receipt", "create", "--to", scratch.path("after")).succeeded()
      let added = try lab.connected("receipt", "add", scratch.path("after"))
      #expect(added.errors.contains("put back from a backup"), "\(added.everything)")
      // Bundle 2 counts as not arrived: the next increment carries it again.
      try lab.export("third", to: "four")
      let healed = try lab.isolated("import", scratch.path("four"))
      #expect(healed.status == 0, "\(healed.everything)")
    }
  }

  @Test func t067NothingComingInIsSeenByMonitoring() throws {
    try withScratchDirectory { scratch in
      let lab = try IslandLab(scratch, arrives: false)
      let none = try lab.isolated("depot", "status", "--max-age", "30d")
      #expect(none.refused(.freshness) && none.text.contains("none"), "\(none.everything)")
      try lab.export("first", to: "one")
      try lab.bring("one")
      try lab.isolated("depot", "status", "--max-age", "30d").succeeded()
      try run(["sleep", "1.1"]).succeeded()
      let old = try lab.isolated("depot", "status", "--max-age", "0")
      #expect(old.refused(.freshness), "\(old.everything)")
      #expect(try lab.isolated("depot", "status", "--max-age", "soon").refused(.usage))
    }
  }
}
