import Foundation
import TestSupport
import Testing

/// Every document that a test gets from the program fits its schema in docs/reference/schemas, and
/// every code is in the table.
enum JSONShapes {
  /// The name of the command's schema: the words of the command, joined.
  static func name(_ arguments: [String]) -> String? {
    let words = arguments.prefix { !$0.hasPrefix("-") }
    let known = HelpTests.commands
    for count in stride(from: min(2, words.count), to: 0, by: -1) {
      let name = words.prefix(count).joined(separator: " ")
      if known.contains(name) { return name.replacing(" ", with: "-") }
    }
    return nil
  }

  /// Checks what a command answered that was asked for JSON.
  static func check(_ arguments: [String], _ result: RunResult) throws {
    guard arguments.contains("--json"), !arguments.contains("--help"), result.status < 128,
      let name = name(arguments), result.code == nil,
      // Without evidence it writes lines of the log.
      name != "audit-export" || arguments.contains("--evidence")
    else { return }
    if !result.output.isEmpty {
      let text = String(decoding: result.output, as: UTF8.self)
      expect(try JSONSchema(name).faults(in: text), arguments, text)
    }
    if result.status != 0 {
      expect(try JSONSchema("error").faults(in: result.errors), arguments, result.errors)
    }
  }

  private static func expect(_ faults: [String], _ arguments: [String], _ text: String) {
    #expect(faults == [], "\(arguments.joined(separator: " "))\n\(text.prefix(2000))")
  }
}

@Suite struct JSONShapeTests {
  @Test func everyCommandHasASchemaAndEverySchemaACommand() throws {
    let schemas = try DocumentFiles.files(below: "docs/reference/schemas", suffix: ".json")
      .map { ($0 as NSString).lastPathComponent.dropLast(".json".count) }
    var commands: Set<String> = ["common", "error"]
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"))
      for command in HelpTests.commands where !command.isEmpty {
        let help = try site(command.split(separator: " ").map(String.init) + ["--help"])
        if try help.succeeded().contains("--json") {
          commands.insert(command.replacing(" ", with: "-"))
        }
      }
    }
    #expect(Set(schemas.map(String.init)) == commands)
  }

  @Test func aValidatorThatSeesNothingIsNone() throws {
    let schema = try JSONSchema("config-show")
    func faults(_ text: String) throws -> [String] { try schema.faults(in: text) }
    let good = #"{"schema": 1, "file": "", "settings": [], "notes": []}"#
    #expect(try faults(good) == [])
    #expect(try faults("[]") != [])
    #expect(try faults(good.replacing("\"schema\": 1, ", with: "")) != [])
    #expect(try faults(good.replacing("1", with: "2")) != [])
    #expect(try faults(good.replacing("[], \"notes\"", with: "[{}], \"notes\"")) != [])
    #expect(try faults(good.replacing("\"\"", with: "null")) != [])
    #expect(try faults(good.replacing("}", with: ", \"more\": 1}")) != [])
    let note = #"{"severity": "note", "code": null, "text": "t"}"#
    #expect(try faults(good.replacing("\"notes\": []", with: "\"notes\": [\(note)]")) == [])
    let loud = note.replacing("\"note\"", with: "\"loud\"")
    #expect(try faults(good.replacing("\"notes\": []", with: "\"notes\": [\(loud)]")) != [])
  }

  /// The documents are checked where every other test runs the program too; here each command says
  /// one, so that no schema stays untried.
  @Test func everyCommandOfTheWayAcrossKeepsItsShape() throws {
    try withScratchDirectory { scratch in
      let crossing = try Crossing(scratch)
      let (outside, inside) = (crossing.connected, crossing.isolated)
      try outsideCommands(crossing)
      let medium = crossing.medium
      for words in [
        ["codes"], ["inspect", medium],
        ["verify", medium, "--keyring", crossing.exporterKey],
      ] { try said(crossing.kiosk, words) }
      for words in [
        ["inspect", medium, "--against-depot"], ["import", medium, "--dry-run"],
        ["receipt", "request", medium], ["import", medium, "--publish", "debian"],
        ["receipt", "create"], ["receipt", "create", "--to", scratch.path("receipt")],
        ["publish", "first", "--at", "debian", "--mode", "both", "--valid-for", "30d"],
        ["publication", "list"], ["publication", "show", "debian"],
        ["publication", "history", "debian"], ["publication", "diff", "debian"],
        ["publication", "check", "debian", "--configured"],
        ["publication", "edit", "debian", "--label", "Plant", "--reason", "r"],
        ["publication", "rollback", "debian", "--reason", "r", "--dry-run"],
        ["publication", "hold", "debian", "first", "--reason", "r"], ["publication", "list"],
        ["publication", "show", "debian"], ["publication", "release", "debian", "first"],
        ["publication", "sign", "debian", "--reason", "r"],
        ["client-config", "debian", "--url", "http://apt.example/debian"],
        ["publication", "remove", "debian", "--reason", "r", "--dry-run"],
        ["audit", "show", "--limit", "0"], ["audit", "verify"], ["depot", "status"],
        ["depot", "check"], ["depot", "gc", "--dry-run"], ["ledger", "show"],
        ["snapshot", "remove", "--retired"],
      ] { try said(inside, words, mayFail: ["diff", "check", "rollback"].contains(words[1])) }
      try said(outside, ["receipt", "add", scratch.path("receipt")], mayFail: true)
    }
  }

  private func outsideCommands(_ crossing: Crossing) throws {
    let (outside, medium) = (crossing.connected, crossing.medium)
    try crossing.forge.build(.small())
    for words in [
      ["snapshot", "create", "first", "--tree", crossing.forge.root, "--upstream", "vendor"]
        + ["--suite", ForgedSuite.small().name],
      ["snapshot", "list"], ["snapshot", "show", "first"], ["snapshot", "files", "first"],
      ["snapshot", "diff", "first", "first"], ["key", "show"], ["key", "export"],
      ["key", "export", crossing.scratch.path("key.asc")], ["trust", "list"], ["mirror", "list"],
      ["config", "show"], ["export", "first", "--to", medium, "--dry-run"],
      ["export", "first", "--to", medium],
      ["ledger", "retract", "mainland-000001", "--reason", "r"], ["ledger", "show"],
      ["key", "rotate", "--reason", "r"],
    ] { try said(outside, words) }
  }

  /// The runner itself checks the document.
  private func said(_ site: AptFerry, _ words: [String], mayFail: Bool = false) throws {
    let result = try site(words + ["--json"])
    #expect(mayFail || result.status == 0, "\(words.joined(separator: " ")): \(result.errors)")
  }
}
