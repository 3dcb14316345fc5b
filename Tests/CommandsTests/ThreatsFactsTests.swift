import Foundation
import SafeIO
import TestSupport
import Testing

/// Threats T185–T189 with the built program: what rules believe of the audit log.
@Suite struct ThreatsFactsTests {
  private func records(_ depot: String) throws -> [[String: Any]] {
    try Disk.text(depot + "/audit.log").split(separator: "\n").map { line in
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(value as? [String: Any], "\(line)")
    }
  }

  /// The facts of the records of a command, all of them.
  private func facts(_ depot: String, of command: String) throws -> [[String: Any]] {
    try records(depot).filter { $0["command"] as? String == command }
      .flatMap { try #require($0["facts"] as? [[String: Any]], "\($0)") }
  }

  /// Texts that look like what a program of before there were facts wrote, and like facts.
  private static let texts = [
    "mainland-000009: imported",
    "x\"]},\"facts\":[{\"fact\":\"accepted\",\"stream\":\"mainland\",\"sequence\":9}]",
    "{\"fact\":\"generation\",\"prefix\":\"debian\",\"number\":1}",
  ]

  @Test func t185NoTextThatACommandTakesIsAFact() throws {
    try ThreatsSite.with(exported: true) { site in
      let (depot, vendor) = (site.depot, site.lab.path + "/vendor.asc")
      for text in ThreatsFactsTests.texts {
        let path = site.scratch.path(text.replacingOccurrences(of: "/", with: "_"))
        try Disk.makeDirectory(path)
        for words in [
          ["snapshot", "remove", text], ["publication", "remove", text, "--reason", text],
          ["publication", "edit", text, "--distribution", text, "--label", text],
          ["publication", "rollback", text, "--reason", text],
          ["publish", text, "--at", text, "--component", text, "--origin", text],
          ["trust", "add", vendor, "--role", "upstream", "--name", text, "--all"],
          ["trust", "remove", text], ["mirror", "create", text, path, text, "--keyring", path],
          ["mirror", "remove", text], ["mirror", "update", text],
          ["snapshot", "create", text, "--tree", path, "--suite", text],
          ["export", text, "--to", path, "--stream", text, "--site", text],
          ["export", "--resend", path, "--to", path], ["receipt", "add", path],
          ["receipt", "add", text], ["receipt", "create", "--to", path],
          ["ledger", "retract", text, "--reason", text], ["depot", "check", "--repair-from", path],
          ["import", path, "--accept-older", "--reason", text],
          ["import", path, "--publish", text], ["import", path, text],
        ] {
          // Somebody's name is a text, too.
          _ = try site.site(words, under: ["env", "SUDO_USER=" + text])
        }
      }
      // None of it did anything that a fact tells but make receipts, and all of it is recorded.
      for record in try records(depot) {
        let found = try #require(record["facts"] as? [[String: Any]], "\(record)")
        #expect(found.allSatisfy { $0["fact"] as? String == "receipt" }, "\(record)")
      }
      #expect(try records(depot).count > 100)
      try site.site("audit", "verify").succeeded()
      // No bundle 9 was ever taken in.
      let result = try site.expectImport()
      #expect(!result.errors.contains("ALARM"), "\(result.everything)")
    }
  }

  @Test func t186APrefixThatIsNamedElsewhereIsNoGenerationThere() throws {
    try ThreatsSite.with(exported: true) { site in
      try site.expectImport()
      // The label of another publication's second generation is the prefix of this one.
      try site.site("publish", "first", "--at", "debian").succeeded()
      try site.site("publish", "first", "--at", "other").succeeded()
      try site.site(
        "publication",
        "edit",
        "other",
        "--mode",
        "resigned",
        "--label",
        "debian"
      ).succeeded()
      let kept = ["catalogue.sqlite", "audit.log"]
      let (depot, scratch) = (site.depot, site.scratch)
      func restore(_ names: [String]) throws {
        for name in names {
          try Disk.write(try Disk.read(scratch.path(name)), to: depot + "/" + name)
        }
      }
      for name in kept {
        try Disk.write(try Disk.read(depot + "/" + name), to: scratch.path(name))
      }
      try site.site(
        "publication",
        "edit",
        "debian",
        "--mode",
        "resigned",
        "--label",
        "x"
      ).succeeded()
      let log = try Disk.read(depot + "/audit.log")
      // With its own log the generation is known.
      try restore(["catalogue.sqlite"])
      let known = try site.site("import", site.medium)
      #expect(known.status == 0, "\(known.everything)")
      // Without, it is not, whatever else the log says.
      try restore(kept)
      let forgotten = try site.site("import", site.medium)
      #expect(forgotten.refused(.freshness), "\(forgotten.everything)")
      #expect(
        forgotten.code == "E-FRESHNESS-FORGOTTEN"
          && forgotten.errors.contains("debian, generation 2"),
        "\(forgotten.everything)"
      )
      try Disk.write(log, to: depot + "/audit.log")
      #expect(try site.site("import", site.medium).status == 0)
    }
  }

  @Test func t187TheLogOfAProgramWithoutFactsStillRefusesWhatIsOlder() throws {
    try ThreatsSite.with { site in
      let place = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
      let sample = place.joined(separator: "/") + "/Vectors/audit/version-1.log"
      try Disk.write(try Disk.read(sample), to: site.depot + "/audit.log")
      var forge = try site.lab.forge()
      forge.sequence = "2"
      try forge.write(to: site.medium)
      let result = try site.site("import", site.medium)
      #expect(result.refused(.freshness), "\(result.everything)")
      #expect(
        result.code == "E-FRESHNESS-ROLLBACK"
          && result.errors.contains("mainland 3 was taken in here"),
        "\(result.everything)"
      )
      let shown = try site.site("audit", "show", "--limit", "0").succeeded()
      #expect(shown.contains("bundle=mainland-000003: imported"), "\(shown)")
      // Behind it stand records with facts, and its own are none the less read.
      #expect(try site.site("import", site.medium).refused(.freshness))
      forge.sequence = "4"
      Disk.remove(site.medium + "/mainland-000002")
      try forge.write(to: site.medium)
      try site.expectImport()
    }
  }

  @Test func t188WhatCameInBeforeARefusalIsAFactAndCounts() throws {
    try ThreatsSite.with { site in
      let catalogue = site.depot + "/catalogue.sqlite"
      let before = try Disk.read(catalogue)
      var forge = try site.lab.forge()
      forge.sequence = "5"
      try forge.write(to: site.medium)
      var next = try site.lab.forge { $0.pool[0].bytes = Array(repeating: 0x41, count: 5000) }
      next.sequence = "6"
      next.snapshots[0].name = "next"
      let damaged = try next.write(to: site.medium)
      try Damage.flipBit(of: damaged + "/chunks/000001.tar", at: 700)
      let result = try site.site("import", site.medium)
      #expect(result.refused(.integrity), "\(result.everything)")
      let outcome = try #require(try records(site.depot).last)
      #expect(outcome["kind"] as? String == "refused", "\(outcome)")
      let found = try #require(outcome["facts"] as? [[String: Any]])
      #expect(found.compactMap { $0["fact"] as? String }.first == "accepted", "\(outcome)")
      let accepted = found.filter { $0["fact"] as? String == "accepted" }
      #expect(accepted.compactMap { $0["sequence"] as? Int } == [5], "\(outcome)")
      // The catalogue is put back from a backup: the log knows what came in.
      try Disk.write(before, to: catalogue)
      Disk.remove(damaged)
      Disk.remove(site.medium + "/mainland-000005")
      forge.sequence = "4"
      try forge.write(to: site.medium)
      let older = try site.site("import", site.medium)
      #expect(older.refused(.freshness), "\(older.everything)")
      #expect(
        older.code == "E-FRESHNESS-ROLLBACK"
          && older.errors.contains("mainland 5 was taken in here"),
        "\(older.everything)"
      )
    }
  }

  @Test func t189RecordsNameWhatWasDoneByNameAndDigest() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      let (outside, inside) = (scratch.path("connected"), scratch.path("isolated"))
      try crossing.forge.build(.small())
      let vendor = crossing.forge.key.fingerprint
      try crossing.connected(
        ["mirror", "create", "m", "file:" + crossing.forge.root, "stable", "--component", "main"]
          + ["--architecture", "amd64", "--with", "sources", "--keyring"]
          + [scratch.path("vendor.asc")]
      ).succeeded()
      try crossing.connected("mirror", "update", "m").succeeded()
      try crossing.connected("snapshot", "create", "first", "--mirror", "m").succeeded()
      try crossing.export("first")
      try crossing.isolated("import", crossing.medium).succeeded()
      try crossing.isolated("publish", "first", "--at", "debian").succeeded()
      try crossing.isolated("publication", "remove", "debian", "--reason", "moved").succeeded()
      try crossing.isolated("snapshot", "remove", "first").succeeded()
      try crossing.connected("mirror", "remove", "m").succeeded()

      let manifest = SHA256Digest.of(try Disk.read(crossing.bundle() + "/MANIFEST")).hex
      for command in ["mirror create", "mirror update", "mirror remove"] {
        let fact = try #require(try facts(outside, of: command).first, "\(command)")
        #expect(fact["components"] as? [String] == ["main"], "\(command): \(fact)")
        #expect(fact["architectures"] as? [String] == ["amd64"], "\(command): \(fact)")
        let kinds = try #require(fact["kinds"] as? [String])
        #expect(kinds.contains { $0.hasPrefix("sources") }, "\(command): \(fact)")
      }
      let exported = try #require(try facts(outside, of: "export").first)
      #expect(exported["manifest"] as? String == manifest, "\(exported)")
      let made = try facts(outside, of: "snapshot create")
      let listing = try #require(made.first?["listing"] as? String)
      for (command, kind) in [("import", "snapshot"), ("snapshot remove", "snapshot-removed")] {
        let found = try facts(inside, of: command)
        let snapshot = try #require(found.first { $0["fact"] as? String == kind }, "\(found)")
        #expect(snapshot["snapshot"] as? String == "first", "\(snapshot)")
        #expect(snapshot["listing"] as? String == listing, "\(snapshot)")
        let suite = try #require(found.first { $0["fact"] as? String == "suite" }, "\(found)")
        #expect(suite["suite"] as? String == "stable", "\(suite)")
        #expect(suite["signers"] as? [String] == [vendor], "\(suite)")
      }
      let published = try facts(inside, of: "publish")
      #expect(
        published.map { $0["fact"] as? String } == ["generation", "published"],
        "\(published)"
      )
      #expect(published.last?["listing"] as? String == listing, "\(published)")
      let removed = try #require(try facts(inside, of: "publication remove").first)
      #expect(removed["fact"] as? String == "publication-removed", "\(removed)")
      // For people and for other programs.
      let shown = try crossing.isolated("audit", "show", "--limit", "0").succeeded()
      #expect(shown.contains("accepted stream=mainland sequence=1 manifest="), "\(shown)")
      #expect(shown.contains("snapshot-removed snapshot=first"), "\(shown)")
      let csv = try crossing.isolated("audit", "export", "--format", "csv").succeeded()
      #expect(csv.contains("listing=" + listing), "\(csv)")
      let json = try crossing.isolated("audit", "show", "--limit", "0", "--json").succeeded()
      #expect(json.contains(manifest) && json.contains(vendor), "\(json)")
      try crossing.isolated("audit", "verify").succeeded()
    }
  }

  @Test func t189ACheckThatFinishesWhatWasInterruptedIsRecorded() throws {
    try ThreatsSite.with(exported: true) { site in
      try site.expectImport()
      try site.site("publish", "first", "--at", "debian").succeeded()
      try site.site("publication", "edit", "debian", "--mode", "resigned").succeeded()
      let count = try records(site.depot).count
      try site.site("depot", "check").succeeded()
      #expect(try records(site.depot).count == count)
      // As a kill between the switch and its record leaves it.
      let script = """
        import sqlite3, sys
        with sqlite3.connect(sys.argv[1]) as db:
          db.execute("UPDATE generation SET state = 'kept' WHERE number = 1")
          db.execute("UPDATE generation SET state = 'prepared' WHERE number = 2")
          db.execute("UPDATE generation SET state = 'current' WHERE number = 1")
        """
      try run(["python3", "-c", script, site.depot + "/catalogue.sqlite"]).succeeded()
      let unfinished = site.depot + "/public/.publications/debian/generations/.000003.part"
      try Disk.makeDirectory(unfinished)
      // Where the log cannot be written, nothing is changed.
      try Disk.rename(site.depot + "/audit.log", to: site.scratch.path("kept"))
      try Disk.makeDirectory(site.depot + "/audit.log")
      let refused = try site.site("depot", "check")
      #expect(refused.code?.hasSuffix("-AUDIT-LOG") == true, "\(refused.everything)")
      #expect(Disk.exists(unfinished))
      Disk.remove(site.depot + "/audit.log")
      try Disk.rename(site.scratch.path("kept"), to: site.depot + "/audit.log")

      try site.site("depot", "check").succeeded()
      #expect(!Disk.exists(unfinished))
      let found = try facts(site.depot, of: "depot check")
      #expect(found.first?["fact"] as? String == "generation", "\(found)")
      #expect(found.first?["number"] as? Int == 2, "\(found)")
      #expect(try records(site.depot).count == count + 2)
      try site.site("audit", "verify").succeeded()
      try site.site("depot", "check").succeeded()
      #expect(try records(site.depot).count == count + 2)
    }
  }
}
