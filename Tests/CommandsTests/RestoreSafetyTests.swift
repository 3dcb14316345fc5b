import SafeIO
import TestSupport
import Testing

/// A restore gives no number twice, touches nothing of others, and leaves nothing when it is refused.
@Suite struct RestoreSafetyTests {
  @Test func theFirstSequenceAndReceiptAreNotGivenTwice() throws {
    try BackupLab.with(isPublished: false) { lab in
      let ferry = try lab.depot("fresh")
      try ferry("init", "--site", "fresh").succeeded()
      try ferry("depot", "backup", "--to", lab.place).succeeded()
      try ferry("receipt", "create", "--to", lab.scratch.path("one.receipt")).succeeded()
      let restored = try lab.restore("new").succeeded()
      #expect(restored.contains("fresh had 0, goes on with 1001"), "\(restored)")
      #expect(restored.contains("ask every site for a receipt"), "\(restored)")
      #expect(restored.contains("nor another restore of this backup"), "\(restored)")
      let island = try lab.depot("new")
      try island("receipt", "create", "--to", lab.scratch.path("two.receipt")).succeeded()
      #expect(try Disk.text(lab.scratch.path("one.receipt")).contains("Number: 1\n"))
      #expect(try Disk.text(lab.scratch.path("two.receipt")).contains("Number: 1001\n"))
      try island(
        ["trust", "add", lab.scratch.path("vendor.asc"), "--role", "upstream", "--name", "vendor"]
          + ["--fingerprint", lab.crossing.forge.key.fingerprint]
      ).succeeded()
      try island(
        ["snapshot", "create", "s", "--tree", lab.crossing.forge.root, "--suite", "stable"]
          + ["--upstream", "vendor"]
      ).succeeded()
      let medium = try lab.scratch.directory("medium-2")
      try island("export", "s", "--to", medium).succeeded()
      #expect(try Disk.names(in: medium) == ["fresh-001001"])
    }
  }

  @Test func aRestoreThatGoesOnTakesNoOtherPublicDirectory() throws {
    try BackupLab.with { lab in
      try lab.backUp().succeeded()
      let (ours, theirs) = (lab.scratch.path("www"), lab.scratch.path("theirs"))
      try lab.shell("mkdir theirs; echo x > theirs/file")
      try lab.restore("new", "--public", ours).succeeded()
      // As a killed run leaves it.
      try Disk.write("\(lab.place)\n\(ours)\n", to: lab.scratch.path("new/restoring"))
      for more in [["--public", theirs], ["--public", lab.scratch.path("isolated/public")]] {
        let refused = try lab.depot("new")(
          ["depot", "restore", lab.place, "--reason", "again"] + more
        )
        #expect(refused.code == "E-STATE-PUBLIC-DIRECTORY", "\(refused.everything)")
      }
      #expect(try Disk.names(in: theirs) == ["file"])
      try lab.restore("new", "--public", ours).succeeded()
      #expect(try lab.depot("new")("depot", "check").status == 0)
    }
  }

  @Test func aBackupWithoutTheSecretKeyIsNotRestored() throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.backUp().succeeded()
      try lab.shell("rm backup/states/000001/gnupg/private-keys-v1.d/*")
      let refused = try lab.restore("new")
      #expect(refused.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(refused.everything)")
      #expect(!Disk.exists(lab.scratch.path("new")))
      // An empty directory that was there stays, empty.
      try lab.shell("mkdir new")
      let again = try lab.restore("new")
      #expect(again.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(again.everything)")
      #expect(try Disk.names(in: lab.scratch.path("new")) == [])
    }
  }

  @Test func aKeyThatIsGoneIsToldAsThat() throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.shell("mv isolated/gnupg elsewhere")
      let receipt = try lab.depot("isolated")(["receipt", "create", "--to", "receipt"])
      #expect(receipt.code == "E-STATE-SIGNING-KEY", "\(receipt.everything)")
      #expect(receipt.errors.contains("the GnuPG home with the secret key is gone"))
      let backup = try lab.backUp()
      #expect(backup.code == "E-INTEGRITY-DEPOT-DAMAGED", "\(backup.everything)")
      try lab.shell("mv elsewhere isolated/gnupg")
      try lab.backUp().succeeded()
    }
  }

  @Test func aPublicDirectoryInsideTheDepotComesBack() throws {
    try BackupLab.with { lab in
      try lab.backUp().succeeded()
      try lab.restore("new", "--public", lab.scratch.path("new/www")).succeeded()
      #expect(try lab.depot("new")("depot", "check").status == 0)
      #expect(Disk.exists(lab.scratch.path("new/www/debian")))
    }
  }

  @Test func aRefusedRestoreLeavesNothing() throws {
    try BackupLab.with { lab in
      try lab.backUp().succeeded()
      let new = lab.scratch.path("new")
      let full = lab.scratch.path("isolated/public")
      let refusals = [
        ["--repair-from", lab.scratch.path("mistyped")], ["--public", full],
        ["--public", lab.place + "/www"], ["--public", ""],
        ["--public", lab.scratch.path("www"), "--repair-from", lab.scratch.path("mistyped")],
      ]
      for more in refusals {
        let refused = try lab.depot("new")(
          ["depot", "restore", lab.place, "--reason", "trial"] + more
        )
        #expect(refused.status != 0, "\(more)")
        #expect(!Disk.exists(new) && !Disk.exists(lab.scratch.path("www")), "\(more)")
      }
      let inside = try AptFerry(home: lab.scratch.path("home"), depot: lab.place + "/new")
      let refused = try inside("depot", "restore", lab.place, "--reason", "trial")
      #expect(refused.code == "E-USAGE-INSIDE-BACKUP", "\(refused.everything)")
      #expect(!Disk.exists(lab.place + "/new"))
    }
  }

  @Test func theUmaskDoesNotHideWhatIsPublished() throws {
    try BackupLab.with { lab in
      try lab.backUp().succeeded()
      let www = lab.scratch.path("www")
      let made = try lab.depot("new")(
        ["depot", "restore", lab.place, "--reason", "trial", "--public", www],
        under: ["sh", "-c", "umask 077; exec \"$0\" \"$@\""]
      )
      #expect(made.status == 0, "\(made.everything)")
      #expect(try run(["stat", "-c", "%a", www]).succeeded() == "755\n")
    }
  }
}
