import Glibc
import SafeIO
import TestSupport
import Testing

/// A backup never harms the one before, and says what it lacks.
@Suite struct BackupSafetyTests {
  @Test func aDepotThatLostItsListsTakesNothingFromItsBackup() throws {
    try BackupLab.with { lab in
      try lab.backUp().succeeded()
      let stored = try lab.stored()
      try lab.shell("rm -rf isolated/objects/*")
      let dry = try lab.backUp("--dry-run")
      #expect(dry.code == "E-INTEGRITY-DEPOT-DAMAGED", "\(dry.everything)")
      let made = try lab.backUp()
      #expect(made.code == "E-INTEGRITY-DEPOT-DAMAGED", "\(made.everything)")
      #expect(made.errors.contains("the backup has them all"), "\(made.errors)")
      #expect(try lab.stored() == stored)
      #expect(try lab.states() == ["000001", "000002"])
      // The newest state is whole, since the backup had everything.
      try lab.restore("new").succeeded()
      #expect(try lab.depot("new")("depot", "check").status == 0)
      try lab.isolated("depot", "check", "--repair-from", lab.place).succeeded()
      try lab.backUp().succeeded()
      #expect(try lab.states() == ["000003"])
      #expect(try lab.stored() == stored)
    }
  }

  @Test func whatNeitherHasIsToldAndNothingGoes() throws {
    try BackupLab.with { lab in
      try lab.backUp().succeeded()
      let stored = try lab.stored()
      // A damaged list in both: nobody knows what it names.
      let list = "find objects -type f -exec grep -l InRelease {} +"
      try lab.shell("for d in isolated backup; do (cd $d; rm -f $(\(list))); done")
      let left = try lab.stored()
      #expect(left.count < stored.count)
      let made = try lab.backUp()
      #expect(made.code == "E-INTEGRITY-DEPOT-DAMAGED", "\(made.everything)")
      #expect(made.errors.contains("of them too"), "\(made.errors)")
      #expect(try lab.stored() == left)
      #expect(try lab.states() == ["000001", "000002"])
    }
  }

  @Test func aDepotWithoutItsSecretKeyIsNoBackup() throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.backUp().succeeded()
      try lab.shell(
        "mv isolated/gnupg/private-keys-v1.d gone; mkdir isolated/gnupg/private-keys-v1.d"
      )
      for more in [[], ["--dry-run"]] {
        let made = try lab.isolated(["depot", "backup", "--to", lab.place] + more)
        #expect(made.code == "E-INTEGRITY-DEPOT-DAMAGED", "\(made.everything)")
        #expect(made.errors.contains("secret key"), "\(made.errors)")
      }
      #expect(try lab.states() == ["000001"])
    }
  }

  @Test func hostileNamesInABackupAreRefused() throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.backUp().succeeded()
      // Not the name of a state: nobody's.
      try Disk.makeDirectory(lab.place + "/states/7")
      try lab.restore("one").succeeded()
      try Disk.makeDirectory(lab.place + "/states/18446744073709551615")
      let made = try lab.backUp()
      #expect(made.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(made.everything)")
      let restored = try lab.restore("two")
      #expect(restored.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(restored.everything)")
      try lab.shell("rmdir backup/states/18446744073709551615")
      for part in ["trees", "STATE", "catalogue.sqlite", "audit.log", "depot.conf", "signing-key"] {
        try lab.shell("mv backup/states/000001/\(part) kept")
        let lacking = try lab.restore("three")
        #expect(lacking.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(part): \(lacking.everything)")
        #expect(!Disk.exists(lab.scratch.path("three")), "\(part)")
        try lab.shell("mv kept backup/states/000001/\(part)")
      }
      try lab.shell("mv backup/objects kept")
      let without = try lab.restore("three")
      #expect(without.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(without.everything)")
      #expect(!Disk.exists(lab.scratch.path("three")))
    }
  }

  @Test(.enabled(if: geteuid() == 0))
  func aBackupThatDoesNotFitIsRefusedEarlyAndInWords() throws {
    try BackupLab.with { lab in
      let small = try lab.scratch.directory("small")
      for more in [["--dry-run"], []] {
        let script = "mount -t tmpfs -o size=96k none \(small) && exec \"$0\" \"$@\""
        let made = try lab.isolated(
          ["depot", "backup", "--to", small + "/b"] + more,
          under: ["unshare", "-m", "sh", "-c", script]
        )
        #expect(made.code == "E-RESOURCE-NO-SPACE", "\(made.everything)")
        #expect(!made.errors.contains("not an error"), "\(made.errors)")
      }
    }
  }

  @Test func anEmptyPathNamesNothing() throws {
    try BackupLab.with(isPublished: false) { lab in
      let place = try lab.scratch.directory("here")
      let commands = [
        ["depot", "backup", "--to", ""], ["depot", "restore", "", "--reason", "x"],
        ["export", "first", "--to", ""], ["import", ""], ["verify", ""], ["inspect", ""],
        ["receipt", "create", "--to", ""], ["key", "export", ""],
        ["snapshot", "create", "x", "--tree", "", "--suite", "stable", "--upstream", "vendor"],
        ["audit", "verify", "--file", ""], ["depot", "check", "--repair-from", ""],
      ]
      for command in commands {
        let refused = try lab.isolated(command, in: place)
        #expect(refused.status != 0 && refused.status != 1, "\(command): \(refused.everything)")
        #expect(try Disk.names(in: place) == [], "\(command)")
      }
      let depot = try AptFerry(home: lab.scratch.path("home"), depot: "")
      for command in [["init", "--site", "x"], ["depot", "restore", lab.place, "--reason", "x"]] {
        let refused = try depot(command, in: place)
        #expect(refused.status == 2 || refused.status == 18, "\(command): \(refused.everything)")
        #expect(try Disk.names(in: place) == [], "\(command)")
      }
    }
  }

  @Test func whatIsKeptForAuditorsIsCopiedOnceAndVerified() throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.isolated("snapshot", "remove", "first").succeeded()
      try lab.isolated("depot", "gc").succeeded()
      let kept = try Disk.names(in: lab.scratch.path("isolated/evidence/objects")).sorted()
      #expect(!kept.isEmpty)
      let first = try lab.backUp("--json").succeeded()
      #expect(!first.contains("\"copied\":0,"), "\(first)")
      #expect(!Disk.exists(lab.place + "/states/000001/evidence/objects"))
      let again = try lab.backUp("--json").succeeded()
      #expect(again.contains("\"copied\":0") || again.contains("\"copied\": 0"), "\(again)")
      try lab.restore("new").succeeded()
      let evidence = lab.scratch.path("new/evidence/objects")
      #expect(try Disk.names(in: evidence).sorted() == kept)
      try lab.shell("cd new/evidence/objects; for f in *; do echo \"$f  $f\"; done | sha256sum -c")

      // As the first format had it.
      try lab.shell(
        """
        cd backup/states/000002; mkdir evidence/objects; rm evidence-objects
        cp ../../objects/*/* evidence/objects; rm -rf ../../objects/*; sed -i 's/state 2/state 1/' STATE
        """
      )
      try lab.restore("old").succeeded()
      #expect(try Disk.names(in: lab.scratch.path("old/evidence/objects")).sorted() == kept)
      try lab.shell("cd backup/states/000002/evidence/objects; f=$(ls | head -1); echo x > $f")
      let damaged = try lab.restore("damaged")
      #expect(damaged.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(damaged.everything)")
    }
  }
}
