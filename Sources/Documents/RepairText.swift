internal import BundleFormat
internal import SafeIO
package import Transfer

/// How the repair of media is shown.
package enum RepairText {
  package static func json(_ reports: [RepairReport]) -> JSONText {
    .object([
      (
        "bundles",
        .array(
          reports.map { report in
            .object([
              ("bundle", .string(report.bundle)), ("parity", .bool(report.hasParity)),
              ("place", report.place.map { .string($0) } ?? .null),
              ("chunks", .number(Int64(report.chunks))),
              ("rebuilt", .array(report.rebuilt.map { .number(Int64($0)) })),
              ("beyond", .array(report.beyond.map { .number(Int64($0)) })),
            ])
          }
        )
      )
    ])
  }

  package static func lines(_ reports: [RepairReport]) -> [String] {
    reports.flatMap(lines).map { Escaped.line($0) }
  }

  private static func lines(_ report: RepairReport) -> [String] {
    var lines = ["bundle:    \(report.bundle)"]
    guard report.hasParity else { return lines + ["parity:    it has none"] }
    if report.rebuilt.isEmpty, report.beyond.isEmpty {
      lines.append("whole:     all \(Counted.text(report.chunks, "chunk")) are here undamaged")
    }
    if let place = report.place {
      lines.append("repaired:  chunks \(SpokenRanges.text(report.rebuilt)), in \(place)")
      lines.append(
        "import:    name it beside the media: aptferry import \(report.words) \(Escaped.shellWord(place))"
      )
    }
    if !report.beyond.isEmpty {
      lines.append("beyond:    chunks \(SpokenRanges.text(report.beyond)) cannot be made again")
    }
    return lines
  }
}
