internal import BundleFormat
internal import BundleMedium
internal import Mirroring
internal import OpenPGP
internal import SafeIO
package import Transfer

/// How a bundle that was looked at is shown.
package enum InspectionText {
  package static func json(_ report: InspectionReport) -> JSONText {
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
      (
        "missingChunks",
        .array(report.missingChunks.map { .string("chunks/" + manifest.chunkName($0)) })
      ),
      ("rivals", .array(report.rivals.map { .string($0.hex) })),
      ("strangers", .array(report.strangers.map { .string($0.place) })),
      ("unsafe", .array(report.strangers.filter(\.isUnsafe).map { .string($0.place) })),
      ("snapshots", .array(manifest.snapshots.map(BundleText.json))),
      ("suites", .array(report.suites.map(json))),
      ("notes", JSONDocument.json(report.notes)),
      ("review", report.review.map(ReviewText.json) ?? .null),
    ])
  }

  package static func json(_ suite: InspectionReport.Suite) -> JSONText {
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

  /// What there is to say of who signed a suite; of a composed one its packages say that.
  private static func signature(
    of suite: InspectionReport.Suite,
    in manifest: Manifest
  ) -> String {
    let isVerbatim = manifest.snapshots.first { $0.name == suite.snapshot }?.isVerbatim ?? true
    if !isVerbatim { return " composed" }
    return suite.record.isUnsigned ? " UNSIGNED" : ""
  }

  package static func lines(_ report: InspectionReport) -> [String] {
    let manifest = report.manifest
    var lines = [
      "bundle:    \(manifest.directory), made \(manifest.created)",
      "digest:    \(report.digest.short)",
      "signed by: "
        + (report.review.map { $0.signers.map(\.grouped).joined(separator: ", ") }
          ?? report.claimedSigners.map(BundleText.fingerprint).joined(separator: ", ")
          + " (claimed, NOT verified)"),
      "size:      \(ByteSize.text(manifest.chunkBytes)) in \(Counted.text(manifest.chunks.count, "chunk")), "
        + "\(Counted.text(report.entries, "file"))"
        + (report.relied == 0 ? "" : " (\(report.relied) of them are the receiver's already)"),
    ]
    lines += BundleText.end(of: manifest)
    if !manifest.sites.isEmpty {
      lines.append("for:       \(manifest.sites.joined(separator: ", "))")
    }
    for snapshot in manifest.snapshots { lines += BundleText.lines(snapshot) }
    for suite in report.suites {
      let words = [suite.origin, suite.codename, suite.version].compactMap { $0 }
      lines.append(
        "suite:     \(suite.snapshot)/\(suite.record.distribution)"
          + signature(of: suite, in: manifest) + " " + words.joined(separator: " ")
          + " [\(suite.architectures.joined(separator: " "))]"
      )
      for index in suite.indexes {
        lines.append(
          "  \(index.path): \(Counted.text(index.count, "package")), \(ByteSize.text(index.bytes))"
        )
      }
    }
    for rival in report.rivals {
      lines.append("ALARM:     another bundle here has this stream and sequence: \(rival.short)")
    }
    if !report.missingChunks.isEmpty {
      let missing = SpokenRanges.text(report.missingChunks)
      lines.append("not here:  chunks \(missing) of \(manifest.chunks.count) (by name and size)")
    }
    lines += StrangerText.lines(report.strangers)
    for note in report.notes { lines.append("note:      \(note.entry)") }
    if let review = report.review { lines += ReviewText.lines(review) }
    lines.append(
      report.missingChunks.isEmpty
        ? "all chunks are here (by name and size)" : "NOT all chunks are here"
    )
    return lines.map { Escaped.line($0) }
  }
}
