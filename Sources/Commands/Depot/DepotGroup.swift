internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry depot`.
struct DepotGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "depot",
    abstract: "The depot itself.",
    subcommands: [Check.self, Status.self, GC.self, Backup.self, Restore.self]
  )

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Hash every object, compare every snapshot and publication with them.",
      discussion: """
        Examples:
          aptferry depot check
          aptferry depot check --repair-from /srv/mirror/debian
          aptferry depot check --repair-from s3://packages/site

        A repair takes from any directory tree, from bundles that a pinned key
        signed, and from publications in an object store, the files that have the
        right digest. Name all media of a set.

        Exit statuses: 0 clean; 11 something is damaged or missing (all of it is
        listed); 17 another command holds the depot.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Option(
      help: ArgumentHelp(
        "A medium with bundles, a disc's image, a tree or an address in an object store that may have the "
          + "files; repeated for more.",
        valueName: "place"
      ),
      completion: .file()
    )
    var repairFrom: [String] = []

    func run() throws {
      let report = try location.session(output).checkDepot(repairingFrom: repairFrom, .here)
      output.show(CheckText.json(report), CheckText.lines(report))
      try report.requireClean()
    }
  }

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status",
      abstract: "Show what the depot holds; nothing is hashed.",
      discussion: """
        Examples:
          aptferry depot status
          aptferry depot status --max-age 30d     for monitoring

        Exit statuses: 13 the newest bundle taken in was made longer ago than --max-age
        says, or none has been: nobody brings anything any more.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Option(
      help: ArgumentHelp("How old the newest bundle may be: 12h, 30d.", valueName: "duration")
    )
    var maxAge: String?

    func run() throws {
      let now = UTCTime.now()
      let limit = try maxAge.map { (text) throws(Failure) in try TimeLength.seconds(text) }
      let status = try DepotStatus(of: try location.depot(output))
      let age = status.newestSignedTime.map { max(0, now.seconds - $0.seconds) }
      output.show(
        .object([
          ("site", .string(status.site)),
          ("upstreamPolicy", .string(status.upstream.rawValue)),
          ("objects", .count(status.objects)),
          ("bytes", .count(status.bytes)),
          ("free", .count(status.free)),
          ("snapshots", .number(Int64(status.snapshots))),
          ("publications", .number(Int64(status.publications))),
          ("keys", .number(Int64(status.keys))),
          ("keysForAnySuite", .array(status.keysForAnySuite.map { .string($0) })),
          ("unverifiedSnapshots", .array(status.unverified.map { .string($0) })),
          ("unfinished", .array(status.unfinished.map { .string($0.staging) })),
          ("unfinishedImports", UnfinishedText.imports(status.unfinished)),
          ("newestSignedTime", status.newestSignedTime.map { .string($0.rfc3339) } ?? .null),
          ("ageSeconds", age.map { .number($0) } ?? .null),
        ]),
        [
          "site:         \(status.site)", "upstream:     \(status.upstream.rawValue)",
          "objects:      \(status.objects), \(ByteSize.text(status.bytes))",
          "free:         \(ByteSize.text(status.free))", "snapshots:    \(status.snapshots)",
          "publications: \(status.publications)", "pinned keys:  \(status.keys)",
          "newest bundle accepted: "
            + (status.newestSignedTime.map { "\($0.rfc3339), \((age ?? 0) / 86_400) days ago" }
              ?? "none"),
        ]
          + status.keysForAnySuite.map {
            "WARNING:      the key \($0) may sign any suite: aptferry trust edit \($0) --name VENDOR "
              + "--reason TEXT"
          }
          + status.unverified.map {
            "WARNING:      the vendor's signature of \(Escaped.line($0)) was never verified here"
          } + status.unfinished.map { "unfinished:   \(Escaped.line(UnfinishedText.line($0)))" }
      )
      guard let limit, age.map({ $0 > limit }) ?? true else { return }
      throw Failure(
        .freshness,
        "no-news",
        status.newestSignedTime.map { "the newest bundle taken in was made at \($0.rfc3339)" }
          ?? "no bundle has been taken in",
        subject: status.site,
        hint: "ask the exporter what was sent: aptferry receipt create"
      )
    }
  }
}
