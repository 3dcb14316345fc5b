internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry snapshot`.
struct SnapshotGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Frozen states of repositories.",
    subcommands: [
      SnapshotCreate.self, List.self, Show.self, Files.self, SnapshotDiff.self,
      SnapshotSearch.self, SnapshotVerify.self, SnapshotFilter.self, SnapshotMerge.self,
      SnapshotPull.self, SnapshotRename.self, Remove.self,
    ]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Show all snapshots.",
      discussion: "Example:\n  aptferry snapshot list"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let records = try location.depot(output).catalogue.snapshots()
      var table = TextTable(["NAME", "FILES", "SIZE", "CREATED", "ORIGIN", "DIGEST", "SUITES"])
      for record in records {
        table.add([
          record.name, String(record.files), ByteSize.text(record.bytes), record.created.rfc3339,
          record.origin, record.digest.short, SnapshotText.suites(record),
        ])
      }
      output.show(
        .object([("snapshots", .array(records.map(SnapshotText.json)))]),
        records.isEmpty ? ["there are no snapshots"] : table.lines
      )
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show one snapshot: content, suites, who signed them.",
      discussion: "Example:\n  aptferry snapshot show bookworm-1"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The snapshot's name.", completion: Completing.snapshots)
    var name: String

    func run() throws {
      let catalogue = try location.depot(output).catalogue
      let record = try catalogue.snapshot(name)
      let description = try catalogue.description(ofSnapshot: name)
      output.show(
        SnapshotText.json(record, description),
        SnapshotText.lines(record, description)
      )
    }
  }

  struct Files: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "files",
      abstract: "List the files of a snapshot: SHA-256, size, path.",
      discussion: "Example:\n  aptferry snapshot files bookworm-1 | grep '/openssl_'"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The snapshot's name.", completion: Completing.snapshots)
    var name: String

    func run() throws {
      let catalogue = try location.depot(output).catalogue
      let list = try catalogue.fileList(of: try catalogue.snapshot(name))
      guard output.json else {
        try list.forEachTextBlock { block in
          try Interruption.check()
          Output.text(block)
        }
        return
      }
      output.show(
        .object([
          ("snapshot", .string(name)),
          (
            "files",
            .array(
              (0..<list.count).map { index in
                .object([
                  ("sha256", .string(list.digest(at: index).hex)),
                  ("size", .count(list.size(at: index))),
                  ("path", .string(list.path(at: index))),
                ])
              }
            )
          ),
        ]),
        []
      )
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Remove a snapshot's name; refused while a publication uses it.",
      discussion: """
        Examples:
          aptferry snapshot remove bookworm-1
          aptferry snapshot remove --retired     those that their exporter removed

        Objects stay until “aptferry depot gc”. Retired snapshots that a publication
        uses stay, and are named. On a terminal you are asked; elsewhere say --yes.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The snapshot's name.", completion: Completing.snapshots)
    var name: String?

    @Flag(help: "Remove every snapshot that bundles have said their exporter removed.")
    var retired = false

    @OptionGroup var confirmation: ConfirmOptions

    func validate() throws {
      guard retired != (name != nil) else {
        throw ValidationError("Name a snapshot, or say --retired.")
      }
    }

    func run() throws {
      let consequence = "it can no longer be exported or published, and depot gc may remove it"
      try confirmation.ask(consequence, about: name ?? "what exporters have removed")
      let session = location.session(output)
      var removal = SnapshotRemoval()
      if let name { removal.removed.append(try session.removeSnapshot(name)) }
      if retired { removal = try session.removeRetiredSnapshots() }
      let (removed, kept) = (removal.removed, removal.kept)
      for snapshot in kept { output.note("kept: \(snapshot.name): \(snapshot.reason)") }
      output.show(
        .object([
          ("removed", .array(removed.map(SnapshotText.json))),
          (
            "kept",
            .array(
              kept.map { .object([("name", .string($0.name)), ("reason", .string($0.reason))]) }
            )
          ),
        ]),
        removed.isEmpty ? ["nothing to remove"] : removed.map { "removed: \($0.name)" }
      )
    }

  }
}
