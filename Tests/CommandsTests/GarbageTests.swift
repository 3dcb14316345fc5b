import Foundation
import SafeIO
import TestSupport
import Testing

/// `depot gc` with the built program.
@Suite struct GarbageTests {
  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func number(_ text: String, _ key: String) throws -> Int {
    try #require(try json(text)[key] as? Int)
  }

  @Test func whatARemovedSnapshotHadGoesAndClientsNoticeNothing() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      try crossing.freeze("first", "stable")
      try crossing.export("first")
      try crossing.isolated("import", crossing.medium).succeeded()
      try crossing.isolated("publish", "first", "--at", "debian").succeeded()
      #expect(
        try number(try crossing.isolated("depot", "gc", "--json").succeeded(), "objects") == 0
      )

      var suite = ForgedSuite.small()
      suite.components["main"]?[0].version = "2.0-1"
      try crossing.forge.build(suite)
      try crossing.freeze("second", "stable")
      try crossing.export("second")
      try crossing.isolated("import", crossing.medium).succeeded()
      // Four generations: the first is kept no more.
      for name in ["second", "first", "second", "first", "second"] {
        try crossing.isolated("publish", name, "--at", "other").succeeded()
      }
      let inUse = try crossing.isolated("snapshot", "remove", "first")
      #expect(inUse.refused(.state), "\(inUse.everything)")

      // On the connected side nothing is published.
      try crossing.connected("snapshot", "remove", "first").succeeded()
      let before = try TreeDigest(of: scratch.path("connected/objects"))
      let dry = try crossing.connected("depot", "gc", "--dry-run", "--json").succeeded()
      #expect(try number(dry, "objects") > 0 && number(dry, "bytes") > 0)
      #expect(try TreeDigest(of: scratch.path("connected/objects")) == before)
      let done = try crossing.connected("depot", "gc")
      #expect(done.status == 0 && done.errors.contains("to be removed: "), "\(done.everything)")
      #expect(done.text.contains("removed:"), "\(done.everything)")
      let after = try crossing.connected("depot", "gc", "--json").succeeded()
      #expect(try number(after, "objects") == 0)
      #expect(try number(after, "needed") == number(dry, "needed"))
      #expect(try crossing.connected("depot", "check").succeeded().contains("0 of them needed"))

      let client = try crossing.client(prefix: "debian", suite: "stable", components: ["main"])
      #expect(try client.update().status == 0)
      #expect(try client.downloadAll() == ["pier-data_1.0-1_all.deb", "pier_1.0-1_amd64.deb"])
    }
  }

  @Test func generationsThatAreNotKeptGoFirst() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      for version in ["1.0-1", "2.0-1", "3.0-1"] {
        var suite = ForgedSuite.small()
        suite.components["main"]?[0].version = version
        try crossing.forge.build(suite)
        try crossing.freeze("v" + version, "stable")
        try crossing.connected("publish", "v" + version, "--at", "debian", "--grace", "0s")
          .succeeded()
      }
      let whole = try TreeDigest(of: scratch.path("connected/public"))
      let dry = try crossing.connected("depot", "gc", "--keep", "1", "--dry-run", "--json")
        .succeeded()
      #expect(try TreeDigest(of: scratch.path("connected/public")) == whole)
      #expect((try json(dry)["generations"] as? [Any])?.count == 2, "\(dry)")
      // Their snapshots are there still, and hold everything but the lists of the trees.
      let done = try crossing.connected("depot", "gc", "--keep", "1", "--json").succeeded()
      #expect(try number(done, "objects") == number(dry, "objects"))
      #expect(try number(done, "bytes") == number(dry, "bytes"))
      let records = try crossing.connected("audit", "show", "--limit", "2").succeeded()
      #expect(records.contains("depot gc") && records.contains("keep=1"), "\(records)")
      #expect(records.contains("generation-dropped prefix=debian number=2"), "\(records)")
      #expect(records.contains("to be removed=\(try number(done, "objects")) objects"))
      let trees = try Disk.names(
        in: scratch.path("connected/public/.publications/debian/generations")
      )
      #expect(trees == ["000003"])
      let shown = try crossing.connected("publication", "show", "debian", "--json").succeeded()
      #expect((try json(shown)["kept"] as? [Any])?.isEmpty == true, "\(shown)")
      for version in ["1.0-1", "2.0-1"] {
        try crossing.connected("snapshot", "remove", "v" + version).succeeded()
      }
      let rest = try crossing.connected("depot", "gc", "--json").succeeded()
      // Two old packages at least, and nothing of them is held by a tree any more; what vouched for
      // them is, as evidence.
      let evidence = try Disk.names(in: scratch.path("connected/evidence/objects"))
      #expect(try number(rest, "objects") > 2 && number(rest, "bytes") > 2000)
      #expect(try number(rest, "sharedBytes") < 30_000 && !evidence.isEmpty)
      try crossing.connected("depot", "check").succeeded()
      let files = try Disk.files(below: scratch.path("connected/public"))
      #expect(!files.contains { $0.contains("pier_1.0-1") || $0.contains("pier_2.0-1") })
      #expect(files.contains { $0.contains("pier_3.0-1") })
      for wrong in ["0", "1001"] {
        #expect(try crossing.connected("depot", "gc", "--keep", wrong).refused(.usage))
      }
    }
  }

  @Test func generationsThatClientsMayStillReadAreKeptForTheirGrace() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      for version in ["1.0-1", "2.0-1"] {
        var suite = ForgedSuite.small()
        suite.components["main"]?[0].version = version
        try crossing.forge.build(suite)
        try crossing.freeze("v" + version, "stable")
        try crossing.connected("publish", "v" + version, "--at", "debian").succeeded()
      }
      let done = try crossing.connected("depot", "gc", "--keep", "1", "--json").succeeded()
      #expect((try json(done)["generations"] as? [Any])?.isEmpty == true, "\(done)")
    }
  }

  @Test(.enabled(if: KillMatrixTests.canTrace, "strace cannot trace here"))
  func aMirrorUpdateThatWasKilledAtItsEndKeepsWhatItFetched() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      let key = scratch.path("vendor.asc")
      try crossing.connected(
        "mirror",
        "create",
        "debian",
        "file:" + crossing.forge.root,
        "stable",
        "--keyring",
        key
      ).succeeded()
      // All is in the depot then, and the record is not.
      let killed = try crossing.connected(
        ["mirror", "update", "debian"],
        under: [
          "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=syncfs", "-e",
          "inject=syncfs:signal=KILL:when=2",
        ]
      )
      #expect(killed.status == 137 || killed.status == 9, "\(killed.everything)")
      let objects = try Disk.files(below: scratch.path("connected/objects"))
      #expect(objects.count > 4)
      let gc = try crossing.connected("depot", "gc", "--json").succeeded()
      #expect(try number(gc, "objects") == 0, "\(gc)")
      try crossing.connected("mirror", "update", "debian").succeeded()
      #expect(try Disk.files(below: scratch.path("connected/objects")) == objects)
      #expect(
        try crossing.connected("depot", "gc", "--json").succeeded().contains("\"leftovers\": []")
      )
    }
  }

  @Test func anImportThatIsNotFinishedKeepsWhatItReliesOn() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      let bulky = ["anchor", "bollard", "crate"].map { ForgedPackage($0, payload: 90_000) }
      try crossing.forge.build(ForgedSuite("stable", ["main": bulky]))
      try crossing.freeze("first", "stable")
      try crossing.export("first")
      try crossing.isolated("import", crossing.medium).succeeded()
      let new = ["hawser", "pier", "quay"].map { ForgedPackage($0, payload: 90_000) }
      try crossing.forge.build(ForgedSuite("stable", ["main": bulky + new]))
      try crossing.freeze("second", "stable")
      try crossing.export("second")
      // The last chunk, with new packages only, is on a medium that comes later.
      let chunks = try Disk.names(in: crossing.bundle(2) + "/chunks").filter {
        $0.hasSuffix(".tar")
      }
      let late = crossing.bundle(2) + "/chunks/" + (try #require(chunks.last))
      try Disk.rename(late, to: scratch.path("late"))
      let stopped = try crossing.isolated("import", crossing.medium)
      #expect(stopped.refused(.incomplete), "\(stopped.everything)")
      // Now nothing but the unfinished import needs what it has in common with the first one.
      try crossing.isolated("snapshot", "remove", "first").succeeded()
      let gc = try crossing.isolated("depot", "gc", "--json").succeeded()
      #expect(try number(gc, "objects") > 0)
      #expect((try json(gc)["unfinished"] as? [String])?.count == 1, "\(gc)")
      try Disk.rename(scratch.path("late"), to: late)
      // What has arrived is not looked at again.
      for name in try Disk.names(in: crossing.bundle(2) + "/chunks") where !late.hasSuffix(name) {
        Disk.remove(crossing.bundle(2) + "/chunks/" + name)
      }
      try crossing.isolated("import", crossing.medium).succeeded()
      try crossing.isolated("depot", "check").succeeded()
      try crossing.isolated("publish", "second", "--at", "debian").succeeded()
      let client = try crossing.client(prefix: "debian", suite: "stable", components: ["main"])
      #expect(try client.update().status == 0)
      #expect(try client.downloadAll().count == 6)
    }
  }

  @Test func aDamagedListIsRefusedByItsName() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      try crossing.freeze("first", "stable")
      let shown = try crossing.connected("snapshot", "show", "first", "--json").succeeded()
      let digest = try #require(try json(shown)["digest"] as? String)
      let list = scratch.path("connected/objects/\(digest.prefix(2))/\(digest)")
      let text = try Disk.text(list)
      Disk.remove(list)
      try Disk.write(text + text, to: list)
      let before = try TreeDigest(of: scratch.path("connected/objects"))
      let refusal = try crossing.connected("depot", "gc")
      #expect(refusal.refused(.integrity), "\(refusal.everything)")
      #expect(refusal.code == "E-INTEGRITY-LISTING", "\(refusal.errors)")
      #expect(refusal.errors.contains("nothing that anything needs was removed"))
      #expect(try TreeDigest(of: scratch.path("connected/objects")) == before)
    }
  }
}
