internal import BundleFormat
internal import BundleMedium
internal import OpenPGP
internal import SafeIO
package import Transfer

/// How the verification of a bundle is shown.
package enum VerificationText {
  package static func json(_ report: VerificationReport) -> JSONText {
    let findings = report.findings
    return .object([
      ("bundle", .string(report.manifest.directory)),
      ("digest", .string(report.digest.hex)),
      ("short", .string(report.digest.short)),
      ("complete", .bool(report.isComplete)),
      ("unread", report.unread.map { .string($0.reason) } ?? .null),
      ("rivals", .array(report.rivals.map { .string($0.hex) })),
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

  package static func lines(_ report: VerificationReport) -> [String] {
    let findings = report.findings
    var lines = ["bundle:    \(report.manifest.directory), made \(report.manifest.created)"]
    for signer in report.signatures.good {
      lines.append("signed by: \(signer.primary.grouped) at \(signer.created)")
    }
    for unknown in report.signatures.unknown {
      lines.append("also signed by a key that is not pinned: \(unknown)")
    }
    for snapshot in report.manifest.snapshots { lines += BundleText.lines(snapshot) }
    for rival in report.rivals {
      lines.append("ALARM:     another bundle here has this stream and sequence: \(rival.short)")
    }
    if let unread = report.unread { lines.append("NOT READ:  \(unread.reason)") }
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
    guard report.unread == nil else { return lines.map { Escaped.line($0) } }
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
    if report.isComplete { lines.append("complete:  everything is here, and is what was signed") }
    return lines.map { Escaped.line($0) }
  }
}
