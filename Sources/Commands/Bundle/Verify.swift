internal import ArgumentParser
internal import BundleFormat
internal import BundleMedium
internal import Documents
internal import OpenPGP
internal import Operations
internal import SafeIO
internal import Transfer

/// `aptferry verify`.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check media in full: signature, every chunk, every file.",
    discussion: """
      Examples:
        aptferry verify /media/stick --keyring exporter.asc
        aptferry verify /media/disc1 /media/disc2

      No depot is needed; without --keyring the keys pinned in the depot are used,
      if there is one. Every missing or damaged chunk and file is listed. Media
      are only read.

      Exit statuses: 0 everything is here and is what was signed; 10 no key, or
      the signature is not by it; 11 damaged; 12 chunks are missing (one medium of
      a set is such a case); 13 an alarm: two bundles under one sequence; 14 links,
      devices or the like on the medium. Of several bundles the gravest counts.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Bundles, or media that hold some.")
  var media: [String]

  @Option(
    help: ArgumentHelp(
      "A file with the exporter's public key, which came on another way.",
      valueName: "file"
    )
  )
  var keyring: String?

  func run() throws {
    let line = output.progress
    defer { line.end() }
    let verification = try location.session(output, line).verify(media, with: try keys())
    let reports = verification.reports
    line.end()
    output.show(
      .array(reports.map(VerificationText.json)),
      Array(reports.map(VerificationText.lines).joined(separator: [""]))
    )
    if let alarm = verification.alarm { throw alarm }
    if let failure = Verify.gravest(reports) { throw failure }
  }

  /// What the command ends with: what is damaged is graver than what is only missing, in whichever
  /// bundle it is; the details name all of it.
  private static func gravest(_ reports: [VerificationReport]) -> Failure? {
    let failures = reports.filter { !$0.isComplete }.map(failure)
    let order: [FailureClass] = [.unsafe, .integrity, .incomplete]
    let first = order.lazy.compactMap { kind in failures.first { $0.kind == kind } }.first
    guard let first, failures.count > 1 else { return first }
    return Failure(
      first.kind,
      first.name,
      first.reason,
      subject: first.subject,
      hint: first.hint,
      details: failures.flatMap { failure in
        let place = failure.subject ?? ""
        return failure.details.isEmpty
          ? ["\(place): \(failure.reason)"] : failure.details.map { "\(place): \($0)" }
      }
    )
  }

  private func keys() throws(Failure) -> [PublicKey]? {
    guard let keyring else { return nil }
    return try KeyFile.read(
      try NamedFile.read(keyring, limit: KeyFile.sizeLimit),
      name: keyring
    )
  }

  private static func failure(_ report: VerificationReport) -> Failure {
    if let unread = report.unread { return unread }
    let findings = report.findings
    let damaged = findings.damagedChunks + findings.damagedResentFiles
    let what = findings.damagedChunks.isEmpty ? "resent files" : "chunks"
    return Failure(
      damaged.isEmpty ? .incomplete : .integrity,
      damaged.isEmpty ? "chunks-missing" : "chunks-damaged",
      damaged.isEmpty ? "chunks are missing" : "\(what) are damaged",
      subject: report.manifest.directory,
      hint: "only what is named must be copied or exported again; everything else is good",
      details: damaged.map { "damaged: \($0)" }
        + findings.missingChunks.map { "missing: \($0)" }
    )
  }
}
