internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import SafeIO

/// `aptferry snapshot`.
struct SnapshotGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Frozen states of repositories.",
    subcommands: [
      SnapshotCreate.self, List.self, Show.self, Files.self, SnapshotDiff.self, Remove.self,
    ]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show all snapshots.",
      discussion: "Example:\n  aptferry snapshot list"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let records = try location.open().catalogue.snapshots()
      var table = TextTable(["NAME", "FILES", "SIZE", "CREATED", "ORIGIN", "DIGEST", "SUITES"])
      for record in records {
        table.add([
          record.name, String(record.files), ByteSize.text(record.bytes), record.created.rfc3339,
          record.origin, record.digest.short, SnapshotText.suites(record),
        ])
      }
      output.show(
        .array(records.map(SnapshotText.json)),
        records.isEmpty ? ["there are no snapshots"] : table.lines
      )
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show one snapshot: content, suites, who signed them.",
      discussion: "Example:\n  aptferry snapshot show bookworm-1"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The snapshot's name.")
    var name: String

    func run() throws {
      let record = try location.open().catalogue.snapshot(name)
      output.show(SnapshotText.json(record), SnapshotText.lines(record))
    }
  }

  struct Files: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the files of a snapshot: SHA-256, size, path.",
      discussion: "Example:\n  aptferry snapshot files bookworm-1 | grep '/openssl_'"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The snapshot's name.")
    var name: String

    func run() throws {
      let catalogue = try location.open().catalogue
      let list = try catalogue.fileList(of: try catalogue.snapshot(name))
      guard output.json else {
        try list.forEachTextBlock { block in
          try Interruption.check()
          Output.text(block)
        }
        return
      }
      output.show(
        .array(
          (0..<list.count).map { index in
            .object([
              ("sha256", .string(list.digest(at: index).hex)),
              ("size", .count(list.size(at: index))),
              ("path", .string(list.path(at: index))),
            ])
          }
        ),
        []
      )
    }
  }

  struct Remove: ParsableCommand, Audited {
    static let configuration = CommandConfiguration(
      abstract: "Remove a snapshot's name; refused while a publication uses it.",
      discussion: """
        Examples:
          aptferry snapshot remove bookworm-1
          aptferry snapshot remove --retired     those that their exporter removed

        Objects stay until “aptferry depot gc”. Retired snapshots that a publication
        uses stay, and are named.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The snapshot's name.")
    var name: String?

    @Flag(help: "Remove every snapshot that bundles have said their exporter removed.")
    var retired = false

    var audit: AuditSubject? {
      AuditSubject(
        "snapshot remove",
        [
          AuditField("name", name.map { [$0] } ?? []),
          AuditField("retired", retired ? ["yes"] : []),
        ]
      )
    }

    func validate() throws {
      guard retired != (name != nil) else {
        throw ValidationError("Name a snapshot, or say --retired.")
      }
    }

    func run() throws {
      let depot = try location.open()
      let lock = try depot.lock(for: "snapshot remove")
      var removed: [SnapshotRecord] = []
      var kept: [(name: String, reason: String)] = []
      if let name { removed.append(try remove(name, depot)) }
      for snapshot in retired ? try depot.catalogue.retiredSnapshots() : [] {
        do throws(Failure) {
          removed.append(try remove(snapshot.name, depot))
        } catch {
          guard error.kind == .state else { throw error }
          output.note("kept: \(Escaped.line(snapshot.name)): \(error.reason)")
          kept.append((snapshot.name, error.reason))
        }
      }
      _ = consume lock
      output.show(
        retired
          ? .object([
            ("removed", .array(removed.map(SnapshotText.json))),
            (
              "kept",
              .array(
                kept.map { .object([("name", .string($0.name)), ("reason", .string($0.reason))]) }
              )
            ),
          ]) : SnapshotText.json(removed[0]),
        removed.isEmpty ? ["nothing to remove"] : removed.map { "removed: \($0.name)" }
      )
    }

    private func remove(_ name: String, _ depot: Depot) throws(Failure) -> SnapshotRecord {
      let record = try depot.catalogue.snapshot(name)
      try depot.catalogue.removeSnapshot(name)
      AuditTrail.facts.add(AuditFact.facts(ofRemoved: record))
      return record
    }
  }
}

/// How a snapshot is shown.
enum SnapshotText {
  static func suites(_ record: SnapshotRecord) -> String {
    record.suites.map(SuiteText.name).joined(separator: ", ")
  }

  static func json(_ record: SnapshotRecord) -> JSONText {
    .object([
      ("name", .string(record.name)),
      ("digest", .string(record.digest.hex)),
      ("kind", .string(record.kind.rawValue)),
      ("files", .count(record.files)),
      ("bytes", .count(record.bytes)),
      ("created", .string(record.created.rfc3339)),
      ("origin", .string(record.origin)),
      ("suites", .array(record.suites.map(SuiteText.json))),
    ])
  }

  static func lines(_ record: SnapshotRecord) -> [String] {
    var lines = [
      "name:    \(record.name)", "digest:  \(record.digest)", "kind:    \(record.kind.rawValue)",
      "content: \(record.files) files, \(ByteSize.text(record.bytes))",
      "created: \(record.created), from \(Escaped.line(record.origin))",
    ]
    for suite in record.suites {
      let date = suite.date.map { ", of \($0)" } ?? ""
      lines.append(
        "suite:   \(Escaped.line(suite.distribution))\(date), \(SuiteText.proof(suite))"
      )
    }
    return lines
  }
}
