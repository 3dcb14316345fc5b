import SafeIO
import TestSupport
import Testing

/// What somebody put into a backup does not come back with it, or is told.
@Suite struct RestoredFilesTests {
  private static let state = "backup/states/000001"

  /// A backup of the isolated side in the directory of the lab.
  private func withBackup(_ body: (BackupLab) throws -> Void) throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.isolated("token", "create", "reader", "--role", "read").succeeded()
      let made = try lab.backUp()
      #expect(made.status == 0 && !made.errors.contains("left out"), "\(made.everything)")
      try body(lab)
    }
  }

  @Test func nothingThatGpgWouldRunComesBack() throws {
    try withBackup { lab in
      let (evil, mark) = (lab.scratch.path("evil"), lab.scratch.path("pwned"))
      try Disk.write("#!/bin/sh\ntouch \(mark)\nexec /usr/bin/gpg-agent \"$@\"\n", to: evil)
      try lab.shell(
        """
        chmod +x evil; cd \(Self.state)/gnupg
        echo 'agent-program \(evil)' >> gpg.conf
        echo 'pinentry-program \(evil)' > gpg-agent.conf
        cp gpg.conf gpg.conf-2; cp gpg.conf common.conf
        """
      )
      let restored = try lab.restore("new")
      #expect(restored.status == 0, "\(restored.everything)")
      for name in ["gpg.conf", "gpg-agent.conf", "gpg.conf-2", "common.conf"] {
        #expect(restored.errors.contains("gnupg/" + name), "\(restored.errors)")
      }
      let home = lab.scratch.path("new/gnupg")
      let names = try Disk.names(in: home)
      #expect(Set(names).isDisjoint(with: ["gpg-agent.conf", "gpg.conf-2", "common.conf"]))
      #expect(
        try Disk.text(home + "/gpg.conf") == Disk.text(lab.scratch.path("isolated/gnupg/gpg.conf"))
      )
      try lab.depot("new")("receipt", "create", "--to", lab.scratch.path("r")).succeeded()
      #expect(!Disk.exists(mark))
    }
  }

  @Test func whatPeopleToldGpgIsNamedWhenItIsNotSaved() throws {
    try BackupLab.with(isPublished: false) { lab in
      try Disk.write("default-cache-ttl 5\n", to: lab.scratch.path("isolated/gnupg/gpg-agent.conf"))
      for more in [["--dry-run"], []] {
        let made = try lab.isolated(["depot", "backup", "--to", lab.place] + more)
        #expect(made.status == 0, "\(made.everything)")
        #expect(made.errors.contains("left out: gnupg/gpg-agent.conf"), "\(made.errors)")
      }
      #expect(!Disk.exists(lab.place + "/states/000001/gnupg/gpg-agent.conf"))
    }
  }

  @Test func allThatADepotHasComesBackAndNothingIsSaidOfIt() throws {
    try withBackup { lab in
      try lab.crossing.connected("depot", "backup", "--to", lab.scratch.path("other")).succeeded()
      let sides = [
        ("isolated", "backup", ["evidence/bundles", "gnupg/private-keys-v1.d"], ["tokens"]),
        ("connected", "other", ["exports", "gnupg/openpgp-revocs.d"], ["signing-key"]),
      ]
      for (side, place, trees, files) in sides {
        let (here, there) = (lab.scratch.path(side), lab.scratch.path("new-" + side))
        let restored = try lab.depot("new-" + side)(
          ["depot", "restore", lab.scratch.path(place), "--reason", "trial"]
        )
        #expect(restored.status == 0, "\(restored.everything)")
        #expect(!restored.errors.contains("not taken"), "\(restored.errors)")
        for tree in trees.map({ "/" + $0 }) {
          let found = try Disk.files(below: there + tree)
          #expect(try Disk.files(below: here + tree) == found, "\(tree)")
          #expect(!found.isEmpty, "\(tree)")
        }
        for file in files.map({ "/" + $0 }) {
          #expect(try Disk.read(there + file) == Disk.read(here + file), "\(file)")
        }
      }
    }
  }

  @Test func filesOfNoDepotAreNamedAndNotTaken() throws {
    try withBackup { lab in
      try lab.shell(
        """
        cd \(Self.state); chmod 666 signing-key tokens; echo x > gnupg/private-keys-v1.d/x.conf
        echo x > notes.txt; mkdir hooks; echo x > hooks/run
        """
      )
      let restored = try lab.restore("new")
      #expect(restored.status == 0, "\(restored.everything)")
      for name in ["notes.txt", "hooks", "gnupg/private-keys-v1.d/x.conf"] {
        #expect(restored.errors.contains(name), "\(restored.errors)")
        #expect(!Disk.exists(lab.scratch.path("new/" + name)), "\(name)")
      }
      // Whoever is on this machine must not add tokens.
      let files = ["new/tokens", "new/signing-key"].map { lab.scratch.path($0) }
      let modes = try run(["stat", "-c", "%a"] + files).succeeded()
      #expect(modes == "644\n644\n")
    }
  }

  @Test func whatIsNoFileIsRefused() throws {
    try withBackup { lab in
      let names = [
        "x", "tokens.d", "gnupg/gpg.conf", "gnupg/private-keys-v1.d/x.key", "evidence/x",
      ]
      for name in names {
        for command in ["mkfifo", "ln -s /etc/passwd"] {
          try lab.shell("cd \(Self.state); \(command) \(name)")
          let refused = try lab.restore("new")
          #expect(refused.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(name): \(refused.everything)")
          #expect(refused.errors.contains(Self.state + "/" + name), "\(refused.everything)")
          #expect(!Disk.exists(lab.scratch.path("new")), "\(name)")
          try lab.shell("rm \(Self.state)/\(name)")
        }
      }
      try lab.restore("new").succeeded()
    }
  }

  @Test func noDepotSignsInABackup() throws {
    try withBackup { lab in
      for home in [lab.place + "/evil", lab.place + "/states/../evil", "evil"] {
        try lab.shell("sed -i '2s|.*|\(home)|' \(Self.state)/signing-key")
        let refused = try lab.restore("new")
        #expect(refused.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(home): \(refused.everything)")
        #expect(!Disk.exists(lab.scratch.path("new")), "\(home)")
      }
      // Elsewhere a key may lie; what gpg does there a person has to look at.
      try lab.shell("sed -i '2s|.*|\(lab.scratch.path("far"))|' \(Self.state)/signing-key")
      let restored = try lab.restore("new").succeeded()
      #expect(restored.contains("far, and look at its gpg.conf"), "\(restored)")
    }
  }
}

/// Whom a restored depot trusts is told, since who had the backup may have added to it.
@Suite struct RestoredTrustTests {
  private static let pin = """
    import sqlite3, sys
    base = sqlite3.connect(sys.argv[1])
    base.execute('''INSERT INTO pinned_key SELECT fingerprint, role, 'stranger', user_ids, material,
      added, streams, may_vouch FROM pinned_key WHERE role = 'exporter' ''')
    base.commit()
    """

  @Test func everyPinnedKeyAndTokenIsNamed() throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.isolated("token", "create", "reader", "--role", "read").succeeded()
      try lab.backUp().succeeded()
      let state = lab.place + "/states/000001"
      try run(["python3", "-c", Self.pin, state + "/catalogue.sqlite"]).succeeded()
      let digest = String(repeating: "a", count: 64)
      try lab.shell("echo 'root release 2026-01-01T00:00:00Z - \(digest) *' >> \(state)/tokens")
      let restored = try lab.restore("new").succeeded()
      let vendor = lab.crossing.forge.key.fingerprint.uppercased()
      for line in [
        "trusts:       upstream vendor, key \(vendor)", "trusts:       exporter mainland, key ",
        "trusts:       exporter stranger, key ", "token:        reader, may read at *",
        "token:        root, may release at *", "look at the keys and tokens that are named here",
      ] { #expect(restored.contains(line), "\(line)\n\(restored)") }
      // The runner checks the document against its schema.
      let json = try lab.restore("other", "--json").succeeded()
      #expect(json.contains("\"stranger\"") && json.contains("\"pinnedKeys\""), "\(json)")
    }
  }

  @Test func aCatalogueThatWouldChangeItselfIsRefused() throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.backUp().succeeded()
      let script = """
        import sqlite3, sys
        base = sqlite3.connect(sys.argv[1])
        base.execute('CREATE TRIGGER later AFTER INSERT ON snapshot BEGIN '
          "UPDATE pinned_key SET name = 'stranger'; END")
        base.commit()
        """
      let catalogue = lab.place + "/states/000001/catalogue.sqlite"
      try run(["python3", "-c", script, catalogue]).succeeded()
      let refused = try lab.restore("new")
      #expect(refused.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(refused.everything)")
      #expect(refused.errors.contains("later"), "\(refused.everything)")
      #expect(!Disk.exists(lab.scratch.path("new")))
    }
  }

  @Test func aDamagedListOfTokensIsADamagedBackup() throws {
    try BackupLab.with(isPublished: false) { lab in
      try lab.backUp().succeeded()
      try Disk.write("junk\n", to: lab.place + "/states/000001/tokens")
      let refused = try lab.restore("new")
      #expect(refused.code == "E-INTEGRITY-BACKUP-DAMAGED", "\(refused.everything)")
      #expect(!Disk.exists(lab.scratch.path("new")))
    }
  }
}
