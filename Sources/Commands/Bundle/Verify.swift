internal import ArgumentParser
internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Transfer
internal import Trust

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
      a set is such a case); 14 links, devices or the like on the medium.
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
    let reports = try MediaVerifier(keys: try keys(), now: .now())
      .verify(media, progress: line.sink)
    line.end()
    output.show(
      .array(reports.map(Verify.json)),
      Array(reports.map(Verify.lines).joined(separator: [""]))
    )
    for report in reports where !report.findings.isComplete { throw Verify.failure(report) }
  }

  private func keys() throws -> [PublicKey] {
    if let keyring {
      return try KeyFile.read(
        try NamedFile.read(keyring, limit: KeyFile.sizeLimit),
        name: keyring
      )
    }
    var keys: [PublicKey] = []
    if try location.exists {
      keys = try PinnedKeys.read(try location.open(), role: .exporter)
    }
    guard keys.isEmpty else { return keys }
    throw Failure(
      .trust,
      "no-exporter",
      "there is no key to verify the signature with: no --keyring was given, and no depot at "
        + "\(location.path) pins an exporter",
      subject: media.first,
      hint: "give the exporter's key: --keyring exporter.asc"
    )
  }

  private static func failure(_ report: VerificationReport) -> Failure {
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

  private static func json(_ report: VerificationReport) -> JSONText {
    let findings = report.findings
    return .object([
      ("bundle", .string(report.manifest.directory)),
      ("digest", .string(report.digest.hex)),
      ("short", .string(report.digest.short)),
      ("complete", .bool(findings.isComplete)),
      ("signers", .array(report.signatures.good.map { .string($0.primary.text) })),
      ("unknownSigners", .array(report.signatures.unknown.map { .string($0) })),
      ("goodChunks", .number(Int64(findings.goodChunks))),
      ("missingChunks", .array(findings.missingChunks.map { .string($0) })),
      ("damagedChunks", .array(findings.damagedChunks.map { .string($0) })),
      (
        "damagedFiles",
        .array(
          findings.damagedFiles.map {
            .object([
              ("file", .string($0.place)), ("faults", .array($0.faults.map { .string($0) })),
            ])
          }
        )
      ),
      ("lostEntries", .array(findings.lostEntries.map { .string($0) })),
      ("lostCount", .number(Int64(findings.lostCount))),
      ("relied", .number(Int64(findings.relied))),
      ("goodResentFiles", .number(Int64(findings.goodResentFiles))),
      ("damagedResentFiles", .array(findings.damagedResentFiles.map { .string($0) })),
      ("alteredSideFiles", .array(findings.alteredSideFiles.map { .string($0) })),
      ("strangers", .array(findings.strangers.map { .string($0) })),
      ("snapshots", .array(report.manifest.snapshots.map(BundleText.json))),
    ])
  }

  private static func lines(_ report: VerificationReport) -> [String] {
    let findings = report.findings
    var lines = ["bundle:    \(report.manifest.directory), made \(report.manifest.created)"]
    for signer in report.signatures.good {
      lines.append("signed by: \(signer.primary.grouped) at \(signer.created)")
    }
    for unknown in report.signatures.unknown {
      lines.append("also signed by a key that is not pinned: \(unknown)")
    }
    for snapshot in report.manifest.snapshots { lines.append(BundleText.line(snapshot)) }
    for (place, faults) in findings.damagedFiles {
      lines.append("DAMAGED:   \(place)")
      lines += faults.map { "           \($0)" }
    }
    for chunk in findings.missingChunks { lines.append("MISSING:   \(chunk)") }
    for entry in findings.lostEntries { lines.append("lost:      \(entry)") }
    if findings.lostCount > findings.lostEntries.count {
      lines.append("lost:      \(findings.lostCount - findings.lostEntries.count) more")
    }
    for file in findings.alteredSideFiles {
      lines.append("altered:   \(file) (not needed for the import; do not follow what it says)")
    }
    for stranger in findings.strangers { lines.append("stranger:  \(stranger) (ignored)") }
    lines.append("chunks:    \(findings.goodChunks) of \(report.manifest.chunks.count) are good")
    lines.append("digest:    \(report.digest.short)")
    if findings.relied > 0 {
      lines.append(
        "increment: \(findings.relied) files are not carried; the receiver must have them"
      )
    }
    if findings.goodResentFiles > 0 {
      lines.append("resent:    \(findings.goodResentFiles) files beside the chunks are good")
    }
    if findings.isComplete { lines.append("complete:  everything is here, and is what was signed") }
    return lines.map { Escaped.line($0) }
  }
}
