import Foundation
import SafeIO
import TestSupport
import Testing

/// What a person at a terminal sees and types.
@Suite struct TerminalTests {
  @Test(arguments: [
    ("exprt", "aptferry export"), ("snapshot crate", "aptferry snapshot create"),
    ("audit verfy", "aptferry audit verify"), ("help exprt", "aptferry export"),
    ("help snapshot lst", "aptferry snapshot list"),
  ])
  func aCommandThatDoesNotExistIsProposed(words: String, proposal: String) throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"))
      let result = try site(words.split(separator: " ").map(String.init))
      #expect(result.refused(.usage, "no-command"), "\(result.everything)")
      #expect(result.errors.contains("did you mean: \(proposal)"), "\(result.everything)")
    }
  }

  @Test func aCommandThatIsLikeNoneIsRefused() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"))
      let result = try site("help", "nosuch")
      #expect(result.refused(.usage, "no-command") && result.errors.contains("aptferry --help"))
      try site("help", "export").succeeded()
      try site("help").succeeded()
      for word in ["version", "-V"] {
        #expect(try site(word).succeeded() == site("--version").text)
      }
    }
  }

  @Test func globalOptionsStandBeforeTheCommandToo() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"))
      let depot = scratch.path("depot")
      try site("--depot", depot, "init", "--site", "island").succeeded()
      let after = try site("snapshot", "list", "--json", "--depot", depot).succeeded()
      #expect(try site("--json", "--depot=\(depot)", "snapshot", "list").succeeded() == after)
      let failure = try site("--depot", depot, "--json", "snapshot", "show", "none")
      #expect(failure.status == 2 && failure.errors.hasPrefix("{"), "\(failure.everything)")
    }
  }

  @Test func anOptionWithOneValueIsNotGivenTwice() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      let twice = try crossing.connected("export", "a", "--to", "b", "--stream", "b", "--stream=c")
      #expect(twice.refused(.usage, "repeated-option"), "\(twice.everything)")
      let repeatable = try crossing.connected(
        "export",
        "a",
        "--to",
        crossing.medium,
        "--site",
        "b",
        "--site",
        "c",
        "--new-site"
      )
      #expect(repeatable.refused(.usage, "no-snapshot"), "\(repeatable.everything)")
    }
  }

  @Test func interruptionAtTheQuestionEndsAtOnce() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      let key = scratch.path("other.asc")
      try Disk.write(crossing.forge.key.armored, to: key)
      let result = try PseudoTerminal.run(
        [
          crossing.kiosk.program, "trust", "add", key, "--role", "upstream", "--name", "other",
          "--depot", scratch.path("isolated"),
        ],
        keys: "\\x03",
        environment: ["HOME": scratch.path("home")]
      )
      #expect(result.status == 130, "\(result.everything)")
    }
  }

  @Test(arguments: [30, 80])
  func progressIsOneLineOfTheTerminal(columns: Int) throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.full())
      let result = try PseudoTerminal.run(
        [
          crossing.kiosk.program, "snapshot", "create", "first", "--tree", crossing.forge.root,
          "--upstream", "vendor", "--suite", "stable", "--depot", scratch.path("connected"),
        ],
        columns: columns,
        environment: ["HOME": scratch.path("home")]
      )
      #expect(result.status == 0, "\(result.everything)")
      let redraws = result.text.components(separatedBy: "\r\u{1b}[K").dropFirst()
      #expect(!redraws.isEmpty, "\(result.everything)")
      for line in redraws.dropLast() { #expect(line.count < columns, "\(line)") }
    }
  }

  @Test func tablesFitTheTerminal() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.full())
      try crossing.freeze("first", "stable")
      func list(_ columns: Int) throws -> String {
        try PseudoTerminal.run(
          [crossing.kiosk.program, "snapshot", "list", "--depot", scratch.path("connected")],
          columns: columns,
          environment: ["HOME": scratch.path("home")]
        ).succeeded()
      }
      let narrow = try list(80)
      #expect(narrow.contains("NAME     first\r\n"), "\(narrow)")
      #expect(narrow.split(separator: "\r\n").allSatisfy { $0.count <= 80 }, "\(narrow)")
      // One line a row where there is room, and always for another program.
      #expect(try list(300).split(separator: "\r\n").count == 2)
      #expect(
        try crossing.connected("snapshot", "list").succeeded().split(separator: "\n").count == 2
      )
    }
  }

  @Test func bashCompletesFilesAndNamesOfTheDepot() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      try crossing.freeze("bookworm-1", "stable")
      try crossing.export("bookworm-1")
      try crossing.isolated("import", crossing.medium).succeeded()
      try crossing.isolated("publish", "bookworm-1", "--at", "staging").succeeded()
      let script = try crossing.kiosk("--generate-completion-script", "bash").succeeded()
      try Disk.write(script, to: scratch.path("complete.bash"))
      _ = try scratch.directory("here/tray")
      try Disk.write("", to: scratch.path("here/exporter.asc"))
      let directory = (crossing.kiosk.program as NSString).deletingLastPathComponent
      /// What the line is after TAB.
      func completed(_ line: String) throws -> String {
        let rc =
          "PS1='% '; PATH=\(directory):$PATH; cd \(scratch.path("here")); "
          + "source \(scratch.path("complete.bash"))\n"
        try Disk.write(rc, to: scratch.path("rc"))
        let result = try PseudoTerminal.run(
          ["bash", "--noprofile", "--rcfile", scratch.path("rc"), "-i"],
          columns: 200,
          keys: "\(line)\\t|\\x15exit\\n",
          environment: [
            "HOME": scratch.path("home"), "APTFERRY_DEPOT": scratch.path("isolated"),
          ]
        )
        return result.text
      }
      for (typed, whole) in [
        ("aptferry import tr", "aptferry import tray/"),
        ("aptferry verify x --keyring exp", "--keyring exporter.asc "),
        ("aptferry export x --to tr", "--to tray/"),
        ("aptferry trust add exp", "trust add exporter.asc "),
        ("aptferry publish book", "aptferry publish bookworm-1 "),
        ("aptferry publication show sta", "publication show staging "),
        ("aptferry publish x --mode res", "--mode resigned "),
        ("aptferry audit export --evidence main", "--evidence mainland-000001 "),
      ] {
        let text = try completed(typed)
        #expect(text.contains(whole), "\(typed):\n\(text)")
      }
    }
  }

  @Test func aSnapshotHasADescriptionAndANewName() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      try crossing.connected(
        "snapshot",
        "create",
        "first",
        "--tree",
        crossing.forge.root,
        "--upstream",
        "vendor",
        "--suite",
        "stable",
        "--description",
        "before the audit"
      ).succeeded()
      try crossing.connected("snapshot", "rename", "first", "second").succeeded()
      let shown = try crossing.connected("snapshot", "show", "second").succeeded()
      #expect(shown.contains("about:   before the audit") && shown.contains("suite:   stable"))
      #expect(try crossing.connected("snapshot", "show", "first").refused(.usage, "no-snapshot"))
      #expect(try crossing.connected("snapshot", "rename", "second", "second").status == 18)
      #expect(try crossing.connected("snapshot", "rename", "second", "../x").status == 2)
      try crossing.connected("depot", "check").succeeded()
      try crossing.export("second")
      try crossing.isolated("import", crossing.medium).succeeded()
      try crossing.isolated("publish", "second", "--at", "debian").succeeded()
      let used = try crossing.isolated("snapshot", "rename", "second", "third")
      #expect(used.refused(.state, "snapshot-in-use"), "\(used.everything)")
    }
  }

  @Test func aSiteThatNobodyKnowsIsRefused() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      try crossing.forge.build(.small())
      try crossing.freeze("first", "stable")
      let words = ["export", "first", "--to", crossing.medium, "--site", "nowhere", "--dry-run"]
      #expect(try crossing.connected(words).refused(.usage, "unknown-site"))
      try crossing.connected(words + ["--new-site"]).succeeded()
    }
  }
}
