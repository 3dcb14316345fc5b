internal import ArgumentParser
internal import BundleFormat
internal import Operations
internal import SafeIO
internal import Transfer

/// `aptferry export`.
struct Export: ParsableCommand, Promising {
  static let afterRefusal =
    "what is not finished does not count as a bundle; aptferry ledger show lists what was made"

  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write snapshots as a signed bundle of chunked archives.",
    discussion: """
      Examples:
        aptferry export bookworm-1 --to /media/stick
        aptferry export bookworm-1 security-1 --to out --chunk-size 4.3GB
        aptferry export bookworm-1 --to /media/stick --dry-run
        aptferry export bookworm-2 --to /media/stick --site island
        aptferry export bookworm-2 --to /media/stick --since bookworm-1
        aptferry export bookworm-2 --to /media/stick --parity 10%
        aptferry export bookworm-2 --to /media/a --to /media/b
        aptferry export bookworm-2 --media bd25×4 --dry-run --to /mnt
        aptferry export bookworm-2 --media bd25×5 --parity-media 1 --to /mnt
        aptferry export --continue mainland-000012 --to /media/stick
        aptferry export bookworm-2 --to /media/a --slip slip.html \\
            --marking "SITE ONLY"

      With --site the bundle is an increment for these sites, and for no other: it
      leaves out what the receipts of all of them say is there (receipt add). A
      site of which nothing is known gets everything. Carrying something again is
      never harmful; what is missing nevertheless, the import names, and
      --resend makes it again. --since and --assume-delivered rely on what you say.

      The bundle's directory is <stream>-<sequence>. Interrupted, it ends in
      .partial; run the same command again and finished chunks are checked and
      used again. When it says “bundle:”, all of it is on the medium.

      On several media, with --to twice or --media, every chunk lies on one of them
      and the lists on all. Each medium is read back when its last byte is written.
      What is missing is written later with --continue, whatever happened meanwhile.

      --slip writes the packing slip and a label for each medium.

      Exit statuses: 11 an object of the depot is damaged (depot check), or a medium
      does not give back what was written, 12 media are still to be written, 14 there
      is something in the .partial that no export writes (--discard-partial), or
      the directory is in the depot, 15 the medium is too small (it says by how
      much), 17 another command holds the depot, 18 a directory of the bundle's
      name is there already.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The snapshots.", completion: Completing.snapshots)
  var snapshots: [String] = []

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp(
      "The medium: the directory that gets the bundle's one; several times for several media.",
      valueName: "dir"
    ),
    completion: .directory
  )
  var destinations: [String] = []

  @OptionGroup var media: MediaOptions

  @Option(help: "The stream, instead of the site's name.")
  var stream: String?

  @Option(
    name: .customLong("site"),
    help: "A site that the bundle is for; may be given several times.",
    completion: Completing.sites
  )
  var sites: [String] = []

  @Flag(help: "Allow a site of which this depot knows nothing: neither a key nor a bundle.")
  var newSite = false

  @Option(
    help: ArgumentHelp(
      "Leave out what this snapshot or bundle has; may be given several times.",
      valueName: "snapshot|bundle"
    ),
    completion: Completing.snapshots
  )
  var since: [String] = []

  @Flag(help: "Leave out what bundles made before have, also those never acknowledged.")
  var assumeDelivered = false

  @Flag(help: "Leave nothing out.")
  var full = false

  @Option(
    help: ArgumentHelp(
      "Write again what this request (aptferry receipt request) asks for; no new bundle is made.",
      valueName: "file"
    ),
    completion: .file()
  )
  var resend: String?

  @Option(
    help: ArgumentHelp(
      "The largest chunk file, as 700M, 4.3GB, 1GiB.",
      discussion: "Else Chunk-Size of /etc/aptferry.conf, else "
        + "\(ByteSize.text(BundleLimits.standardChunkSize)).",
      valueName: "size"
    )
  )
  var chunkSize: ByteSize?

  @Flag(help: "Allow chunks of 4 GiB and more, which FAT32 cannot hold.")
  var largeFiles = false

  @Option(
    help: ArgumentHelp(
      "The time in the manifest, as 2026-11-22T21:00:00Z; else SOURCE_DATE_EPOCH or now.",
      valueName: "time"
    )
  )
  var created: String?

  @Option(
    help: ArgumentHelp(
      "When importers begin to refuse the bundle, as 90d or 2027-03-01T00:00:00Z; else never.",
      valueName: "time"
    )
  )
  var expires: String?

  @Flag(
    help: "Remove what lies under the unfinished bundle's name, whatever it is, and begin anew."
  )
  var discardPartial = false

  @Option(
    help: ArgumentHelp(
      "Put this package of aptferry-isolated beside the bundle, signed, with how to check it.",
      valueName: "deb"
    ),
    completion: .file()
  )
  var withProgram: String?

  @OptionGroup var slip: ExportSlipOptions

  @Option(
    help: ArgumentHelp(
      "Add so much parity, as 10%: damaged or lost chunks can be made again from it (aptferry repair).",
      valueName: "percent"
    )
  )
  var parity: ParityShare?

  @Flag(help: "Show what would be written, and write nothing.")
  var dryRun = false

  func validate() throws {
    try media.check(destinations, isPlan: dryRun)
    try slip.check(isPlanned: dryRun, isResend: resend != nil)
    guard [!since.isEmpty, assumeDelivered, full].filter({ $0 }).count <= 1 else {
      throw ValidationError("--since, --assume-delivered and --full exclude each other.")
    }
    let isAsked =
      !snapshots.isEmpty || !sites.isEmpty || !since.isEmpty || full || assumeDelivered
      || stream != nil || created != nil || expires != nil
      || parity != nil || media.parityMedia != nil
    guard resend == nil || !isAsked && withProgram == nil else {
      throw ValidationError("--resend says itself what is to be written: name nothing else.")
    }
    guard parity == nil || !destinations.contains(where: StoreAddress.isOne) else {
      throw ValidationError("An object store has copies of its own: leave --parity out.")
    }
    guard media.parityMedia == nil || parity == nil else {
      throw ValidationError("--parity and --parity-media exclude each other.")
    }
    guard resend == nil || !media.isSet(destinations) else {
      throw ValidationError("--resend writes to one --to.")
    }
    guard media.continued == nil || !isAsked && resend == nil else {
      throw ValidationError("--continue says itself what is to be written: name nothing else.")
    }
    guard resend != nil || media.continued != nil || !snapshots.isEmpty else {
      throw ValidationError("Missing expected argument '<snapshots> ...'")
    }
  }

  private var base: ExportBase {
    if full { return .full }
    if assumeDelivered { return .delivered }
    return since.isEmpty ? .acknowledged : .since(since)
  }

  func run() throws {
    if let resend { return try runResend(resend) }
    if media.isSet(destinations) { return try runSet() }
    let order = try order()
    let line = output.progress
    defer { line.end() }
    let session = location.session(output, line)
    try slip.check(session, output)
    if dryRun {
      guard case .bundle(let summary) = try session.planExport(order) else {
        return showNothingToCarry()
      }
      line.end()
      show(summary)
      // The status of the real run, once the plan is shown.
      return try session.checkRoom(for: summary, order)
    }
    guard case .made(let result) = try session.exportBundle(order) else {
      return showNothingToCarry()
    }
    line.end()
    show(result)
    try slip.write(
      BundleName.directory(stream: result.summary.stream, sequence: result.summary.sequence),
      session,
      output
    )
  }

  func order() throws(Failure) -> ExportOrder {
    var order = ExportOrder(snapshots, to: destinations.first.map(mediumPath) ?? "")
    let configuration = Surroundings.current.configuration
    order.stream = stream ?? configuration.value(.stream)
    if let size = chunkSize ?? configuration.chunkSize { order.chunkSize = size.bytes }
    order.allowsLargeChunks = largeFiles
    order.created = try time()
    order.expires = try expires.map { (text) throws(Failure) in
      if let time = UTCTime(rfc3339: text) { return .at(time) }
      return .after(try TimeLength.seconds(text))
    }
    order.sites = sites
    order.allowsNewSites = newSite
    order.base = base
    order.discardsPartial = discardPartial
    order.program = withProgram.map(absolutePath)
    order.parity = parity
    order.parityMedia = media.parityMedia ?? 0
    return order
  }

  private func time() throws(Failure) -> UTCTime? {
    if let created {
      guard let time = UTCTime(rfc3339: created) else {
        throw Failure(
          .usage,
          "arguments",
          "--created takes a time like 2026-11-22T21:00:00Z",
          subject: created
        )
      }
      return time
    }
    return try SourceDate.time(hint: "unset it, or give --created")
  }
}
