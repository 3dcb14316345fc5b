internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// `aptferry audit`.
struct AuditGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Who did what to this depot, when, and how it ended.",
    subcommands: [Show.self, AuditPackage.self, Verify.self, Export.self]
  )

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show the newest records, the newest last.",
      discussion: """
        Examples:
          aptferry audit show
          aptferry audit show --since 2026-11-01 --limit 0
          aptferry audit show --json --limit 1

        A command that changes or decides something has a record of its beginning
        and one of its outcome; “interrupted” is one that ended without saying how.
        What is shown is not checked: aptferry audit verify.

        Exit statuses: 16 the log cannot be read; 18 there is no depot.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var period: AuditPeriod

    @Option(help: ArgumentHelp("How many records, 0 for all.", valueName: "count"))
    var limit: UInt = 50

    func run() throws {
      let log = try location.session(output).auditLog()
      let (since, until) = (try period.first(), try period.last())
      var newest: [AuditRecord] = []
      var leftOut: UInt64 = 0
      try log.forEachRecord(since: since, until: until) { (record) throws(Failure) in
        newest.append(record)
        // Cut now and then, so that it is not moved for each record.
        if limit > 0 && newest.count >= 2 * limit + 1000 {
          leftOut += UInt64(newest.count) - UInt64(limit)
          newest.removeFirst(newest.count - Int(limit))
        }
      }
      if limit > 0 && newest.count > limit {
        leftOut += UInt64(newest.count) - UInt64(limit)
        newest.removeFirst(newest.count - Int(limit))
      }
      if leftOut > 0 { output.note("note: \(leftOut) older records are not shown (--limit)") }
      output.show(
        .object([
          ("leftOut", .count(leftOut)), ("records", .array(newest.map(AuditText.json))),
        ]),
        newest.isEmpty ? ["the audit log has no such records"] : AuditText.table(newest)
      )
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Check that no record was altered, removed, moved or cut off.",
      discussion: """
        Examples:
          aptferry audit verify
          aptferry audit verify --head 4711:0123…cdef
          aptferry audit verify --with island.receipt
          aptferry audit verify --file audit.log --head 4711:0123…cdef

        Each record names the digest of the one before; the catalogue knows how far
        the log was at the last change. --head takes what an earlier “audit verify”
        showed: the log must still have that record. --with takes it from a receipt,
        which carries the newest record that a site knows of this log; it must be
        signed by the key that is pinned for that site, or by this depot itself.

        --file checks a copy of a log, such as “audit export” or “audit export
        --evidence” wrote, and needs no depot. Without a --head that somebody else
        kept, it shows only that the copy fits in itself.

        Exit statuses: 0 all of it fits (commands that were interrupted and the rest
        of a record that a power cut left are told); 11 it does not: the first record
        that does not fit is named; 10 the receipt is of nobody known here; 16 it
        cannot be read; 18 there is no depot, or the receipt says nothing of its log.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Option(
      name: .customLong("with"),
      help: ArgumentHelp("A receipt that knows of the log (repeatable).", valueName: "receipt"),
      completion: .file()
    )
    var receipts: [String] = []

    @Option(
      help: ArgumentHelp(
        "A record that the log must have (repeatable).",
        valueName: "number:digest"
      )
    )
    var head: [String] = []

    @Option(
      help: ArgumentHelp("Check this copy of a log instead.", valueName: "log"),
      completion: .file()
    )
    var file: String?

    func run() throws {
      let session = location.session(output)
      let log =
        if let file { try AuditLog(copy: absolutePath(file)) } else { try session.auditLog() }
      var witnesses: [AuditWitness] = []
      for text in head {
        guard let head = AuditHead(text: text) else {
          throw Failure(
            .usage,
            "arguments",
            "--head takes the number of a record and the 64 digits of its digest, as 12:0123…",
            subject: text
          )
        }
        witnesses.append(AuditWitness(head, source: "--head"))
      }
      for name in receipts {
        witnesses += try ReceiptWitness.read(
          try NamedFile.read(name, limit: ReceiptAdmission.longest),
          name: name,
          in: session.depot(),
          now: session.now
        )
      }
      var note: String?
      do {
        if file == nil, let known = try session.depot().catalogue.auditCheckpoint() {
          witnesses.append(AuditWitness(known, source: "the catalogue"))
        }
      } catch {
        // The log must be readable also when nothing else of the depot is.
        note = "the catalogue could not be asked: \(error.reason)"
      }
      for witness in witnesses where !receipts.isEmpty {
        output.note("\(witness.source) knows record \(witness.head.sequence)")
      }
      let report = try log.verify(witnesses)
      output.show(AuditText.json(report, note), AuditText.lines(report, note))
      try report.requireWhole(log.path)
      if file != nil { try report.requireCopy(log.path) }
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write the records out, oldest first, for other programs.",
      discussion: """
        Examples:
          aptferry audit export > audit.jsonl
          aptferry audit export --format csv --since 2026-11-01 > november.csv
          aptferry audit export --evidence mainland-000009 evidence \\
              --package acme-data=1.0

        json is the lines of the log as they stand, one JSON object each. csv is for
        spreadsheets: a cell that a spreadsheet would compute gets an apostrophe.

        --evidence writes a directory that shows how a bundle's content came here:
        the log, MANIFEST with its signatures, ENTRIES, the vendors' Release files
        and indexes, a receipt, the keys, and README.txt, which checks all of it with
        gpgv and sha256sum. --package leaves out the indexes that do not list it.

        Exit statuses: 2 unknown format or bundle, or the directory is there already;
        16 the log cannot be read; 18 the bundle's lists were not kept.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var period: AuditPeriod

    @Option(help: "json or csv.")
    var format: Format = .json

    @Option(
      help: ArgumentHelp("Write the evidence of this bundle to a directory.", valueName: "bundle"),
      completion: Completing.bundles
    )
    var evidence: String?

    @Option(
      name: .customLong("package"),
      help: ArgumentHelp("The package that the evidence is about.", valueName: "name[=version]")
    )
    var package: String?

    @Argument(help: "The new directory for the evidence.", completion: .directory)
    var directory: String?

    enum Format: String, ExpressibleByArgument, CaseIterable {
      case json, csv
    }

    func validate() throws {
      guard (evidence == nil) == (directory == nil), evidence != nil || package == nil else {
        throw ValidationError("--evidence takes a bundle, and a new directory beside it.")
      }
      guard evidence == nil || (format == .json && period.since == nil && period.until == nil)
      else { throw ValidationError("--evidence has the whole log: leave the other options out.") }
    }

    func run() throws {
      if let evidence, let directory { return try export(evidence, to: absolutePath(directory)) }
      guard !output.json || format == .json else {
        throw Failure(.usage, "arguments", "--json and --format csv exclude each other")
      }
      let log = try location.session(output).auditLog()
      if format == .csv { Output.text(Array((AuditCSV.heading + "\r\n").utf8)) }
      var block: [UInt8] = []
      try log.forEachRecord(since: try period.first(), until: try period.last()) {
        (record) throws(Failure) in
        switch format {
        case .json: block += AuditText.exported(record)
        case .csv: block += Array((AuditCSV.row(record) + "\r\n").utf8)
        }
        if block.count >= 1 << 18 {
          Output.text(block)
          block.removeAll(keepingCapacity: true)
        }
      }
      Output.text(block)
    }

    private func export(_ bundle: String, to directory: String) throws {
      var order = EvidenceOrder(bundle, to: directory)
      order.package = try package.map(AuditPackage.parse)
      let written = try location.session(output).exportEvidence(order)
      output.show(
        EvidenceText.json(written, bundle: bundle, directory: directory),
        EvidenceText.lines(written, directory: directory)
      )
    }
  }
}

/// From when to when.
struct AuditPeriod: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only from then on, as 2026-11-22 or 2026-11-22T21:00:00Z.",
      valueName: "time"
    )
  )
  var since: String?

  @Option(help: ArgumentHelp("Only until then; a day counts whole.", valueName: "time"))
  var until: String?

  func first() throws(Failure) -> UTCTime? {
    try since.map { (text) throws(Failure) in try time(text, "--since", "T00:00:00Z") }
  }

  func last() throws(Failure) -> UTCTime? {
    try until.map { (text) throws(Failure) in try time(text, "--until", "T23:59:59Z") }
  }

  private func time(
    _ text: String,
    _ option: String,
    _ ofDay: String
  ) throws(Failure) -> UTCTime {
    if let time = UTCTime(rfc3339: text) ?? UTCTime(rfc3339: text + ofDay) { return time }
    throw Failure(
      .usage,
      "arguments",
      "\(option) takes a day or a time in UTC, as 2026-11-22 or 2026-11-22T21:00:00Z",
      subject: text
    )
  }
}
