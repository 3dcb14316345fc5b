internal import ArgumentParser
internal import BundleFormat
internal import DebianRepository
internal import Documents
internal import OpenPGP
internal import Operations
internal import SafeIO
internal import Transfer

/// `aptferry inspect`.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what is on media; what it claims, or what it would change in a depot.",
    discussion: """
      Examples:
        aptferry inspect /media/stick
        aptferry inspect /media/disc1 /media/disc2 --json
        aptferry inspect mainland-12-1.iso
        aptferry inspect /media/stick --against-depot
        aptferry inspect /media/stick --against-depot --html review.html

      Reads the manifest, the list of files and the indexes, but no package. What
      it says is only claimed: “aptferry verify” checks it.

      With --against-depot the manifest must be signed by an exporter that is pinned
      in the depot; the packages are compared with the stream's newest snapshot
      there, and with what each publication has now. Nothing is changed. --html
      writes the same as one page without scripts, to be printed and signed off.

      Exit statuses: 0 all chunks are here, by name and size; 12 some are missing;
      13 an alarm: two bundles under one stream and sequence;
      with --against-depot also what an import would refuse it with: 10 for a signer
      or vendor that is not pinned for it, 11 for a false claim, 13 for its age, 19
      for its sites.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Bundles, media that hold some, or images of discs.", completion: .file())
  var media: [String]

  @Flag(help: "Compare with what the depot has and publishes.")
  var againstDepot = false

  @Option(
    help: ArgumentHelp(
      "Write the comparison to this file, as one HTML page; “-” is standard output.",
      valueName: "file"
    ),
    completion: .file()
  )
  var html: String?

  func validate() throws {
    guard html == nil || againstDepot else {
      throw ValidationError("--html needs --against-depot.")
    }
  }

  func run() throws {
    try output.check(file: html)
    let session = location.session(output)
    let file = Output.isStandard(html) ? nil : html
    // Not after hours of reading.
    if let file { try session.checkDestination(file) }
    let reports = try session.inspect(media, againstDepot: againstDepot, around: .here)
    if html != nil {
      let page = Array(ReviewPage.text(reports, session.now).utf8)
      if let file {
        try session.write(page, to: file)
        output.note("written: \(file)")
      } else {
        Output.text(page)
      }
    }
    output.show(
      .object([("bundles", .array(reports.map(InspectionText.json)))]),
      Array(reports.map(InspectionText.lines).joined(separator: [""])),
      file: html
    )
    if let refusal = reports.compactMap({ $0.review?.refusal }).first { throw refusal }
    if let alarm = reports.compactMap(\.alarm).first { throw alarm }
    guard let report = reports.first(where: { !$0.missingChunks.isEmpty }) else { return }
    throw Failure(
      .incomplete,
      .chunksMissing,
      "not all of the bundle is here",
      subject: report.manifest.directory,
      hint: "name all media of the set: aptferry inspect DIR DIR…",
      details: ["not here: chunks \(SpokenRanges.text(report.missingChunks))"]
    )
  }
}
