internal import ArgumentParser
internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// `aptferry slip`.
struct Slip: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slip",
    abstract: "Make the papers of media: a packing slip, and a label for each medium.",
    discussion: """
      Examples:
        aptferry slip /media/stick
        aptferry slip /media/disc1 /media/disc2 --to slip.html --marking "SITE ONLY"
        aptferry slip --bundle mainland-000012 --to slip.html --purpose "CR 4711"

      The slip has the digest to read out, the media with their devices, and lines to
      fill in: approval, seals, malware checks, custody, disposal. A label has the
      same as a QR code. HTML is for A4, and needs nothing from outside.

      Of bundles that the depot made, its ledger vouches for what the papers say, and
      with --bundle no medium is needed. Other media are verified with the exporters
      that the depot pins, or with --keyring; where nothing could be verified, the
      papers say so. Media are only read, and their chunks only counted: “aptferry
      verify” checks them.

      Exit statuses: 10 a signature is bad, 11 the list of files is damaged, 12 there
      is no bundle, 18 the depot made no such bundle, or has its lists no more.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Bundles, media that hold some, or images of discs.", completion: .file())
  var media: [String] = []

  @Option(
    help: ArgumentHelp("A bundle that the depot made, wherever its media are.", valueName: "bundle")
  )
  var bundle: String?

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp(
      "Write the papers to this file, in the form that its name ends in: .html, .json, else text.",
      valueName: "file"
    ),
    completion: .file()
  )
  var file: String?

  @Option(help: "The form of the papers: text, html or json.")
  var format: SlipForm?

  @OptionGroup var remarks: RemarkOptions

  @OptionGroup var exporter: KeyringOption

  func validate() throws {
    guard media.isEmpty != (bundle == nil) else {
      throw ValidationError("Name media, or --bundle with a bundle that the depot made.")
    }
    guard bundle == nil || exporter.keyring == nil else {
      throw ValidationError("--bundle needs no --keyring: the depot made it.")
    }
    guard format == nil || file != nil || !output.json else {
      throw ValidationError(
        "--json is a form itself: leave --format out, or name a file with --to."
      )
    }
  }

  func run() throws {
    try output.check(file: file)
    let session = location.session(output)
    let remarks = try remarks.remarks()
    let file = Output.isStandard(file) ? nil : file.map(absolutePath)
    if let file { try session.checkPaper(file) }
    let papers =
      try bundle.map { (name) throws(Failure) in [try session.papers(ofBundle: name)] }
      ?? session.papers(
        of: media,
        with: try exporter.keys(),
        around: .here
      )
    for note in papers.flatMap(\.notes) { session.tell(note) }
    let slips = papers.map {
      PackingSlip($0, remarks, program: Version.program, made: session.now)
    }
    let form = format ?? file.map { SlipForm(file: $0) } ?? .text
    if let file {
      try session.writePaper(form.bytes(slips), to: file)
      output.note("written: \(file)")
    }
    if output.json {
      output.show(SlipDocument.json(slips), [])
    } else if file == nil {
      Output.text(form.bytes(slips))
    }
  }
}
