internal import BundleFormat
internal import BundleMedium
internal import OpenPGP
internal import SafeIO
package import Transfer

/// How the verification of a bundle is shown.
package enum VerificationText {
  package static func json(_ report: VerificationReport) -> JSONText {
    let findings = report.findings
    let found: [(String, JSONText)] = [
      ("bundle", .string(report.manifest.directory)),
      ("digest", .string(report.digest.hex)),
      ("short", .string(report.digest.short)),
      ("complete", .bool(report.isComplete)),
      ("unread", report.unread.map { .string($0.reason) } ?? .null),
      ("rivals", .array(report.rivals.map { .string($0.hex) })),
      ("signers", .array(report.signatures.good.map { .string($0.primary.text) })),
      ("unknownSigners", .array(report.signatures.unknown.map { .string($0) })),
      ("goodChunks", .number(Int64(findings.goodChunks.count))),
      ("missingChunks", .array(report.names(findings.missingChunks).map { .string($0) })),
      ("damagedChunks", .array(report.names(findings.damagedChunks).map { .string($0) })),
      (
        "renamedChunks",
        .array(
          findings.renamedChunks.map {
            .object([
              ("file", .string($0.place)),
              ("chunk", .string("chunks/" + report.manifest.chunkName($0.number))),
            ])
          }
        )
      ),
      (
        "changedNames",
        .array(
          findings.changedNames.map {
            .object([("file", .string($0.place)), ("name", .string($0.path))])
          }
        )
      ),
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
    ]
    return .object(found + rest(report))
  }

  /// What is not about chunks.
  private static func rest(_ report: VerificationReport) -> [(String, JSONText)] {
    let findings = report.findings
    return [
      ("lostEntries", .array(findings.lostEntries.map { .string($0) })),
      ("lostCount", .number(Int64(findings.lostCount))),
      ("relied", .number(Int64(findings.relied))),
      ("goodResentFiles", .number(Int64(findings.goodResentFiles))),
      ("damagedResentFiles", .array(findings.damagedResentFiles.map { .string($0) })),
      ("alteredLists", .array(findings.alteredLists.map { .string($0) })),
      ("alteredSideFiles", .array(findings.alteredSideFiles.map { .string($0) })),
      ("missingSideFiles", .array(findings.missingSideFiles.map { .string($0) })),
      ("parity", json(findings.parity, report)),
      ("strangers", .array(findings.strangers.map { .string($0.place) })),
      ("unsafe", .array(findings.strangers.filter(\.isUnsafe).map { .string($0.place) })),
      ("snapshots", .array(report.manifest.snapshots.map(BundleText.json))),
    ]
  }

  /// The bundles that could be checked, those that are refused, and what lies beside them.
  package static func json(_ verification: Verification) -> JSONText {
    .object([
      ("bundles", .array(verification.reports.map(json))),
      (
        "refused",
        .array(
          verification.refused.map { place, failure in
            .object([
              ("place", .string(place)), ("code", .string(failure.code)),
              ("message", .string(failure.reason)),
            ])
          }
        )
      ),
      ("strangers", .array(verification.beside.map { .string($0.place) })),
      ("unsafe", .array(verification.beside.filter(\.isUnsafe).map { .string($0.place) })),
    ])
  }

  /// As for people; with `verbose`, also each file that is not whole and each stranger.
  package static func lines(_ verification: Verification, verbose: Bool) -> [String] {
    var parts = verification.reports.map { lines($0, verbose) }
    parts += verification.refused.map { place, failure in
      [Escaped.line("bundle:    \(place)"), Escaped.line("REFUSED:   \(failure.reason)")]
    }
    let beside = StrangerText.lines(verification.beside, all: verbose).map { Escaped.line($0) }
    if !beside.isEmpty { parts.append(beside) }
    return Array(parts.joined(separator: [""]))
  }

  private static func lines(_ report: VerificationReport, _ verbose: Bool) -> [String] {
    var lines = head(report)
    let findings = report.findings
    for (place, faults) in findings.damagedFiles {
      lines.append("DAMAGED:   \(place)")
      lines += faults.map { "           \($0)" }
    }
    if verbose {
      lines += report.names(findings.missingChunks).map { "MISSING:   \($0)" }
      lines += findings.lostEntries.map { "lost:      \($0)" }
      let more = findings.lostCount - findings.lostEntries.count
      if more > 0 { lines.append("lost:      \(more) more") }
    }
    for (place, number) in findings.renamedChunks {
      lines.append("renamed:   \(place) is chunks/\(report.manifest.chunkName(number))")
    }
    if verbose {
      lines += findings.changedNames.map { "renamed:   \($0.place) is \($0.path)" }
    } else if let first = findings.changedNames.first {
      let count = Counted.text(findings.changedNames.count, "name")
      lines.append("renamed:   the medium changed \(count), such as \(first.place) (\(first.path))")
    }
    for file in findings.alteredLists {
      lines.append("ALTERED:   \(file) (another copy is the one that was signed, and was used)")
    }
    for file in findings.alteredSideFiles {
      lines.append("altered:   \(file) (not needed for the import; do not follow what it says)")
    }
    for file in findings.missingSideFiles {
      lines.append("not here:  \(file) (not needed for the import)")
    }
    lines += StrangerText.lines(findings.strangers, all: verbose)
    if report.unread == nil { lines += summary(report, verbose) }
    return lines.map { Escaped.line($0) }
  }

  private static func head(_ report: VerificationReport) -> [String] {
    var lines = ["bundle:    \(report.manifest.directory), made \(report.manifest.created)"]
    for signer in report.signatures.good {
      lines.append("signed by: \(signer.primary.grouped) at \(signer.created)")
    }
    for unknown in report.signatures.unknown {
      lines.append("also signed by a key that is not pinned: \(unknown)")
    }
    lines += BundleText.end(of: report.manifest)
    for snapshot in report.manifest.snapshots { lines += BundleText.lines(snapshot) }
    for rival in report.rivals {
      lines.append("ALARM:     another bundle here has this stream and sequence: \(rival.short)")
    }
    if let unread = report.unread { lines.append("NOT READ:  \(unread.reason)") }
    return lines
  }

  private static func summary(_ report: VerificationReport, _ verbose: Bool) -> [String] {
    let findings = report.findings
    var lines = [chunks(report)]
    if findings.lostCount > 0 {
      lines.append(
        "files:     \(findings.lostCount) are not whole here"
          + (verbose ? "" : " (--verbose lists them)")
      )
    }
    lines.append("digest:    \(report.digest.short)")
    if findings.relied > 0 {
      lines.append(
        "increment: \(findings.relied) files are not carried; the receiver must have them"
      )
    }
    if findings.goodResentFiles > 0 {
      lines.append("resent:    \(findings.goodResentFiles) files beside the chunks are good")
    }
    if let parity = findings.parity { lines += VerificationText.lines(parity) }
    if report.isComplete {
      lines.append(
        findings.alteredLists.isEmpty
          ? "complete:  everything is here, and is what was signed"
          : "complete:  all chunks are here, and are what was signed"
      )
    }
    return lines
  }

  /// Which chunks are here, in ranges; those that are not are on other media of the set, if any.
  private static func chunks(_ report: VerificationReport) -> String {
    let findings = report.findings
    let total = report.manifest.chunks.count
    if findings.missingChunks.isEmpty, findings.damagedChunks.isEmpty {
      return "chunks:    \(findings.goodChunks.count) of \(total) are good"
    }
    let here = (findings.goodChunks + findings.damagedChunks).sorted()
    let isOne = report.places.count == 1
    var text = isOne ? "this medium: " : "these media: "
    text += here.isEmpty ? "no chunk of \(total)" : "chunks \(SpokenRanges.text(here)) of \(total)"
    if !findings.damagedChunks.isEmpty {
      text += ", damaged: \(SpokenRanges.text(findings.damagedChunks))"
    } else if !here.isEmpty {
      text += ", all good"
    }
    guard !findings.missingChunks.isEmpty else { return text }
    return text + "; on other media: \(SpokenRanges.text(findings.missingChunks))"
  }
}
