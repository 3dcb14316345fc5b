import Foundation
import SafeIO
import TestSupport
import Testing

/// What commands call things by, and what they propose: names that people know, commands that work.
@Suite struct PlainWordsTests {
  private func crossing(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    try crossing.forge.build(.small())
    try crossing.freeze("first", "stable")
    return crossing
  }

  @Test func `An import that waits for media is named by its bundle, with what is missing`() throws
  {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.export("first")
      let chunks = try crossing.chunks()
      try #require(chunks.count >= 2)
      let first = try #require(chunks.first)
      try Disk.rename(first, to: scratch.path("away"))
      #expect(try crossing.isolated("import", crossing.medium).refused(.incomplete))
      let line = "mainland-000001 waits for chunks 1 of \(chunks.count)"
      for command in [["depot", "status"], ["depot", "check"], ["depot", "gc", "--dry-run"]] {
        let text = try crossing.isolated(command).succeeded()
        #expect(text.contains(line), "\(text)")
      }
      let gc = try crossing.isolated("depot", "gc", "--dry-run").succeeded()
      #expect(gc.contains("(incoming/import-"), "\(gc)")
      let json = try crossing.isolated("depot", "status", "--json").succeeded()
      #expect(json.contains("\"missingChunks\": [\n        1\n      ]"), "\(json)")
      try Disk.rename(scratch.path("away"), to: first)
      try crossing.isolated("import", crossing.medium).succeeded()
      #expect(try !crossing.isolated("depot", "status").succeeded().contains("unfinished"))
    }
  }

  @Test func `The history of a publication says who did what`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let site = crossing.connected
      try site(["publish", "first", "--at", "debian", "--mode", "both", "--valid-for", "30d"])
        .succeeded()
      try site("publication", "hold", "debian", "first").succeeded()
      try site("publication", "release", "debian", "first").succeeded()
      try site("publication", "edit", "debian", "--label", "Plant").succeeded()
      try site("publication", "remove", "debian").succeeded()
      let me = try site("audit", "show", "--limit", "1").succeeded()
      let who = try #require(
        me.split(separator: "\n").last?.split(separator: " ").first { $0.contains("@") }
      )
      let history = try site("publication", "history", "debian").succeeded()
      let rows = history.split(separator: "\n").dropFirst()
      #expect(rows.count == 5, "\(history)")
      for row in rows { #expect(row.contains(" \(who) "), "\(history)") }
    }
  }

  @Test func `The ledger tells what was typed from what was signed, and nothing from something`()
    throws
  {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.export("first")
      #expect(
        try crossing.connected("ledger", "show").succeeded().contains(
          "nothing known (for any site)"
        )
      )
      let imported = try crossing.isolated("import", crossing.medium).succeeded()
      let typed = try #require(
        imported.split(separator: "\n").first { $0.hasPrefix("receipt:") }?.dropFirst(8)
      ).split(separator: " ").map(String.init)
      let key = scratch.path("island.asc")
      try crossing.isolated("key", "export", key).succeeded()
      try crossing.connected("trust", "add", key, "--role", "site", "--name", "island", "--all")
        .succeeded()
      try crossing.connected(["receipt", "add"] + typed).succeeded()
      let ledger = try crossing.connected("ledger", "show").succeeded()
      let line = "site island: no signed receipt; that mainland-000001 arrived was typed"
      #expect(ledger.contains(line), "\(ledger)")
      #expect(try crossing.isolated("ledger", "show").succeeded().contains("\nmainland-000001 "))
    }
  }

  @Test func `A command that a message proposes works on the same depot`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let depot = scratch.path("connected")
      let named = try crossing.connected("snapshot", "show", "nope").errors
      #expect(named.contains("next: aptferry --depot \(depot) snapshot list shows"), "\(named)")
      // What is typed on the other side has another depot.
      let receipt = scratch.path("receipt")
      try Disk.write("Format: aptferry-receipt 1\n", to: receipt)
      let other = try crossing.connected("receipt", "add", receipt).errors
      #expect(!other.contains("isolated side: aptferry --depot"), "\(other)")
      var plain = crossing.connected
      (plain.environment["APTFERRY_DEPOT"], plain.depot) = (depot, nil)
      let unnamed = try plain("snapshot", "show", "nope").errors
      #expect(unnamed.contains("next: aptferry snapshot list shows"), "\(unnamed)")
    }
  }

  @Test func `A wrong command line is refused as everything else is`() throws {
    try withScratchDirectory { scratch in
      let site = try AptFerry(home: scratch.path("home"))
      let result = try site("publish", "first", "--at", "debian", "--foo")
      let end =
        "\n  next: see: aptferry publish --help\n  code: E-USAGE-ARGUMENTS (exit 2)\n"
      #expect(result.refused(.usage) && result.errors.hasSuffix(end), "\(result.errors)")
      #expect(result.errors.hasPrefix("aptferry: Unknown option '--foo'"), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 3, "\(result.errors)")
      // The option that is unknown comes first, not what else does not fit.
      let client = try site("client-config", "debian", "--to", "x").errors
      #expect(client.contains("Unknown option '--to'"), "\(client)")
      let twice = try site("client-config", "debian", "debian")
      #expect(twice.refused(.usage, "arguments"), "\(twice.everything)")
    }
  }

  @Test func `A bundle expires when the exporter says so`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let export = ["export", "first", "--to", crossing.medium, "--full", "--expires"]
      let past = ["--created", "2026-01-01T00:00:00Z"]
      #expect(try crossing.connected(export + ["0s"]).refused(.usage, "arguments"))
      #expect(
        try crossing.connected(export + ["2025-12-31T00:00:00Z"] + past).refused(
          .usage,
          "arguments"
        )
      )
      try crossing.connected(export + ["5d"] + past).succeeded()
      let manifest = try Disk.text(crossing.bundle() + "/MANIFEST")
      #expect(manifest.contains("\nExpires: 2026-01-06T00:00:00Z\n"), "\(manifest)")
      let late = try crossing.isolated("import", crossing.bundle())
      #expect(late.refused(.freshness, "expired"), "\(late.everything)")
      try crossing.connected(export + ["90d"]).succeeded()
      try crossing.isolated("import", crossing.bundle(2)).succeeded()
    }
  }

  @Test func `Finished chunks of another unfinished export are not replaced without a word`() throws
  {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.export("first")
      let partial = scratch.path("other/mainland-000002.partial/chunks")
      try Disk.makeDirectory(partial)
      for chunk in try crossing.chunks() where chunk.hasSuffix(".tar") {
        let name = String(chunk.split(separator: "/").last ?? "")
        try Disk.copyTree(chunk, to: partial + "/" + name)
      }
      var suite = ForgedSuite.small()
      suite.components["main"]?[0].version = "9.0-1"
      try crossing.forge.build(suite)
      try crossing.freeze("second", "stable")
      let result = try crossing.connected(
        "export",
        "second",
        "--to",
        scratch.path("other"),
        "--chunk-size",
        "64KiB",
        "--full"
      )
      #expect(result.status == 0, "\(result.everything)")
      #expect(
        result.errors.contains("of an interrupted run that had other content"),
        "\(result.errors)"
      )
    }
  }

  @Test func `A publish says that files were copied which should share blocks`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let result = try crossing.connected("publish", "first", "--at", "debian", "--copy-on-write")
      #expect(result.status == 0, "\(result.everything)")
      // On btrfs and xfs they share them.
      let isCopied = result.text.contains("of them copied")
      #expect(result.errors.contains("cannot share blocks") == isCopied, "\(result.everything)")
    }
  }

  @Test func `A key that signs a publication already is found where it was`() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let site = crossing.connected
      let home = try GnuPGHome()
      let key = try home.makeKey("Other <other@site.example>", algorithm: "ed25519")
      try site(["publish", "first", "--at", "debian", "--mode", "resigned", "--valid-for", "30d"])
        .succeeded()
      let edit = ["publication", "edit", "debian", "--signing-key", key]
      #expect(try site(edit).refused(.configuration, "no-secret-key"))
      try site(edit + ["--gnupg-home", home.path]).succeeded()
      try site(edit + ["--label", "Plant"]).succeeded()
    }
  }
}
