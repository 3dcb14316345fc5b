import SafeIO
import TestSupport
import Testing

/// T210–T212: a gpg, an agent or a parent process that does not do its part.
@Suite(.waits, .enabled(if: FakeEngine.isPossible)) struct ThreatsEngineTests {
  @Test(
    "t210 a gpg that hangs, writes without end or dies is ended and named",
    arguments: FakeEngine.Fault.allCases
  )
  func brokenEngine(fault: FakeEngine.Fault) throws {
    try ThreatsSite.with(exported: true) { site in
      let engine = try FakeEngine(fault, site.scratch)
      let key = site.lab.exporterKey
      let fingerprint = try ThreatsLab.fingerprint(site.lab.exporterHome)
      for command in [
        ["import", site.medium], ["receipt", "create", "--to", site.scratch.path("receipt")],
        ["verify", site.medium, "--keyring", key],
        ["trust", "add", key, "--role", "exporter", "--fingerprint", fingerprint],
      ] {
        let clock = Stopwatch()
        let isKiosk = command[0] == "verify"
        var program = isKiosk ? site.kiosk : site.site
        program.environment = ThreatsShim.haste(40)
        let result = try program(command, under: engine.wrapper)
        let shown = Comment(rawValue: "\(command[0]): \(result.everything)")
        #expect(fault.isTold(by: result), shown)
        #expect(result.errors.contains("/usr/bin/gpg"), shown)
        #expect(clock.seconds < 30, shown)
        #expect(try engine.left() == [], shown)
      }
    }
  }

  @Test func `t210 a gpg agent that hangs is ended, and gpg is named`() throws {
    try ThreatsSite.with { site in
      let engine = try FakeEngine(.hangs, site.scratch, program: "/usr/bin/gpg-agent")
      site.site.environment = ThreatsShim.haste(20)
      let result = try site.site(
        ["receipt", "create", "--to", site.scratch.path("receipt")],
        under: engine.wrapper
      )
      #expect(result.status != 0, "\(result.everything)")
      #expect(result.errors.contains("gpg"), "\(result.everything)")
      #expect(!Disk.exists(site.scratch.path("receipt")))
      #expect(try engine.left() == [])
      // Nothing of it is left in the way.
      try site.site("receipt", "create", "--to", site.scratch.path("receipt")).succeeded()
    }
  }

  @Test func `t211 a parent that ignores SIGCHLD does not make the secret key disappear`() throws {
    try ThreatsSite.with { site in
      let ignoring = """
        import os, signal, sys
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        os.execv(sys.argv[1], sys.argv[1:])
        """
      let result = try site.site(
        ["receipt", "create", "--to", site.scratch.path("receipt")],
        under: ["python3", "-c", ignoring]
      )
      #expect(result.status == 0, "\(result.everything)")
    }
  }

  @Test func `t213 the interrupt key at the question for a fingerprint ends the command at once`()
    throws
  {
    try ThreatsSite.with { site in
      // Presses the key when asked; what is asked again and answered with no is told by the status.
      let person = """
        import os, pty, sys
        child, terminal = pty.fork()
        if child == 0: os.execv(sys.argv[2], sys.argv[2:])
        seen, answers = b"", sys.argv[1].encode().decode("unicode_escape").encode().split(b",")
        while True:
            try: got = os.read(terminal, 4096)
            except OSError: break
            if not got: break
            seen += got
            if answers and seen.rstrip().endswith((b"]", b":")): os.write(terminal, answers.pop(0))
        sys.stdout.write(seen.decode())
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
      for (answers, status) in [
        ("\\x03", 130 as Int32), ("y\\n,no\\n", 19), ("maybe\\n,yes\\n", 0),
      ] {
        let result = try site.site(
          ["trust", "add", site.lab.exporterKey, "--role", "exporter"],
          under: ["timeout", "60", "python3", "-c", person, answers]
        )
        #expect(result.status == status, "\(answers): \(result.everything)")
      }
    }
  }

  static let hasPinentry = Disk.exists("/usr/bin/pinentry-curses")

  @Test(.enabled(if: hasPinentry, "needs pinentry-curses"))
  func `t215 the interrupt key in the passphrase window ends the command, and the window`() throws {
    try ThreatsSite.with { site in
      let home = try site.scratch.directory("g")
      try run(["chmod", "700", home]).succeeded()
      try Disk.write("pinentry-program /usr/bin/pinentry-curses\n", to: home + "/gpg-agent.conf")
      try run([
        "gpg", "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "x",
        "--quick-gen-key", "Op <op@site.example>", "ed25519", "sign", "never",
      ]).succeeded()
      let listing = try run(["gpg", "--homedir", home, "--with-colons", "--list-keys"]).succeeded()
      let line = listing.split(separator: "\n").first { $0.hasPrefix("fpr:") }
      let fingerprint = String(try #require(line?.split(separator: ":").last))
      try run(["gpgconf", "--homedir", home, "--kill", "all"]).succeeded()
      let depot = site.scratch.path("asking")
      let ferry = try AptFerry(home: site.scratch.path("home"), depot: depot)
      try ferry("init", "--site", "asking", "--signing-key", fingerprint, "--gnupg-home", home)
        .succeeded()
      // Presses the key in the window. The terminal closes when nobody has it open any more: a window
      // that stays would keep it, and would take what the operator types next.
      let person = """
        import os, pty, select, sys, time
        child, terminal = pty.fork()
        if child == 0:
            os.environ.update(GPG_TTY=os.ttyname(0), TERM="xterm")
            os.execv(sys.argv[1], sys.argv[1:])
        seen, pressed = b"", None
        while pressed is None or time.time() - pressed < 8:
            if not select.select([terminal], [], [], 1)[0]:
                if pressed is None and b"assphrase" in seen:
                    pressed = time.time()
                    os.write(terminal, b"\\x03")
                continue
            try: got = os.read(terminal, 4096)
            except OSError: break
            seen += got
        else:
            sys.exit(99)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
      let result = try ferry(
        ["receipt", "create", "--to", site.scratch.path("receipt")],
        under: ["timeout", "60", "python3", "-c", person]
      )
      try run(["gpgconf", "--homedir", home, "--kill", "all"]).succeeded()
      #expect(result.status == 130, "\(result.everything)")
      #expect(!Disk.exists(site.scratch.path("receipt")))
    }
  }

  @Test func `t212 a signal ends a command that waits for gpg at once, with its status`() throws {
    try ThreatsSite.with(exported: true) { site in
      let engine = try FakeEngine(.hangs, site.scratch)
      let clock = Stopwatch()
      let result = try site.site(
        ["import", site.medium],
        under: ["timeout", "--preserve-status", "--signal", "TERM", "2"] + engine.wrapper
      )
      #expect(result.status == 143, "\(result.everything)")
      #expect(clock.seconds < 15)
      #expect(try engine.left() == [])
    }
  }
}

/// Another program in place of gpg, for one command in a mount namespace of its own.
struct FakeEngine {
  enum Fault: String, CaseIterable, Sendable {
    case hangsAtOnce, hangs, ignoresSignals, writesWithoutEnd, repliesWithoutEnd, dies

    /// What it does; `$real` is the real program.
    var script: String {
      let version = "case \"$*\" in *--version*) exec \"$real\" \"$@\";; esac\n"
      return switch self {
      case .hangsAtOnce: "exec sleep 1000"
      case .hangs: version + "exec sleep 1000"
      case .ignoresSignals: version + "trap '' TERM INT HUP PIPE; sleep 1000; sleep 1000"
      case .writesWithoutEnd: version + "exec yes"
      case .repliesWithoutEnd:
        version + "fd=$(sed 's/.*--status-fd \\([0-9]*\\).*/\\1/' <<<\"$*\")\n"
          + "exec yes '[GNUPG:] IMPORT_OK 1 AAAA' >&$fd"
      case .dies: version + "kill -9 $$"
      }
    }

    func isTold(by result: RunResult) -> Bool {
      let code = self == .dies ? "E-CONFIG-GNUPG-DIED" : "E-CONFIG-GNUPG-TIME"
      return result.refused(.configuration) && result.errors.contains(code)
    }
  }

  /// Whether this user may mount in a namespace.
  static let isPossible =
    (try? run(["unshare", "-m", "mount", "--bind", "/usr/bin/gpg", "/usr/bin/gpg"]).status) == 0
    && ThreatsShim.object != nil

  /// What is put before a command, so that it finds the fake.
  let wrapper: [String]
  private let mark: String

  init(_ fault: Fault, _ scratch: ScratchDirectory, program: String = "/usr/bin/gpg") throws {
    let real = scratch.path("real-engine")
    let fake = scratch.path("fake-engine")
    mark = "ENGINE_OF=" + fake
    try run(["cp", program, real]).succeeded()
    try Disk.write("#!/bin/bash\nreal=\(real)\n\(fault.script)\n", to: fake)
    try run(["chmod", "755", fake]).succeeded()
    wrapper = [
      "env", mark, "unshare", "-m", "bash", "-c", "mount --bind \(fake) \(program) && exec \"$@\"",
      "fake",
    ]
  }

  /// The processes of such commands that still run.
  func left() throws -> [String] {
    try Disk.names(in: "/proc").filter { name in
      guard Int(name) != nil, let environment = try? Disk.read("/proc/\(name)/environ") else {
        return false
      }
      return environment.split(separator: 0).contains { $0.elementsEqual(mark.utf8) }
    }
  }
}
