internal import SafeIO
package import Transfer

/// How an export is shown.
package enum ExportText {
  /// What an export came to.
  package enum Outcome: String {
    case made, planned, resent, nothing
  }

  private static let keys = [
    "outcome", "dryRun", "stream", "sequence", "name", "bundle", "digest", "short", "chunks",
    "files",
    "bytes", "plainBytes", "needed", "free", "media", "reusedChunks", "relied", "parity",
    "set",
  ]
  private static let lists = ["bases", "sites", "repeated", "notes"]

  /// The document of an export: every key, whatever it came to; null or empty is what does not apply.
  package static func json(_ outcome: Outcome, _ fields: [(String, JSONText)]) -> JSONText {
    let all = [("outcome", JSONText.string(outcome.rawValue))] + fields
    func value(_ key: String, _ absent: JSONText) -> (String, JSONText) {
      (key, all.first { $0.0 == key }?.1 ?? absent)
    }
    return .object(keys.map { value($0, .null) } + lists.map { value($0, .array([])) })
  }

  package static func json(
    _ outcome: Outcome,
    _ summary: ExportSummary,
    _ more: [(String, JSONText)]
  ) -> JSONText {
    json(
      outcome,
      [
        ("name", .string(summary.place.split(separator: "/").last.map { String($0) } ?? "")),
        ("stream", .string(summary.stream)), ("sequence", .count(summary.sequence)),
        ("bundle", .string(summary.place)), ("chunks", .number(Int64(summary.chunks))),
        ("files", .number(Int64(summary.files))), ("plainBytes", .count(summary.chunkBytes)),
        ("needed", .count(summary.needed)), ("free", .count(summary.free)),
        ("relied", .count(summary.increment.relied)),
        ("bases", .array(summary.increment.bases.map { .string($0.hex) })),
        (
          "sites",
          .array(
            summary.increment.sites.map { site in
              .object([
                ("site", .string(site.site)), ("files", .number(Int64(site.files))),
                ("bytes", .count(site.bytes)), ("snapshots", .number(Int64(site.snapshots))),
                ("media", summary.media(for: site.bytes).map { .count($0) } ?? .null),
              ])
            }
          )
        ),
        ("notes", JSONDocument.json(summary.increment.notes)),
        (
          "repeated",
          .array(
            summary.increment.repeated.map { again in
              .object([
                ("bundle", .string(again.bundle)), ("site", .string(again.site)),
                ("bytes", .count(again.bytes)),
              ])
            }
          )
        ),
      ] + more
    )
  }

  /// The document of a bundle that was made.
  package static func json(_ result: ExportResult) -> JSONText {
    json(
      .made,
      result.summary,
      [
        ("dryRun", .bool(false)),
        ("digest", .string(result.digest.hex)), ("short", .string(result.digest.short)),
        ("bytes", .count(result.bytes)),
        ("parity", result.parity.map { ParityText.json($0) } ?? .null),
        ("reusedChunks", .number(Int64(result.reusedChunks))),
      ]
    )
  }

  package static func media(_ count: UInt64?) -> String {
    guard let count else { return "no number of media with so little room" }
    return count == 1 ? "1 medium" : "\(count) media with as much room as this one"
  }

  package static func lines(_ summary: ExportSummary, withMedia: Bool = false) -> [String] {
    [
      "bundle:   \(Escaped.line(summary.place))",
      "content:  \(Counted.text(summary.files, "file")) in \(Counted.text(summary.chunks, "chunk"))"
        + (summary.increment.relied == 0
          ? "" : "; \(summary.increment.relied) of them are at the receiver already"),
    ]
      + summary.increment.sites.map { site in
        "site:     \(Escaped.line(site.site)) lacks \(site.files) files, "
          + ByteSize.text(site.bytes)
          + (withMedia ? ": " + media(summary.media(for: site.bytes)) : "")
          + (site.snapshots == 0 ? " (nothing is known to be there)" : "")
      }
      + summary.increment.repeated.map { again in
        "          +\(ByteSize.text(again.bytes)) because \(Escaped.line(again.site)) never "
          + "acknowledged \(Escaped.line(again.bundle))"
      }
  }
}
