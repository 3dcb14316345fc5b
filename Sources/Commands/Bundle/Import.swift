internal import ArgumentParser
internal import Documents
internal import OpenPGP
internal import Operations
internal import Publishing
internal import SafeIO
internal import Transfer

/// `aptferry import`.
struct Import: ParsableCommand, Promising {
  static let afterRefusal =
    "no snapshot of the refused bundle was added; what was imported before it stays; the media were "
    + "only read"

  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take bundles from media into the depot.",
    discussion: """
      Examples:
        aptferry import /media/stick
        aptferry import /media/disc1 /media/disc2     in any order
        aptferry import /media/disc1                  then the next disc
        aptferry import mainland-12-1.iso /dev/sr0    images, unmounted discs
        aptferry import /media/stick --publish debian
        aptferry import /media/disc1 --publish-when-complete debian
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
      holds the depot; 18 a snapshot with that name has other content here; 19 it is
      for other sites, or something has gone (--allow-removal).
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(
    help: "Bundles, media that hold some, images of discs; in any order.",
    completion: .file()
  )
  var media: [String]

  @Option(
    name: .customLong("publish"),
    help: ArgumentHelp(
      "Publish the snapshots of what was imported at this prefix, with its settings.",
      valueName: "prefix"
    ),
    completion: Completing.prefixes
  )
  var publishAt: String?

  @Option(
    name: .customLong("publish-when-complete"),
    help: ArgumentHelp(
      "The same once all chunks are here; until then say what to ask the exporter for.",
      valueName: "prefix"
    ),
    completion: Completing.prefixes
  )
  var publishWhenComplete: String?

  @Option(
    name: .customLong("receipt"),
    help: ArgumentHelp(
      "Write a signed receipt to this file in the end; “-” is standard output.",
      valueName: "file"
    ),
    completion: .file()
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

  @Flag(
    name: .customLong("allow-expired-key"),
    help: "Take what a vendor's key signed before it expired; remembered, and shown."
  )
  var allowExpiredKey = false

  @Flag(help: "Check signature and acceptance, say what is new or missing, and change nothing.")
  var dryRun = false

  func validate() throws {
    guard acceptOlder == (reason != nil) else {
      throw ValidationError("--accept-older and --reason belong together.")
    }
    guard publishAt == nil || publishWhenComplete == nil else {
      throw ValidationError("--publish and --publish-when-complete exclude each other.")
    }
  }

  func run() throws {
    try output.check(file: receiptFile)
    let line = output.progress
    defer { line.end() }
    let outcome = try location.session(output, line).importBundles(order)
    line.end()
    try show(outcome)
    if let failure = outcome.failure { throw failure }
  }

  private var order: ImportOrder {
    var order = ImportOrder(media.map(mediumPath))
    order.prefix = publishAt ?? publishWhenComplete
    order.asksForResend = publishWhenComplete != nil
    order.receipt = receiptFile.map { path in
      receiptDestination(path)
    }
    order.around = .here
    order.reasonForOlder = reason
    order.allowsRemoval = allowRemoval
    order.allowsExpiredKeys = allowExpiredKey
    order.isDryRun = dryRun
    return order
  }

  private func show(_ outcome: ImportOutcome) throws {
    let results = outcome.bundles
    let receipts = try receiptLines(outcome)
    if let receipt = outcome.receipt, Output.isStandard(receiptFile) { Output.text(receipt) }
    let published = outcome.published
    for note in published?.notes ?? [] { output.tell(note) }
    output.show(
      .object([
        ("dryRun", .bool(dryRun)),
        ("imported", .array(results.map { ImportText.json($0, outcome.typed) })),
        ("published", published.map(PublicationText.json) ?? .null),
        ("request", outcome.request.map { .string(String(decoding: $0, as: UTF8.self)) } ?? .null),
      ]),
      try results.flatMap(ImportText.lines) + (published.map(PublicationText.lines) ?? [])
        + receipts
        + requestLines(outcome),
      file: dryRun ? nil : receiptFile
    )
  }

  /// The request for what is missing, as `receipt request` writes it.
  private func requestLines(_ outcome: ImportOutcome) throws(Failure) -> [String] {
    guard let request = outcome.request else { return [] }
    output.note("to be carried out, for aptferry export --resend:")
    let text = String(decoding: request.dropLast(), as: UTF8.self)
    return try [text] + (qr ? QRText.lines(text + "\n") : [])
  }

  /// A line for each stream that a person can carry out, and where the signed file is.
  private func receiptLines(_ outcome: ImportOutcome) throws(Failure) -> [String] {
    if dryRun { return [] }
    var lines: [String] = []
    for stream in Set(outcome.bundles.map(\.stream)).sorted() {
      guard let text = outcome.typed[stream] else { continue }
      lines.append("receipt:   \(text)")
      if qr { lines += try QRText.lines(text) }
    }
    if let receiptFile = outcome.receiptPlace ?? receiptFile {
      lines.append("           signed: \(Escaped.line(receiptFile))")
    }
    return lines
  }
}
