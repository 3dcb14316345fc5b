internal import SafeIO
package import Transfer

/// How an export is shown.
package enum ExportText {
  package static func json(_ summary: ExportSummary, _ more: [(String, JSONText)]) -> JSONText {
    .object(
      [
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
        ("notes", .array(summary.increment.notes.map { .string($0.entry) })),
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

  package static func media(_ count: UInt64?) -> String {
    guard let count else { return "no number of media with so little room" }
    return count == 1 ? "1 medium" : "\(count) media with as much room as this one"
  }

  package static func lines(_ summary: ExportSummary, withMedia: Bool = false) -> [String] {
    [
      "bundle:   \(Escaped.line(summary.place))",
      "content:  \(summary.files) files in \(summary.chunks) chunks"
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
