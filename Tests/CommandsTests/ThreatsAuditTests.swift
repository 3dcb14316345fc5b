import Foundation
import Glibc
import SafeIO
import TestSupport
import Testing

/// Threats T108, T114, T141, T142, T144 and T145 with the built program.
@Suite struct ThreatsAuditTests {
  /// The audit log of a site.
  private func log(_ site: ThreatsSite) -> String { site.depot + "/audit.log" }

  private func lines(_ path: String) throws -> [String] {
    try Disk.text(path).split(separator: "\n").map(String.init)
  }

  private func records(_ path: String) throws -> [[String: Any]] {
    try lines(path).map { line in
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(value as? [String: Any], "\(line)")
    }
  }

  /// Everything of the depot and the medium but the audit log itself.
  private func everything(_ site: ThreatsSite) throws -> [TreeDigest] {
    [
      try TreeDigest(
        of: site.depot,
        [.modes],
        // gpg's own files; and the lock, which says who had it.
        skipping: ["audit.log", "audit.lock", "gnupg", "lock", "import.lock"]
      ),
      try TreeDigest(of: site.scratch.path, [.modes], skipping: ["isolated", "home", "connected"]),
    ]
  }

  @Test func everyCommandThatChangesSomethingHasTwoRecords() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      try crossing.freeze("first", "stable")
      try crossing.export("first")
      let inside = crossing.isolated
      try inside("import", crossing.medium).succeeded()
      try inside("import", crossing.medium).succeeded()
      try inside("publish", "first", "--at", "debian").succeeded()
      try inside("publication", "edit", "debian", "--reason", "why =not").succeeded()
      try inside("publication", "remove", "debian", "--reason", "moved").succeeded()
      try inside("snapshot", "remove", "first").succeeded()
      try inside("depot", "check", "--repair-from", scratch.path("vendor")).succeeded()
      #expect(try inside("snapshot", "remove", "first").refused(.usage))
      let expected = [
        "init", "trust add", "trust add", "import", "import", "publish", "publication edit",
        "publication remove", "snapshot remove", "depot check", "snapshot remove",
      ]
      let path = scratch.path("isolated/audit.log")
      let found = try records(path)
      #expect(
        found.compactMap { $0["command"] as? String } == expected.flatMap { [$0, $0] },
        "\(found)"
      )
      for (index, record) in found.enumerated() {
        let kind = record["kind"] as? String
        #expect(kind == (index % 2 == 0 ? "begun" : index == 21 ? "refused" : "done"))
        #expect(record["of"] as? Int == (index % 2 == 0 ? nil : index))
      }
      let manifest = SHA256Digest.of(try Disk.read(crossing.bundle() + "/MANIFEST")).hex
      let accepted = try #require((found[7]["facts"] as? [[String: Any]])?.first)
      #expect(accepted["fact"] as? String == "accepted", "\(accepted)")
      #expect(accepted["manifest"] as? String == manifest, "\(accepted)")
      #expect((accepted["signers"] as? [String])?.count == 1)
      #expect(found[13]["reason"] as? String == "why =not")
      let outside = try records(scratch.path("connected/audit.log"))
      #expect(outside.compactMap { $0["command"] as? String }.suffix(2) == ["export", "export"])
      let exported = try #require((outside.last?["facts"] as? [[String: Any]])?.first)
      #expect(exported["manifest"] as? String == manifest, "\(exported)")
      // The tools of any system check the chain.
      let lines = try lines(path)
      for (line, next) in zip(found.indices, found.indices.dropFirst()) {
        let digest = SHA256Digest.of(Array((lines[line] + "\n").utf8)).hex
        #expect(found[next]["prev"] as? String == digest)
      }
      try inside("audit", "verify").succeeded()
    }
  }

  @Test func commandsThatOnlyReadWriteNothing() throws {
    try ThreatsSite.with(exported: true) { site in
      try site.expectImport()
      try site.site("publish", "first", "--at", "debian").succeeded()
      let before = try Disk.read(log(site))
      for command in [
        ["key", "show"], ["trust", "list"], ["mirror", "list"], ["snapshot", "list"],
        ["snapshot", "show", "first"], ["snapshot", "files", "first"], ["publication", "list"],
        ["publication", "show", "debian"], ["publication", "history", "debian"],
        ["depot", "check"], ["depot", "status"], ["import", site.medium, "--dry-run"],
        ["publish", "first", "--at", "other", "--dry-run"],
        ["publication", "remove", "debian", "--dry-run"], ["depot", "gc", "--dry-run"],
        ["receipt", "create"], ["ledger", "show"], ["audit", "show"], ["audit", "verify"],
        ["audit", "export"], ["export", "first", "--to", site.medium, "--dry-run"],
      ] {
        try site.site(command).succeeded()
        #expect(try Disk.read(log(site)) == before, "\(command)")
      }
      _ = try site.kiosk("verify", site.medium, "--keyring", site.lab.exporterKey)
      #expect(try Disk.read(log(site)) == before)
    }
  }

  @Test func t108ALogThatCannotBeOpenedIsNoChangeByAnyCommand() throws {
    try ThreatsSite.with(exported: true) { site in
      try site.expectImport()
      try site.site("publish", "first", "--at", "debian").succeeded()
      let vendor = site.lab.path + "/vendor.asc"
      let fingerprint = try ThreatsLab.fingerprint(site.lab.exporterHome)
      let commands = [
        ["trust", "add", vendor, "--role", "upstream", "--name", "x", "--all"],
        ["trust", "remove", fingerprint], ["import", site.medium],
        ["mirror", "create", "m", "file:/nonexistent", "stable", "--keyring", vendor],
        ["mirror", "remove", "m"], ["mirror", "update", "m"],
        ["snapshot", "create", "s", "--tree", site.lab.path + "/vendor", "--suite", "stable"],
        ["snapshot", "remove", "first"], ["export", "first", "--to", site.medium],
        ["publish", "first", "--at", "other"], ["publication", "remove", "debian"],
        ["publication", "edit", "debian", "--mode", "resigned"],
        ["publication", "rollback", "debian", "--reason", "x"],
        ["depot", "check", "--repair-from", site.medium], ["init", "--site", "island"],
        ["depot", "gc"], ["depot", "gc", "--keep", "1"],
        ["receipt", "create", "--to", site.scratch.path("receipt")],
        ["receipt", "add", site.medium], ["snapshot", "remove", "--retired"],
        ["export", "--resend", site.medium, "--to", site.medium],
        ["ledger", "retract", "mainland-000001", "--reason", "x"],
      ]
      // Something else of that name; a lock that cannot be had; a log that is damaged.
      for obstacle in ["audit.log", "audit.lock", "damage"] {
        let path = site.depot + "/" + (obstacle == "damage" ? "audit.log" : obstacle)
        try Disk.rename(path, to: site.scratch.path("kept"))
        if obstacle == "damage" {
          try Disk.write([UInt8](repeating: 0x41, count: 300_000), to: path)
        } else {
          try Disk.makeDirectory(path)
        }
        let before = try everything(site)
        for command in commands {
          let result = try site.site(command)
          let shown = Comment(rawValue: "\(obstacle) \(command): " + result.everything)
          #expect([11, 14, 16].contains(result.status), shown)
          #expect(result.code?.hasSuffix("-AUDIT-LOG") == true, shown)
          #expect(result.text.isEmpty, shown)
          #expect(result.errors.contains(path), shown)
          #expect(try everything(site) == before, shown)
        }
        // What only reads does not need it.
        try site.site("depot", "check").succeeded()
        try site.site("snapshot", "list").succeeded()
        Disk.remove(path)
        try Disk.rename(site.scratch.path("kept"), to: path)
      }
      try site.site("audit", "verify").succeeded()
    }
  }

  @Test(
    .enabled(if: KillMatrixTests.canTrace, "strace cannot trace here"),
    arguments: ["ENOSPC", "EROFS", "EACCES", "EIO", "EDQUOT"]
  )
  func t108ALogThatCannotBeWrittenIsNoImport(error: String) throws {
    try ThreatsSite.with(exported: true) { site in
      for call in ["write", "fsync", "fallocate"] where call != "fallocate" || error == "ENOSPC" {
        let before = try everything(site)
        let result = try site.site(
          ["import", site.medium],
          under: [
            "strace", "-f", "-o", "/dev/null", "-P", log(site), "-e", "trace=\(call)",
            "-e", "inject=\(call):error=\(error)",
          ]
        )
        let shown = Comment(rawValue: "\(call): " + result.everything)
        let isSpace = error == "ENOSPC" || error == "EDQUOT"
        let isClosed = error == "EACCES"
        #expect(result.refused(isSpace ? .resource : isClosed ? .configuration : .io), shown)
        // Who may not write is told whom to ask.
        #expect(result.code?.hasSuffix(isClosed ? "-PERMISSION" : "-AUDIT-LOG") == true, shown)
        #expect(result.errors.contains("nothing is done"), shown)
        #expect(try everything(site) == before, shown)
        try site.site("audit", "verify").succeeded()
      }
      try site.expectImport()
      try site.site("audit", "verify").succeeded()
    }
  }

  @Test(.enabled(if: KillMatrixTests.canTrace, "strace cannot trace here"))
  func t108AnOutcomeThatCannotBeWrittenIsNoSuccess() throws {
    try ThreatsSite.with(exported: true) { site in
      let result = try site.site(
        ["import", site.medium],
        under: [
          "strace", "-f", "-o", "/dev/null", "-P", log(site), "-e", "trace=write",
          "-e", "inject=write:error=EIO:when=2",
        ]
      )
      #expect(result.refused(.io), "\(result.everything)")
      #expect(result.errors.contains("E-IO-AUDIT-OUTCOME"), "\(result.everything)")
      #expect(result.errors.contains("stands"), "\(result.everything)")
      #expect(result.text.isEmpty, "\(result.everything)")
      try site.site("snapshot", "show", "first").succeeded()
      #expect(try site.site("audit", "verify").succeeded().contains("interrupted: the command of"))
      try site.expectImport()
      let kinds = try records(log(site)).compactMap { $0["kind"] as? String }.suffix(4)
      #expect(Array(kinds) == ["begun", "interrupted", "begun", "done"])
    }
  }

  @Test(.enabled(if: KillMatrixTests.canTrace, "strace cannot trace here"))
  func t114AKillAtAnyCallOnTheLogLeavesOneThatVerifies() throws {
    try ThreatsSite.with(exported: true) { site in
      var points = 0
      for call in ["openat2", "write", "fsync", "fallocate", "fcntl"] {
        for when in 1...20 {
          let result = try site.site(
            ["trust", "remove", String(repeating: "0", count: 40)],
            under: [
              "strace", "-f", "-o", "/dev/null", "-P", log(site), "-P", site.depot + "/audit.lock",
              "-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=\(when)",
            ]
          )
          guard result.status == 137 else { break }
          points += 1
          try site.site("audit", "verify").succeeded()
          #expect(result.text.isEmpty)
        }
      }
      #expect(points >= 8, "\(points)")
      #expect(try site.site("trust", "remove", String(repeating: "0", count: 40)).refused(.usage))
      let verified = try site.site("audit", "verify", "--json").succeeded()
      let value = try JSONSerialization.jsonObject(with: Data(verified.utf8)) as? [String: Any]
      #expect((value?["unfinished"] as? [Any])?.isEmpty == true, "\(verified)")
      #expect((value?["interrupted"] as? Int ?? 0) > 0, "\(verified)")
    }
  }

  @Test func t114ACommandThatWasKilledIsNotedByTheNextAndARunningOneIsNot() throws {
    try ThreatsSite.with(exported: true) { site in
      // Stopped once its beginning is recorded, and killed later.
      let script = """
        import os, signal, subprocess, sys, time
        program, medium, depot = sys.argv[1:]
        def run(*words): return subprocess.run([program, *words, "--depot", depot],
                                               capture_output=True, text=True).stdout
        size = os.path.getsize(depot + "/audit.log")
        # Whoever watches must be faster than what is watched, also where much else runs.
        os.setpriority(os.PRIO_PROCESS, 0, -20 if os.getuid() == 0 else 0)
        child = subprocess.Popen([program, "import", medium, "--depot", depot],
                                 stdout=subprocess.DEVNULL, preexec_fn=lambda: os.nice(39))
        while os.path.getsize(depot + "/audit.log") == size: time.sleep(0.001)
        time.sleep(0.01)
        child.send_signal(signal.SIGSTOP)
        print(run("audit", "verify"))
        run("trust", "remove", "--yes", "A" * 40)
        print(run("audit", "verify"))
        child.kill()
        assert child.wait() == -9, child.returncode
        print(run("audit", "verify"))
        run("trust", "remove", "--yes", "A" * 40)
        print(run("audit", "verify"))
        """
      let result = try run(
        ["python3", "-c", script, site.site.program, site.medium, site.depot]
      )
      let steps = result.text.components(separatedBy: "\n\n")
      try #require(steps.count >= 4, "\(result.everything)")
      let running = "running:     the command of record"
      #expect(steps[0].contains(running) && steps[1].contains(running), "\(result.everything)")
      #expect(steps[2].contains("not noted yet"), "\(result.everything)")
      #expect(steps[3].contains("interrupted: 1 command"), "\(result.everything)")
      #expect(!steps[3].contains("not noted yet"), "\(result.everything)")
      #expect(steps.prefix(4).allSatisfy { $0.contains("is whole") }, "\(result.everything)")
    }
  }

  @Test func t144ChangesOfTheLogAreFoundAndNamed() throws {
    try ThreatsSite.with(exported: true) { site in
      try site.expectImport()
      let good = try lines(log(site))
      try #require(good.count > 6)
      func expect(_ what: String, _ changed: [String], naming record: Int) throws {
        try Disk.write(changed.map { $0 + "\n" }.joined(), to: log(site))
        let result = try site.site("audit", "verify")
        let shown = Comment(rawValue: "\(what): " + result.everything)
        #expect(result.refused(.integrity), shown)
        #expect(result.errors.contains("code: E-INTEGRITY-AUDIT-LOG "), shown)
        #expect(result.errors.contains("ecord \(record)"), shown)
        #expect(result.text.contains("NOT whole"), shown)
      }
      for index in good.indices {
        var changed = good
        changed[index] = good[index].replacingOccurrences(of: "\"who\":{", with: "\"who\":{ ")
        try expect("edit", changed, naming: index + 1)
        changed = good
        changed.remove(at: index)
        try expect("removal", changed, naming: index + 1)
        try expect("cut", Array(good[..<index]), naming: good.count)
        if index + 1 < good.count {
          changed = good
          changed.swapAt(index, index + 1)
          try expect("exchange", changed, naming: index + 1)
        }
      }
      Disk.remove(log(site))
      #expect(try site.site("audit", "verify").refused(.integrity))
    }
  }

  @Test func t144ALogThatWasCutIsToldByTheNextCommandAndForEver() throws {
    try ThreatsSite.with(exported: true) { site in
      try site.expectImport()
      let good = try lines(log(site))
      for kept in [good.count - 1, 2, 0] {
        try Disk.write(good[..<kept].map { $0 + "\n" }.joined(), to: log(site))
        let result = try site.site("import", site.medium)
        #expect(result.status == 0, "\(result.everything)")
        #expect(result.errors.contains("the audit log lacks records"), "\(result.everything)")
        let verified = try site.site("audit", "verify")
        #expect(verified.refused(.integrity), "\(verified.everything)")
        #expect(verified.text.contains("cut, put back or forked"), "\(verified.everything)")
        // Told once; and going on does not cover it up.
        let again = try site.site("import", site.medium)
        #expect(!again.errors.contains("lacks records"), "\(again.everything)")
        #expect(try site.site("audit", "verify").refused(.integrity))
        // For the next round the log ends before what the catalogue knows, once more.
      }
    }
  }

  @Test func t145TwoDepotsThatWentOnFromOneBackupAreToldApart() throws {
    try ThreatsSite.with(exported: true) { site in
      try site.expectImport()
      let backup = site.scratch.path("backup")
      try run(["cp", "-a", site.depot, backup]).succeeded()
      func head(_ depot: String) throws -> String {
        let text = try site.kiosk("audit", "verify", "--depot", depot).succeeded()
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("head:") })
        return String(try #require(line.split(separator: " ").last))
      }
      let common = try head(site.depot)
      for depot in [site.depot, backup] {
        try site.kiosk("import", site.medium, "--depot", depot).succeeded()
      }
      let heads = try [head(site.depot), head(backup)]
      #expect(heads[0] != heads[1])
      for (depot, own, foreign) in [
        (site.depot, heads[0], heads[1]), (backup, heads[1], heads[0]),
      ] {
        func verify(_ head: String) throws -> RunResult {
          try site.kiosk("audit", "verify", "--depot", depot, "--head", head)
        }
        try verify(common).succeeded()
        try verify(own).succeeded()
        let result = try verify(foreign)
        #expect(result.refused(.integrity), "\(result.everything)")
        #expect(
          result.code == "E-INTEGRITY-AUDIT-LOG" && result.errors.contains("forked"),
          "\(result.everything)"
        )
      }
    }
  }

  @Test func t141HostileNamesAreOneRecordAndT142NoFormula() throws {
    try ThreatsSite.with(exported: true) { site in
      let evil = ThreatsOutputTests.evil
      for name in [
        "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "a\"b,c;d\r\ne", evil,
        "\n{\"seq\":1,\"prev\":\"\"}\n", String(repeating: "x", count: 90_000),
      ] {
        // “--” so that a name with a hyphen is none of an option.
        let result = try site.kiosk("snapshot", "remove", "--depot", site.depot, "--", name)
        #expect(result.status != 0)
      }
      _ = try site.site("publication", "remove", "x", "--reason", "=1+1")
      let found = try records(log(site))
      #expect(try lines(log(site)).allSatisfy { $0.utf8.count < 32_768 })
      #expect(found.contains { $0["cut"] as? Bool == true })
      for command in [["show"], ["show", "--json"], ["export"], ["verify"], ["verify", "--json"]] {
        let result = try site.site(["audit"] + command)
        ThreatsSite.expectHarmless(result, "\(command)")
      }
      let csv = try site.site("audit", "export", "--format", "csv").succeeded()
      let script = """
        import csv, io, json, sys
        text = sys.stdin.buffer.read().decode()
        assert text.endswith("\\r\\n")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert len({len(row) for row in rows}) == 1, {len(row) for row in rows}
        # CR and LF end a row, and nothing else steers anything.
        plain = text.replace("\\r\\n", "")
        assert not [c for c in plain if ord(c) < 32 or 127 <= ord(c) < 160 or c in "\\u202e\\u2028"]
        assert not [c for row in rows for c in row if c[:1] in tuple("=+-@\\t\\r")], rows
        print(len(rows), sum("'=1+1" == row[rows[0].index("reason")] for row in rows))
        """
      let answer = try run(["python3", "-c", script], input: Array(csv.utf8)).succeeded()
      #expect(answer == "\(found.count + 1) 2\n")
      let all = try site.site("audit", "export").succeeded()
      #expect(all == (try Disk.text(log(site))))
      let shown = try site.site("audit", "show", "--json", "--limit", "0").succeeded()
      let list = try JSONSerialization.jsonObject(with: Data(shown.utf8)) as? [String: Any]
      #expect((list?["records"] as? [Any])?.count == found.count)
    }
  }

  @Test func aPasswordInAnAddressIsInNoRecord() throws {
    try ThreatsSite.with { site in
      _ = try site.site("publish", "http://user:geheim@vendor.example/d", "--at", "debian")
      #expect(try Disk.text(log(site)).contains("vendor.example"))
      #expect(!(try Disk.text(log(site)).contains("geheim")))
    }
  }

  @Test func twentyProcessesLoseAndMixNothing() throws {
    try ThreatsSite.with { site in
      let here = site
      let before = try lines(log(site)).count
      try Threads.forEach(count: 20) { (number) throws(Failure) in
        try ours {
          for round in 0..<3 {
            let digits = "\(100 + number)\(round)"
            let fingerprint = String(repeating: "0", count: 40 - digits.count) + digits
            _ = try here.site("trust", "remove", fingerprint)
          }
        }
      }
      let found = try records(log(site))
      #expect(found.count == before + 120)
      let abouts = found.dropFirst(before).compactMap {
        ($0["about"] as? [String: [String]])?["fingerprint"]?.first
      }
      #expect(Set(abouts).count == 60)
      let verified = try site.site("audit", "verify").succeeded()
      #expect(!verified.contains("interrupted"), "\(verified)")
    }
  }

  @Test func aLongLogIsReadInBoundedMemory() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"), depot: scratch.path("depot"))
      try site("init").succeeded()
      let script = """
        import hashlib, resource, subprocess, sys
        path, program, depot = sys.argv[1:]
        prev = "0" * 64
        with open(path, "w") as log:
          for seq in range(1, 300001):
            kind = '"begun","open":[%d]' % seq if seq % 2 else '"done","of":%d,"open":[]' % (seq - 1)
            line = ('{"seq":%d,"prev":"%s","time":"2026-11-23T10:00:00Z","kind":%s,'
              '"program":"aptferry","who":{"uid":0,"user":"root","host":"pier","pid":7},'
              '"command":"import","about":{"media":["/media/%d"]}}\\n' % (seq, prev, kind, seq))
            prev = hashlib.sha256(line.encode()).hexdigest()
            log.write(line)
        for words, want in ((["verify", "--head", "300000:" + prev], b"300000"),
                            (["show", "--limit", "3"], b"/media/299999")):
          result = subprocess.run([program, "audit", *words, "--depot", depot],
                                  capture_output=True)
          # The catalogue knows the head of the log that was here before: that is found as well.
          assert want in result.stdout, result
          assert result.stdout.count(b"WRONG") == (1 if words[0] == "verify" else 0), result
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
        """
      let log = scratch.path("depot/audit.log")
      let answer = try run(
        ["python3", "-c", script, log, site.program, scratch.path("depot")],
        limit: 600
      ).succeeded()
      // The log has 82 MB, and the program alone takes 30.
      let kilobytes = try #require(Int(answer.split(separator: "\n").last ?? ""))
      #expect(kilobytes < 100_000, "\(kilobytes) KiB")
    }
  }
}
