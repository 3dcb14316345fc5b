internal import ArgumentParser
internal import Depot
internal import Publishing
internal import SafeIO

/// `aptferry depot`.
struct DepotGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "depot",
    abstract: "The depot itself.",
    subcommands: [Check.self, Status.self, GC.self]
  )

  struct Check: ParsableCommand, Audited {
    static let configuration = CommandConfiguration(
      abstract: "Hash every object, compare every snapshot and publication with them.",
      discussion: """
        Examples:
          aptferry depot check
          aptferry depot check --repair-from /srv/mirror/debian

        A repair takes from any directory tree the files that have the right digest.

        Exit statuses: 0 clean; 11 something is damaged or missing (all of it is
        listed); 17 another command holds the depot.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Option(
      help: ArgumentHelp(
        "A directory tree that may have the damaged or missing files.",
        valueName: "dir"
      )
    )
    var repairFrom: String?

    var audit: AuditSubject? {
      repairFrom.map { AuditSubject("depot check", [AuditField("repair-from", [$0])]) }
    }

    func run() throws {
      let depot = try location.open()
      let lock = try depot.lock(for: "depot check")
      try Publisher.recover(depot, facts: AuditTrail.facts) { () throws(Failure) in
        try AuditTrail.begin(AuditSubject("depot check"), changing: depot)
      }
      var report: CheckReport
      if let repairFrom {
        let source = try RepairSource(try Directory(opening: repairFrom))
        report = try DepotCheck(depot).run { (digest, size) throws(Failure) in
          try source.file(for: digest, size: size)
        }
      } else {
        report = try DepotCheck(depot).run()
      }
      try PublicationCheck(depot).run(into: &report, repairing: repairFrom != nil)
      _ = consume lock
      AuditTrail.add("repaired", report.repaired.map(\.hex))
      output.show(Check.json(report), Check.lines(report))
      try report.requireClean()
    }

    private static func json(_ report: CheckReport) -> JSONText {
      .object([
        ("clean", .bool(report.isClean)),
        ("objects", .count(report.objects)),
        ("bytes", .count(report.bytes)),
        ("snapshots", .number(Int64(report.snapshots))),
        ("generations", .number(Int64(report.generations))),
        ("unneeded", .count(report.unneeded)),
        ("unfinished", .array(report.unfinished.map { .string($0) })),
        ("repaired", .array(report.repaired.map { .string($0.hex) })),
        ("findings", .array(report.findings.map { .string($0.line) })),
      ])
    }

    private static func lines(_ report: CheckReport) -> [String] {
      var lines = [
        "objects:     \(report.objects), \(ByteSize.text(report.bytes)), "
          + "\(report.unneeded) of them needed by nothing",
        "snapshots:   \(report.snapshots)", "generations: \(report.generations)",
      ]
      lines += report.unfinished.map { "unfinished:  \($0)" }
      lines += report.repaired.map { "repaired:    \($0.hex)" }
      lines += report.findings.map { "WRONG:       \($0.line)" }
      lines.append(report.isClean ? "the depot is clean" : "the depot is NOT clean")
      return lines.map { Escaped.line($0) }
    }
  }

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
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
      let limit = try maxAge.map { (text) throws(Failure) in try Duration.seconds(text) }
      let status = try DepotStatus(of: try location.open())
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
          ("unfinished", .array(status.unfinished.map { .string($0) })),
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
          } + status.unfinished.map { "unfinished:   \(Escaped.line($0))" }
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
