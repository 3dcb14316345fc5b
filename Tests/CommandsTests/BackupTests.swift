import Foundation
import SafeIO
import TestSupport
import Testing

/// `depot backup` and `depot restore`, with a real apt at their end.
@Suite struct BackupTests {
  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func number(_ text: String, _ key: String) throws -> Int {
    try #require(try json(text)[key] as? Int)
  }

  /// Both sides with a snapshot that crossed and is published inside under this site's key.
  private func published(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    try crossing.forge.build(.small())
    try crossing.freeze("first", "stable")
    try crossing.export("first")
    try crossing.isolated("import", crossing.medium).succeeded()
    try crossing.isolated("publish", "first", "--at", "debian").succeeded()
    return crossing
  }

  /// Servers answer “not modified” by these.
  private func releaseTimes(_ tree: String) throws -> [String] {
    try run(["find", tree, "-type", "f", "-name", "*Release*", "-printf", "%P %T@\n"]).succeeded()
      .split(separator: "\n").map { String($0) }.sorted()
  }

  private func restored(_ scratch: ScratchDirectory, _ name: String) throws -> AptFerry {
    try AptFerry(home: scratch.path("home"), depot: scratch.path(name))
  }

  /// Publishes another version, so that there are two generations.
  private func publishSecond(_ crossing: Crossing) throws {
    var suite = ForgedSuite.small()
    suite.components["main"]?[0].version = "2.0-1"
    try crossing.forge.build(suite)
    try crossing.freeze("second", "stable")
    try crossing.export("second")
    try crossing.isolated("import", crossing.medium).succeeded()
    try crossing.isolated("publish", "second", "--at", "debian").succeeded()
  }

  @Test func aRestoredDepotPublishesWhatItPublishedAndGoesOn() throws {
    try withScratchDirectory { scratch in
      let crossing = try published(scratch)
      try crossing.isolated("publish", "first", "--at", "plain", "--no-links").succeeded()
      try crossing.isolated(
        ["publish", "first", "--at", "ours/debian", "--mode", "both", "--files", "copies"]
      ).succeeded()
      try publishSecond(crossing)
      let place = scratch.path("backup")
      let made = try crossing.isolated("depot", "backup", "--to", place, "--json").succeeded()
      #expect(try number(made, "copied") == number(made, "objects"))
      let tree = try TreeDigest(of: scratch.path("isolated/public"), [.modes])
      let times = try releaseTimes(scratch.path("isolated/public"))

      Disk.remove(scratch.path("isolated"))
      let island = try restored(scratch, "new")
      let done = try island("depot", "restore", place, "--reason", "disk died")
      #expect(done.status == 0, "\(done.everything)")
      #expect(done.text.contains("publications: debian, ours/debian, plain"), "\(done.text)")
      #expect(done.text.contains("aptferry audit verify --with"), "\(done.text)")
      let difference = tree.difference(
        to: try TreeDigest(of: scratch.path("new/public"), [.modes])
      )
      #expect(difference == [], "\(difference)")
      #expect(try releaseTimes(scratch.path("new/public")) == times)
      #expect(try island("depot", "check").status == 0)
      #expect(try island("audit", "verify").status == 0)
      let shown = try island("audit", "show").succeeded()
      #expect(shown.contains("depot restore") && shown.contains("disk died"), "\(shown)")

      // Names of the objects, not their bytes again.
      let files = try run(["find", scratch.path("new"), "-links", "1", "-name", "*.deb"])
        .succeeded().split(separator: "\n")
      #expect(files.allSatisfy { $0.contains("/plain/") || $0.contains("ours") }, "\(files)")

      let moved = try AptClient(root: scratch.path("client"), architectures: ["amd64"])
      try moved.addSource(
        tree: scratch.path("new/public/debian"),
        suite: "stable",
        components: ["main"],
        armoredKey: crossing.forge.key.armored
      )
      #expect(try moved.update().status == 0)
      #expect(try moved.downloadAll().contains("pier_2.0-1_amd64.deb"))
      // And goes on: a rollback needs the generation before.
      try island("publication", "rollback", "debian", "--reason", "try").succeeded()
      try island("depot", "gc").succeeded()
      #expect(try island("depot", "check").status == 0)
    }
  }

  @Test func anotherBackupCopiesOnlyWhatIsNewAndForgetsWhatWent() throws {
    try withScratchDirectory { scratch in
      let crossing = try published(scratch)
      let place = scratch.path("backup")
      let first = try crossing.isolated("depot", "backup", "--to", place, "--json").succeeded()
      let dry = try crossing.isolated(
        ["depot", "backup", "--to", place, "--dry-run", "--json"]
      ).succeeded()
      #expect(try number(dry, "copied") == 0, "\(dry)")
      try publishSecond(crossing)
      let second = try crossing.isolated("depot", "backup", "--to", place, "--json").succeeded()
      #expect(try number(second, "copied") > 0)
      #expect(try number(second, "copied") < number(second, "objects"))
      #expect(try number(first, "objects") < number(second, "objects"))
      #expect(try Disk.names(in: place + "/states") == ["000002"])
      // What a killed run left is replaced, and the state before counts until then.
      try Disk.makeDirectory(place + "/states/.part")
      try Disk.write(Array("half".utf8), to: place + "/states/.part/depot.conf")
      let island = try restored(scratch, "new")
      try island("depot", "restore", place, "--reason", "trial").succeeded()
      #expect(try island("depot", "check").status == 0)
      try crossing.isolated("depot", "backup", "--to", place).succeeded()
      #expect(try Disk.names(in: place + "/states") == ["000003"])
      // Killed before its end, a restore leaves no depot for others, and goes on.
      try Disk.write("\(place)\n", to: scratch.path("new/restoring"))
      let early = try island("publication", "list")
      #expect(early.refused(.state, "restore-unfinished"), "\(early.everything)")
      let dropped = try #require(
        try Disk.names(in: scratch.path("new/public/.publications/debian/generations")).first
      )
      Disk.remove(scratch.path("new/public/.publications/debian/generations/\(dropped)"))
      try island("depot", "restore", place, "--reason", "again").succeeded()
      #expect(try island("depot", "check").status == 0)
      #expect(try island("audit", "verify").status == 0)
    }
  }

  @Test func placesThatCannotBeABackupAreRefused() throws {
    try withScratchDirectory { scratch in
      let crossing = try published(scratch)
      let inside = try crossing.isolated(
        ["depot", "backup", "--to", scratch.path("isolated/backup")]
      )
      #expect(inside.refused(.unsafe, "inside-depot"), "\(inside.everything)")
      #expect(!Disk.exists(scratch.path("isolated/backup")))
      let foreign = try crossing.isolated("depot", "backup", "--to", crossing.medium)
      #expect(foreign.refused(.state, "not-empty"), "\(foreign.everything)")
      let place = scratch.path("backup")
      try crossing.isolated("depot", "backup", "--to", place).succeeded()
      let other = try crossing.connected("depot", "backup", "--to", place)
      #expect(other.refused(.state, "other-backup"), "\(other.everything)")
      let mixed = try crossing.isolated(["depot", "backup", "--to", place, "--without-objects"])
      #expect(mixed.refused(.state, "other-backup"), "\(mixed.everything)")
      let full = try crossing.isolated("depot", "restore", place, "--reason", "wrong")
      #expect(full.refused(.state, "depot-exists"), "\(full.everything)")
    }
  }

  @Test func aDamagedBackupIsNotRestoredUnlessATreeHasWhatItLacks() throws {
    try withScratchDirectory { scratch in
      let crossing = try published(scratch)
      let place = scratch.path("backup")
      try crossing.isolated("depot", "backup", "--to", place).succeeded()
      let deb = try #require(
        try run(["find", place + "/objects", "-type", "f", "-size", "+2"]).succeeded()
          .split(separator: "\n").first
      )
      try run(["sh", "-c", "chmod u+w \(deb); printf x | dd of=\(deb) conv=notrunc bs=1 seek=9"])
        .succeeded()
      let island = try restored(scratch, "new")
      let refused = try island("depot", "restore", place, "--reason", "trial")
      #expect(refused.refused(.integrity, "backup-damaged"), "\(refused.everything)")
      let unfinished = try island("depot", "status")
      #expect(unfinished.status != 0, "\(unfinished.everything)")
      try island(
        ["depot", "restore", place, "--reason", "trial", "--repair-from", scratch.path("isolated")]
      ).succeeded()
      #expect(try island("depot", "check").status == 0)
    }
  }

  @Test func theLeastComesBackWithATreeThatHasTheRest() throws {
    try withScratchDirectory { scratch in
      let crossing = try published(scratch)
      try crossing.isolated(["publish", "first", "--at", "ours", "--mode", "resigned"]).succeeded()
      let place = scratch.path("backup")
      let made = try crossing.isolated(
        ["depot", "backup", "--to", place, "--without-objects", "--json"]
      ).succeeded()
      let all = try crossing.isolated(
        ["depot", "backup", "--to", scratch.path("all"), "--dry-run", "--json"]
      ).succeeded()
      #expect(try number(made, "copied") < number(all, "copied"))
      let bare = try restored(scratch, "bare")
      let lacking = try bare("depot", "restore", place, "--reason", "trial")
      #expect(lacking.status == 0 && lacking.text.contains("not rebuilt:"), "\(lacking.everything)")
      // As the restore says: nothing is forgotten, and comes back with the objects.
      let check = try bare("depot", "check", "--repair-from", crossing.forge.root)
      #expect(check.status == 0, "\(check.everything)")
      #expect(try bare("publication", "show", "ours").succeeded().contains("resigned"))
      #expect(try bare("publication", "check", "ours").status == 0)
      let whole = try restored(scratch, "whole")
      let done = try whole(
        ["depot", "restore", place, "--reason", "trial", "--repair-from", crossing.forge.root]
      ).succeeded()
      #expect(done.contains("publications: debian, ours"), "\(done)")
      #expect(try whole("depot", "check").status == 0)
    }
  }

  @Test func aLostPublicDirectoryIsBuiltAnew() throws {
    try withScratchDirectory { scratch in
      let crossing = try published(scratch)
      for (prefix, mode) in [("ours", "resigned"), ("two", "both")] {
        try crossing.isolated(["publish", "first", "--at", prefix, "--mode", mode]).succeeded()
      }
      try crossing.isolated("publication", "edit", "ours", "--valid-for", "30d").succeeded()
      let list = ["publication", "list", "--json"]
      let before = try crossing.isolated(list).succeeded()
      let open = scratch.path("isolated/public")
      let files = try run(["sh", "-c", "find -L \(open) -type f ! -path '*/.*' | sort"]).succeeded()
      Disk.remove(open)
      try Disk.makeDirectory(open)
      let refused = try crossing.isolated("publish", "first", "--at", "debian")
      #expect(refused.refused(.state, "public-directory"), "\(refused.everything)")
      // As the message says.
      try Disk.makeDirectory(open + "/.publications")
      try crossing.isolated("depot", "gc").succeeded()
      #expect(try crossing.isolated(list).succeeded() == before)
      let now = try run(["sh", "-c", "find -L \(open) -type f ! -path '*/.*' | sort"]).succeeded()
      let lines = [now, files].map { Set($0.split(separator: "\n")) }
      #expect(lines[0].symmetricDifference(lines[1]) == [])
      #expect(try crossing.isolated("depot", "check").status == 0)
      // One tree alone, and what a publish says meanwhile.
      Disk.remove(open + "/.publications/ours/generations/000002/dists")
      #expect(try crossing.isolated("publication", "check", "ours").status != 0)
      let repaired = try crossing.isolated("depot", "check", "--repair-from", crossing.forge.root)
      #expect(repaired.status == 0, "\(repaired.everything)")
      #expect(try crossing.isolated("publication", "check", "ours").status == 0)
      Disk.remove(open + "/.publications/ours/generations/000002")
      let again = try crossing.isolated("publish", "first", "--at", "ours").succeeded()
      #expect(again.contains("unchanged"), "\(again)")
      #expect(try crossing.isolated("publication", "check", "ours").status == 0)
    }
  }

  @Test func noSequenceIsGivenTwiceAfterARestore() throws {
    try withScratchDirectory { scratch in
      let crossing = try published(scratch)
      let place = scratch.path("backup")
      try crossing.connected("depot", "backup", "--to", place).succeeded()
      // The backup does not know this one, which the island takes in.
      try publishSecond(crossing)
      let mainland = try restored(scratch, "mainland-new")
      try mainland("depot", "restore", place, "--reason", "disk died").succeeded()
      var suite = ForgedSuite.small()
      suite.components["main"]?[0].version = "3.0-1"
      try crossing.forge.build(suite)
      try mainland(
        ["snapshot", "create", "third", "--tree", crossing.forge.root, "--suite", "stable"]
          + ["--upstream", "vendor"]
      ).succeeded()
      let medium = try scratch.directory("medium-2")
      try mainland("export", "third", "--to", medium, "--full").succeeded()
      #expect(try Disk.names(in: medium) == ["mainland-001002"])
      let taken = try crossing.isolated("import", medium)
      #expect(taken.status == 0, "\(taken.everything)")
      #expect(try crossing.isolated("snapshot", "list").succeeded().contains("third"))
    }
  }

  @Test func gcWaitsForABackupAndTheOtherWayRound() throws {
    try withScratchDirectory { scratch in
      let crossing = try published(scratch)
      let root = try Directory(opening: scratch.path("isolated"))
      let lock = try FileLock("backup.lock", in: root, holder: "a backup")
      let held = try crossing.isolated("depot", "gc")
      #expect(held.status == 17 && held.errors.contains("a backup"), "\(held.everything)")
      _ = consume lock
      try crossing.isolated("depot", "gc").succeeded()
    }
  }
}

extension RunResult {
  fileprivate func refused(_ kind: FailureClass, _ name: String) -> Bool {
    refused(kind) && errors.contains("-" + name.uppercased())
  }
}
