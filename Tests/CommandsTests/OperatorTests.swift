import Foundation
import SafeIO
import TestSupport
import Testing

/// What the operator of an isolated site does on a bad day: two bundles on a stick, a damaged disk, an
/// address that must stay, a command that takes something away.
@Suite struct OperatorTests {
  /// The path of an object that only one content has.
  private func object(of path: String, _ snapshot: String, _ crossing: Crossing) throws -> String {
    let files = try crossing.isolated("snapshot", "files", snapshot).succeeded()
    let line = try #require(files.split(separator: "\n").first { $0.contains(path) })
    let digest = String(line.prefix(64))
    return crossing.scratch.path("isolated/objects/\(digest.prefix(2))/\(digest)")
  }

  private func second(_ crossing: Crossing, _ name: String, _ version: String) throws {
    var suite = ForgedSuite.small()
    suite.components["main"]?[0].version = version
    try crossing.forge.build(suite)
    try crossing.freeze(name, "stable")
    try crossing.export(name)
  }

  @Test func `An older bundle on the stick is passed over for the newer one`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      for (index, version) in ["1.0-1", "2.0-1", "3.0-1"].enumerated() {
        try second(crossing, "s\(index + 1)", version)
      }
      let stick = try scratch.directory("stick")
      for number in [1, 3] {
        try Disk.copyTree(crossing.bundle(number), to: stick + "/mainland-00000\(number)")
      }
      // The second comes first, on another medium.
      try crossing.isolated("import", crossing.bundle(2)).succeeded()
      let alone = try crossing.isolated("import", stick + "/mainland-000001")
      #expect(alone.refused(.freshness, "rollback"), "\(alone.everything)")
      let both = try crossing.isolated("import", stick)
      #expect(both.status == 0, "\(both.everything)")
      #expect(both.text.contains("mainland-000001: passed over"), "\(both.text)")
      #expect(both.text.contains("mainland-000003: imported"), "\(both.text)")
      #expect(both.errors.contains("older than mainland-000002, which is here"), "\(both.errors)")
      let again = try crossing.isolated("import", stick)
      #expect(again.status == 0 && again.text.contains("mainland-000003: already imported"))
      try crossing.isolated("depot", "check").succeeded()
    }
  }

  @Test func `A depot is repaired from the media that it came on`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try second(crossing, "first", "1.0-1")
      try crossing.isolated("import", crossing.medium).succeeded()
      let damaged = try object(of: "pier_1.0-1", "first", crossing)
      let missing = try object(of: "pier-data_1.0-1", "first", crossing)
      try run(["chmod", "u+w", damaged]).succeeded()
      try Damage.flipBit(of: damaged, at: 10)
      Disk.remove(missing)
      #expect(try crossing.isolated("depot", "check").refused(.integrity))
      // Nothing is wanted from outside: the medium has it all.
      let asked = try crossing.isolated("receipt", "request", crossing.medium)
      #expect(
        asked.status == 0 && !asked.text.contains("nothing is missing"),
        "\(asked.everything)"
      )
      #expect(asked.errors.contains("depot check --repair-from"), "\(asked.errors)")
      let repaired = try crossing.isolated("depot", "check", "--repair-from", crossing.medium)
      #expect(repaired.status == 0, "\(repaired.everything)")
      try crossing.isolated("depot", "check").succeeded()
      #expect(
        try crossing.isolated("receipt", "request", crossing.medium).text.contains(
          "nothing is missing"
        )
      )
      #expect(!Disk.exists(scratch.path("isolated/incoming/repair-media")))
    }
  }

  @Test func `A depot whose media are gone asks for what is damaged, and is repaired by it`() throws
  {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try second(crossing, "first", "1.0-1")
      try crossing.isolated("import", crossing.medium).succeeded()
      let damaged = try object(of: "pier_1.0-1", "first", crossing)
      let list = scratch.path("list")
      try crossing.isolated("snapshot", "files", "first").succeeded()
      try run(["chmod", "u+w", damaged]).succeeded()
      // As a disk does it: neither size nor times change.
      try run([
        "python3", "-c",
        "import os,sys;p=sys.argv[1];s=os.stat(p);f=open(p,'r+b');f.seek(9);b=f.read(1)[0];"
          + "f.seek(9);f.write(bytes([b^1]));f.close();"
          + "os.utime(p,ns=(s.st_atime_ns,s.st_mtime_ns))",
        damaged,
      ]).succeeded()
      for chunk in try crossing.chunks() where chunk.hasSuffix(".tar") { Disk.remove(chunk) }
      try crossing.isolated("receipt", "request", crossing.medium, "--to", list).succeeded()
      try #require(Disk.exists(list))
      #expect(try Disk.text(list).contains("Chunks: "))
      let resent = try scratch.directory("resent")
      try crossing.connected("export", "--resend", list, "--to", resent).succeeded()
      let repaired = try crossing.isolated("depot", "check", "--repair-from", resent)
      #expect(repaired.status == 0, "\(repaired.everything)")
    }
  }

  @Test func `Bundles that nobody here trusts repair nothing`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try second(crossing, "first", "1.0-1")
      try crossing.isolated("import", crossing.medium).succeeded()
      let missing = try object(of: "pier-data_1.0-1", "first", crossing)
      Disk.remove(missing)
      let key = try Crossing.fingerprint(ofKeyIn: crossing.exporterKey, scratch)
      try crossing.isolated("trust", "remove", key).succeeded()
      let result = try crossing.isolated("depot", "check", "--repair-from", crossing.medium)
      #expect(result.refused(.integrity), "\(result.everything)")
      #expect(result.errors.contains("passed over"), "\(result.errors)")
    }
  }

  @Test func `A held address outlives publishes and collections, and ends when it is released`()
    throws
  {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      let site = crossing.connected
      let publish = ["--at", "debian", "--keep", "1", "--grace", "0s"]
      for (index, version) in ["1.0-1", "2.0-1", "3.0-1", "4.0-1"].enumerated() {
        try second(crossing, "s\(index + 1)", version)
      }
      try site(["publish", "s1"] + publish).succeeded()
      let held = try site("publication", "hold", "debian", "s1", "--reason", "plant 7")
      #expect(held.status == 0 && held.text.contains("debian/snapshots/s1: held since"))
      #expect(try site("publication", "hold", "debian", "s9").refused(.usage, "no-address"))
      #expect(try site("publication", "release", "debian", "s2").refused(.usage, "no-address"))
      try site(["publish", "s2"] + publish).succeeded()
      // Two publishes later it is there still; the other one, not held, is named when it ends.
      let third = try site(["publish", "s3"] + publish)
      #expect(third.status == 0 && !third.errors.contains("snapshots/s1"), "\(third.everything)")
      let fourth = try site(["publish", "s4", "--dry-run"] + publish)
      let ended =
        third.errors.contains("debian/snapshots/s2 ends")
        || fourth.errors.contains("debian/snapshots/s2 would end")
      #expect(ended, "\(third.errors)\n\(fourth.errors)")
      try site("depot", "gc", "--keep", "1").succeeded()
      let address = scratch.path("connected/public/debian/snapshots")
      #expect(Disk.exists(address + "/s1/dists/stable/Release"))
      let client = try AptClient(root: scratch.path("client"), architectures: ["amd64"])
      try client.addSource(
        tree: address + "/s1",
        suite: "stable",
        components: ["main"],
        armoredKey: crossing.forge.key.armored
      )
      let updated = try client.update()
      #expect(updated.status == 0, "\(updated.everything)")
      #expect(try client.downloadAll().contains("pier_1.0-1_amd64.deb"))
      try site("depot", "check").succeeded()
      let shown = try site("publication", "show", "debian").succeeded()
      #expect(shown.contains("held:    snapshots/s1 since") && shown.contains("(plant 7)"))
      #expect(try site("snapshot", "remove", "s1").refused(.state))
      let history = try site("publication", "history", "debian").succeeded()
      #expect(history.contains("hold"), "\(history)")
      let advice = try site("client-config", "debian", "--snapshot", "s1").errors
      #expect(!advice.contains("publication hold"), "\(advice)")
      try site("publication", "release", "debian", "s1").succeeded()
      try site("depot", "gc", "--keep", "1").succeeded()
      #expect(!Disk.exists(address + "/s1/dists/stable/Release"))
      try site("depot", "check").succeeded()
    }
  }

  @Test func `What takes something away wants a word, and a rollback does not`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      var site = crossing.connected
      try second(crossing, "s1", "1.0-1")
      try second(crossing, "s2", "2.0-1")
      for name in ["s1", "s2"] { try site("publish", name, "--at", "debian").succeeded() }
      site.isConfirming = false
      let commands = [
        ["publication", "remove", "debian"], ["snapshot", "remove", "s1"],
        ["snapshot", "remove", "--retired"], ["mirror", "remove", "m"],
        ["trust", "remove", crossing.forge.key.fingerprint],
      ]
      for command in commands {
        let result = try site(command)
        #expect(result.refused(.usage, "not-confirmed"), "\(command): \(result.everything)")
        #expect(result.errors.contains("--yes"), "\(result.errors)")
      }
      #expect(try site("publication", "remove", "debian", "--dry-run").status == 0)
      try site("publication", "rollback", "debian").succeeded()
      let history = try site("publication", "history", "debian").succeeded()
      #expect(history.contains("rollback"), "\(history)")
      try site("publication", "remove", "debian", "--yes").succeeded()
    }
  }

  @Test func `Without HOME the depot is in the home of the user database`() throws {
    try withScratchDirectory { scratch in
      let ferry = try AptFerry(home: scratch.path("home"), isProcess: true)
      let place = try scratch.directory("place")
      try run(["chmod", "-R", "a+rX", scratch.path]).succeeded()
      let program = scratch.path("aptferry")
      try run(["cp", ferry.program, program]).succeeded()
      // A user without a home of its own; nothing may be made where the command runs.
      let result = try run(
        [
          "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "-i",
          "PATH=/usr/bin:/bin", program, "init", "--site", "x",
        ],
        in: place
      )
      #expect(result.status != 0, "\(result.everything)")
      #expect(try Disk.names(in: place).isEmpty)
      #expect(!result.errors.contains(place), "\(result.errors)")
    }
  }

  @Test func `A group may read, and who may not is told whom to ask`() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try second(crossing, "s1", "1.0-1")
      try crossing.connected(
        ["publish", "s1", "--at", "site", "--mode", "resigned", "--valid-for", "30d"]
          + ["--url", "http://apt.example/site"]
      ).succeeded()
      let ferry = try AptFerry(home: scratch.path("home"), isProcess: true)
      let program = scratch.path("aptferry")
      try run(["cp", ferry.program, program]).succeeded()
      let depot = scratch.path("connected")
      try run(["chmod", "a+rx", scratch.path]).succeeded()
      func asReader(_ arguments: String...) throws -> RunResult {
        try run(
          ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
            + ["env", "-i", "PATH=/usr/bin:/bin", program] + arguments + ["--depot", depot],
          in: "/"
        )
      }
      for command in [["snapshot", "list"], ["trust", "list"], ["audit", "show"]] {
        let refused = try asReader(command[0], command[1])
        #expect(refused.refused(.configuration, "permission"), "\(refused.everything)")
        #expect(refused.errors.contains("next: "), "\(refused.errors)")
      }
      // As docs/guides/repository-operator.md says.
      try run(["chgrp", "-R", "65534", depot]).succeeded()
      try run(["chmod", "-R", "g+rX", depot]).succeeded()
      try run(["chmod", "-R", "go-rwx", depot + "/gnupg"]).succeeded()
      for command in [
        ["snapshot", "list"], ["trust", "list"], ["audit", "show"], ["ledger", "show"],
        ["publication", "list"], ["depot", "status"], ["mirror", "list"], ["audit", "verify"],
      ] {
        let read = try asReader(command[0], command[1])
        #expect(read.status == 0, "\(command): \(read.everything)")
      }
      // The keys that clients need lie in the tree; the depot's own home stays closed.
      let checked = try asReader("publication", "check", "site")
      #expect(checked.status == 0, "\(checked.everything)")
      #expect(
        try asReader("client-config", "site").output
          == crossing.connected("client-config", "site").output
      )
      #expect(try asReader("key", "show").refused(.configuration, "permission"))
      let written = try asReader("snapshot", "remove", "s1", "--yes")
      #expect(written.refused(.configuration, "permission"), "\(written.everything)")
    }
  }
}
