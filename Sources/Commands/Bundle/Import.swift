internal import ArgumentParser
internal import BundleFormat
internal import DebianRepository
internal import Depot
internal import OpenPGP
internal import Publishing
internal import SafeIO
internal import Transfer
internal import Trust

/// `aptferry import`.
struct Import: ParsableCommand, Promising, Audited {
  static let afterRefusal =
    "no snapshot of the refused bundle was added; what was imported before it stays; the media were "
    + "only read"

  static let configuration = CommandConfiguration(
    abstract: "Take bundles from media into the depot.",
    discussion: """
      Examples:
        aptferry import /media/stick
        aptferry import /media/disc1 /media/disc2     in any order
        aptferry import /media/disc1                  then the next disc
        aptferry import /media/stick --publish debian
        aptferry import /media/stick --receipt /media/out/island.receipt
        aptferry import /media/stick --qr             the receipt's line to scan

      The exporter's signature, every chunk, every file, and the vendor's own
      chain (InRelease, indexes, packages) are checked with the keys pinned here.
      Media are only read. What has arrived is kept when other media are missing.

      Exit statuses: 0 imported, or the same bundle was imported before; 10 a key
      is not pinned or a signature is bad; 11 damaged, 12 something is missing
      (both name every chunk); 13 older than what was accepted, or the clock is
      behind; 14 links, devices or the like on the medium; 15 not enough space; 16
      a medium cannot be read, or the receipt not be written; 17 another command
      holds the depot; 18 a snapshot of that name has other content here; 19 it is
      for other sites, or something has gone (--allow-removal).
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Bundles, or media that hold some, in any order.")
  var media: [String]

  @Option(
    name: .customLong("publish"),
    help: ArgumentHelp(
      "Publish the snapshots of what was imported at this prefix, with its settings.",
      valueName: "prefix"
    )
  )
  var publishAt: String?

  @Option(
    name: .customLong("receipt"),
    help: ArgumentHelp(
      "Write a signed receipt to this file in the end; “-” is standard output.",
      valueName: "file"
    )
  )
  var receiptFile: String?

  @Flag(help: "Show the receipt's line as a QR code as well.")
  var qr = false

  @Flag(help: "Take in also what is older than what is here; needs --reason.")
  var acceptOlder = false

  @Option(help: "Why, for the audit log and the next receipt.", transform: Reason.read)
  var reason: String?

  @Flag(help: "Allow that a suite, component or architecture has gone.")
  var allowRemoval = false

  @Flag(help: "Check signature and acceptance, say what is new or missing, and change nothing.")
  var dryRun = false

  var audit: AuditSubject? {
    dryRun
      ? nil
      : AuditSubject(
        "import",
        [
          AuditField("media", media.map(absolutePath)),
          AuditField("publish", publishAt.map { [$0] } ?? []),
          AuditField("accept-older", acceptOlder ? ["yes"] : []),
          AuditField("allow-removal", allowRemoval ? ["yes"] : []),
        ],
        reason: reason
      )
  }

  func validate() throws {
    guard acceptOlder == (reason != nil) else {
      throw ValidationError("--accept-older and --reason belong together.")
    }
  }

  func run() throws {
    let now = UTCTime.now()
    let depot = try location.open()
    // Not after hours of work.
    try output.check(file: receiptFile)
    if let receiptFile { try NamedFile.check(receiptFile, outside: depot) }
    if let publishAt { try Publisher.check(publishAt, in: depot) }
    if !dryRun && reason == nil { try Publications.refuseForgotten(depot) }
    let line = output.progress
    defer { line.end() }
    var taken: [ImportResult] = []
    do {
      var request = ImportRequest(
        media: media,
        now: now,
        facts: AuditTrail.facts,
        isDryRun: dryRun,
        reasonForOlder: reason,
        allowsRemoval: allowRemoval,
        beforeCommit: continuity(depot)
      )
      request.tell = { [output] notes in
        AuditTrail.add("keys", notes)
        for note in notes { output.note("note: \(note)") }
      }
      _ = try Importer(request, depot: depot).run(progress: line.sink) { result in
        taken.append(result)
        // Noted now: whatever comes after this bundle may be refused.
        AuditTrail.add("notes", result.notes)
      }
      line.end()
      for result in taken {
        for note in result.notes { output.note("note: \(result.name): \(note)") }
      }
      try finish(taken, depot, now)
    } catch let failure as Failure {
      // What came in before stays, and is said.
      throw failure.adding(
        details: taken.flatMap { result in
          ["\(result.name): \(result.outcome.rawValue)"]
            + result.notes.filter { $0.hasPrefix("ALARM") }
        }
      )
    }
  }

  /// What is to be published at once is compared with what clients have before it comes in.
  private func continuity(_ depot: Depot) -> ImportRequest.BeforeCommit {
    guard let publishAt else { return { _ throws(Failure) in } }
    return { (records) throws(Failure) in
      try VendorContinuity(depot).check(records, at: publishAt)
    }
  }

  /// Publishes, makes the receipt, and shows everything.
  private func finish(_ results: [ImportResult], _ depot: Depot, _ now: UTCTime) throws {
    let published = try publishAt.flatMap { try publish(results, at: $0, depot, now) }
    let making = ReceiptMaking(depot: depot, now: .now(), facts: AuditTrail.facts)
    var typed: [String: String] = [:]
    if !dryRun { for line in try making.typed() { typed[line.stream] = line.line } }
    let receipts = try receipt(making, depot, results, typed)
    guard let published else {
      return output.show(
        .array(results.map { Import.json($0, typed) }),
        results.flatMap(Import.lines) + receipts,
        file: dryRun ? nil : receiptFile
      )
    }
    for note in published.notes { output.note("note: \(note)") }
    output.show(
      .object([
        ("imported", .array(results.map { Import.json($0, typed) })),
        ("published", PublicationText.json(published)),
      ]),
      results.flatMap(Import.lines) + PublicationText.lines(published) + receipts,
      file: receiptFile
    )
  }

  /// The receipt: a line for each stream that a person can carry out, and the signed file when one
  /// is asked for.
  private func receipt(
    _ making: ReceiptMaking,
    _ depot: Depot,
    _ results: [ImportResult],
    _ typed: [String: String]
  ) throws -> [String] {
    if dryRun { return [] }
    var lines: [String] = []
    for text in Set(results.map(\.stream)).sorted().compactMap({ typed[$0] }) {
      lines.append("receipt:   \(text)")
      if qr { lines += try QRText.lines(text) }
    }
    if let receiptFile {
      let lock = try depot.lock(for: "receipt create")
      let (_, file) = try making.make(signingWith: try DepotIdentity.keys(of: depot, now: .now()))
      try NamedFile.write(file, to: receiptFile, outside: depot)
      _ = consume lock
      lines.append("           signed: \(Escaped.line(receiptFile))")
    }
    return lines
  }

  /// Publishes what the bundles brought: of each stream what the newest brought, whether it came
  /// now or in a run before that was interrupted.
  private func publish(
    _ results: [ImportResult],
    at prefix: String,
    _ depot: Depot,
    _ now: UTCTime
  ) throws -> PublicationResult? {
    var names: [String] = []
    var taken: Set<String> = []
    for result in results.reversed() {
      // An older bundle of the same command must not go over what a newer one has.
      for snapshot in result.snapshots.reversed() {
        let suites = try depot.catalogue.findSnapshot(snapshot.name)?.suites ?? []
        let isNew = suites.contains { taken.insert($0.distribution).inserted }
        if isNew && !dryRun { names.insert(snapshot.name, at: 0) }
      }
    }
    if dryRun { return nil }
    if !acceptOlder { try refuseOlder(results, depot) }
    guard !names.isEmpty else {
      throw Failure(.state, "nothing-to-publish", "the bundles bring no snapshot to publish")
    }
    let lock = try depot.lock(for: "publish")
    try Publisher.recover(depot, facts: AuditTrail.facts)
    let result = try Publisher(depot, facts: AuditTrail.facts, ownKey: DepotKey(depot: depot).load)
      .publish(PublishRequest(names, at: prefix, now: now))
    _ = consume lock
    return result
  }

  /// Clients go back only when somebody says why.
  private func refuseOlder(_ results: [ImportResult], _ depot: Depot) throws(Failure) {
    for (stream, bundles) in Dictionary(grouping: results, by: \.stream) {
      let brought = bundles.map(\.sequence).max() ?? 0
      let newest = try depot.catalogue.accepted(stream: stream).map(\.sequence).max() ?? 0
      guard brought < newest else { continue }
      throw Failure(
        .freshness,
        "older-publish",
        "clients would be taken back: this depot has \(stream) \(newest), and \(brought) is the "
          + "newest of \(stream) on these media",
        subject: publishAt,
        hint:
          "publish the snapshot that is wanted (aptferry publish SNAPSHOT --at PREFIX), give an "
          + "earlier generation back (aptferry publication rollback PREFIX --reason TEXT), or say "
          + "--accept-older --reason TEXT"
      )
    }
  }

  private static func json(_ result: ImportResult, _ typed: [String: String]) -> JSONText {
    .object([
      ("bundle", .string(result.name)),
      ("outcome", .string(result.outcome.rawValue)),
      ("digest", .string(result.digest.hex)),
      ("short", .string(result.digest.short)),
      ("signers", .array(result.signers.map { .string($0.text) })),
      ("newBytes", .count(result.newBytes)),
      ("snapshots", .array(result.snapshots.map(BundleText.json))),
      ("suites", .array(result.suites.map(SuiteText.json))),
      ("notes", .array(result.notes.map { .string($0) })),
      ("receipt", typed[result.stream].map { .string($0) } ?? .null),
    ])
  }

  private static func lines(_ result: ImportResult) -> [String] {
    var lines = ["bundle:    \(result.name): \(result.outcome.rawValue)"]
    lines += result.signers.map { "signed by: \($0.grouped)" }
    lines += result.snapshots.map(BundleText.line)
    lines += result.suites.map { "suite:     " + SuiteText.line($0) }
    if result.outcome != .alreadyImported {
      lines.append("new:       \(ByteSize.text(result.newBytes))")
    }
    lines.append("digest:    \(result.digest.short)")
    return lines.map { Escaped.line($0) }
  }
}
