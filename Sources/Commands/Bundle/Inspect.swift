internal import ArgumentParser
internal import BundleFormat
internal import DebianRepository
internal import Depot
internal import OpenPGP
internal import Publishing
internal import SafeIO
internal import Transfer
internal import Trust

/// `aptferry inspect`.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is on media; what it claims, or what it would change in a depot.",
    discussion: """
      Examples:
        aptferry inspect /media/stick
        aptferry inspect /media/disc1 /media/disc2 --json
        aptferry inspect /media/stick --against-depot
        aptferry inspect /media/stick --against-depot --html review.html

      Reads the manifest, the list of files and the indexes, but no package. What
      it says is only claimed: “aptferry verify” checks it.

      With --against-depot the manifest must be signed by an exporter that is pinned
      in the depot; the packages are compared with the stream's newest snapshot
      there, and with what each publication has now. Nothing is changed. --html
      writes the same as one page without scripts, to be printed and signed off.

      Exit statuses: 0 all chunks are here, by name and size; 12 some are missing;
      with --against-depot also what an import would refuse it with: 10 for a signer
      or vendor that is not pinned for it, 11 for a false claim, 13 for its age, 19
      for its sites.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Bundles, or media that hold some.")
  var media: [String]

  @Flag(help: "Compare with what the depot has and publishes.")
  var againstDepot = false

  @Option(
    help: ArgumentHelp(
      "Write the comparison to this file, as one HTML page; “-” is standard output.",
      valueName: "file"
    )
  )
  var html: String?

  func validate() throws {
    guard html == nil || againstDepot else {
      throw ValidationError("--html needs --against-depot.")
    }
  }

  func run() throws {
    let now = UTCTime.now()
    try output.check(file: html)
    // Not after hours of reading.
    if let html { try NamedFile.check(html, outside: location.open()) }
    let reports = try MediaInspector.inspect(media, against: againstDepot ? request(now) : nil)
    if let html {
      let page = Array(ReviewPage.text(reports, now).utf8)
      try NamedFile.write(page, to: html, outside: location.open())
      if !NamedFile.isStandardOutput(html) { output.note("written: \(html)") }
    }
    output.show(
      .array(reports.map(Inspect.json)),
      Array(reports.map(Inspect.lines).joined(separator: [""])),
      file: html
    )
    if let refusal = reports.compactMap({ $0.review?.refusal }).first { throw refusal }
    guard let report = reports.first(where: { !$0.missingChunks.isEmpty }) else { return }
    throw Failure(
      .incomplete,
      "chunks-missing",
      "not all of the bundle is here",
      subject: report.manifest.directory,
      hint: "name all media of the set: aptferry inspect DIR DIR…",
      details: report.missingChunks
    )
  }

  /// The depot, with what its clients see now.
  private func request(_ now: UTCTime) throws -> BundleReview.Request {
    let depot = try location.open()
    let vendors = try Vendors(depot)
    var published: [BundleReview.PublishedSuite] = []
    for publication in try Publications.list(depot) {
      for distribution in publication.recipe.distributions {
        published.append(
          BundleReview.PublishedSuite(
            prefix: publication.prefix,
            generation: publication.current.number,
            name: distribution.name,
            source: distribution.source,
            snapshot: distribution.snapshot,
            isComposed: distribution.snapshots.count > 1,
            vendor: try vendor(of: distribution, vendors, depot)
          )
        )
      }
    }
    return BundleReview.Request(depot: depot, published: published, now: now)
  }

  /// Who stands behind a distribution that clients have, as remembered, else as its snapshot says.
  private func vendor(
    of distribution: DistributionRecipe,
    _ vendors: Vendors,
    _ depot: Depot
  ) throws -> VendorIdentity {
    if let vendor = distribution.vendor { return vendor }
    let suite = try depot.catalogue.findSnapshot(distribution.snapshot.name)?.suites
      .first { $0.distribution == distribution.source }
    return suite.map(vendors.identity(of:)) ?? VendorIdentity()
  }

  private static func json(_ report: InspectionReport) -> JSONText {
    let manifest = report.manifest
    return .object([
      ("bundle", .string(manifest.directory)),
      ("stream", .string(manifest.stream)),
      ("sequence", .count(manifest.sequence)),
      ("created", .string(manifest.created.rfc3339)),
      ("digest", .string(report.digest.hex)),
      ("verified", .bool(false)),
      ("manifestVerified", .bool(report.review != nil)),
      ("claimedSigners", .array(report.claimedSigners.map { .string($0) })),
      ("places", .array(report.places.map { .string($0) })),
      ("chunks", .number(Int64(manifest.chunks.count))),
      ("bytes", .count(manifest.chunkBytes)),
      ("missingChunks", .array(report.missingChunks.map { .string($0) })),
      ("strangers", .array(report.strangers.map { .string($0) })),
      ("snapshots", .array(manifest.snapshots.map(BundleText.json))),
      ("suites", .array(report.suites.map(json))),
      ("notes", .array(report.notes.map { .string($0) })),
      ("review", report.review.map(ReviewText.json) ?? .null),
    ])
  }

  private static func json(_ suite: InspectionReport.Suite) -> JSONText {
    .object([
      ("snapshot", .string(suite.snapshot)),
      ("distribution", .string(suite.record.distribution)),
      ("origin", suite.origin.map { .string($0) } ?? .null),
      ("codename", suite.codename.map { .string($0) } ?? .null),
      ("version", suite.version.map { .string($0) } ?? .null),
      ("architectures", .array(suite.architectures.map { .string($0) })),
      ("components", .array(suite.components.map { .string($0) })),
      ("validUntil", suite.validUntil.map { .string($0.rfc3339) } ?? .null),
      ("unsigned", .bool(suite.record.isUnsigned)),
      (
        "indexes",
        .array(
          suite.indexes.map {
            .object([
              ("path", .string($0.path)), ("count", .number(Int64($0.count))),
              ("bytes", .count($0.bytes)),
            ])
          }
        )
      ),
    ])
  }

  private static func lines(_ report: InspectionReport) -> [String] {
    let manifest = report.manifest
    var lines = [
      "bundle:    \(manifest.directory), made \(manifest.created)",
      "digest:    \(report.digest.short)",
      "signed by: "
        + (report.review.map { $0.signers.map(\.grouped).joined(separator: ", ") }
          ?? report.claimedSigners.map(BundleText.fingerprint).joined(separator: ", ")
          + " (claimed, NOT verified)"),
      "size:      \(ByteSize.text(manifest.chunkBytes)) in \(manifest.chunks.count) chunks, "
        + "\(report.entries) files"
        + (report.relied == 0 ? "" : " (\(report.relied) of them are the receiver's already)"),
    ]
    if let expires = manifest.expires { lines.append("expires:   \(expires)") }
    if !manifest.sites.isEmpty {
      lines.append("for:       \(manifest.sites.joined(separator: ", "))")
    }
    for snapshot in manifest.snapshots { lines.append(BundleText.line(snapshot)) }
    for suite in report.suites {
      let words = [suite.origin, suite.codename, suite.version].compactMap { $0 }
      lines.append(
        "suite:     \(suite.snapshot)/\(suite.record.distribution)"
          + (suite.record.isUnsigned ? " UNSIGNED" : "") + " " + words.joined(separator: " ")
          + " [\(suite.architectures.joined(separator: " "))]"
      )
      for index in suite.indexes {
        lines.append("  \(index.path): \(index.count) packages, \(ByteSize.text(index.bytes))")
      }
    }
    for missing in report.missingChunks { lines.append("MISSING:   \(missing)") }
    for stranger in report.strangers { lines.append("stranger:  \(stranger) (ignored)") }
    for note in report.notes { lines.append("note:      \(note)") }
    if let review = report.review { lines += ReviewText.lines(review) }
    lines.append(
      report.missingChunks.isEmpty
        ? "all chunks are here (by name and size)" : "NOT all chunks are here"
    )
    return lines.map { Escaped.line($0) }
  }
}
