import Foundation
import TestSupport
import Testing

/// What `--help` says is compared with committed files, so that no text changes unseen.
///
/// With `APTFERRY_RECORD_SNAPSHOTS=1` in the environment the files are written anew.
@Suite struct HelpTests {
  static let commands =
    [
      "", "init", "key", "key show", "key export", "key rotate", "key revoke", "key statements",
      "trust", "trust add", "trust list", "trust edit", "trust accept-successor", "trust remove",
      "mirror", "mirror create", "mirror edit", "mirror update", "mirror list", "mirror show",
      "mirror remove",
      "snapshot", "snapshot create", "snapshot list", "snapshot show",
      "snapshot files", "snapshot diff", "snapshot search", "snapshot verify", "snapshot rename",
      "snapshot filter", "snapshot merge", "snapshot pull",
      "repo", "repo create", "repo list", "repo show", "repo edit", "repo add", "repo remove",
      "repo copy", "repo move", "repo import",
      "snapshot remove", "package", "package search", "package show", "metapackage",
      "metapackage build", "machine", "machine state",
      "export", "inspect",
      "verify", "slip", "repair", "import",
      "publish",
      "publication", "publication list", "publication show", "publication history",
      "publication check", "publication diff",
      "publication rollback", "publication edit", "publication sign", "publication remove",
      "publication hold", "publication release", "publication clients",
      "audit", "audit show", "audit package",
      "audit verify", "audit export", "depot", "depot check", "depot status",
      "depot gc", "depot backup", "depot restore", "client-config", "receipt", "receipt create",
      "receipt add", "receipt request",
      "ledger", "ledger show", "ledger retract", "config", "config show", "codes",
    ]
    + (hasNetwork
      ? [
        "target", "target create", "target list", "target show", "target update", "target check",
        "target remove", "hub", "hub status", "hub collect",
      ] : [])
    + (hasNetwork ? ["serve", "token", "token create", "token list", "token remove"] : [])

  private static let directory = String(
    #filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex)
  )
  private static let isRecording =
    ProcessInfo.processInfo.environment["APTFERRY_RECORD_SNAPSHOTS"] == "1"

  private func help(_ command: String, _ scratch: ScratchDirectory) throws -> String {
    var site = try AptFerry(home: scratch.path("home"))
    site.environment = ["COLUMNS": "80"]
    return try site(command.split(separator: " ").map(String.init) + ["--help"]).succeeded()
  }

  @Test(arguments: commands)
  func helpIsWhatWasCommitted(command: String) throws {
    try withScratchDirectory { scratch in
      let text = try help(command, scratch)
      let name = command.isEmpty ? "aptferry" : command.replacing(" ", with: "-")
      let file = HelpTests.directory + "/Snapshots/\(name).txt"
      if HelpTests.isRecording { try Disk.write(text, to: file) }
      let committed = try Disk.text(file)
      #expect(text == committed, "run again with APTFERRY_RECORD_SNAPSHOTS=1 if this is meant")
      // The usage line is the one that is not wrapped.
      #expect(
        text.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE: ") }
      )
    }
  }

  @Test(arguments: commands)
  func everyCommandThatDoesSomethingHasAnExample(command: String) throws {
    try withScratchDirectory { scratch in
      let text = try help(command, scratch)
      guard !text.contains("SUBCOMMANDS:") else { return }
      #expect(text.contains("\n  aptferry \(command)"), "\(text)")
      // An example that is broken between words cannot be copied.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let examples = lines.drop { $0 != "Examples:" }.dropFirst().prefix { !$0.isEmpty }
      #expect(examples.allSatisfy { $0.hasPrefix("  ") }, "\(examples)")
    }
  }

  /// Manual pages are made from it.
  @Test func allOfTheHelpIsAlsoJSON() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"))
      let text = try site("--experimental-dump-help").succeeded()
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
    }
  }

  @Test func everyCommandOfTheProgramIsListedHere() throws {
    try withScratchDirectory { scratch in
      for group in HelpTests.commands {
        let text = try help(group, scratch)
        guard let list = text.split(separator: "SUBCOMMANDS:\n").dropFirst().first else { continue }
        let names = list.split(separator: "\n").filter {
          $0.hasPrefix("  ") && !$0.hasPrefix("   ")
        }
        .compactMap { $0.split(separator: " ").first.map(String.init) }.filter { $0 != "See" }
        #expect(!names.isEmpty)
        for name in names {
          #expect(HelpTests.commands.contains(group.isEmpty ? name : group + " " + name), "\(name)")
        }
      }
    }
  }
}
