package import Depot
internal import SafeIO

/// How a check of the depot is shown.
package enum CheckText {
  package static func json(_ report: CheckReport) -> JSONText {
    .object([
      ("clean", .bool(report.isClean)),
      ("objects", .count(report.objects)),
      ("bytes", .count(report.bytes)),
      ("snapshots", .number(Int64(report.snapshots))),
      ("generations", .number(Int64(report.generations))),
      ("unneeded", .count(report.unneeded)),
      ("unfinished", .array(report.unfinished.map { .string($0.staging) })),
      ("repaired", .array(report.repaired.map { .string($0.hex) })),
      ("findings", .array(report.findings.map { .string(report.line($0)) })),
    ])
  }

  package static func lines(_ report: CheckReport) -> [String] {
    var lines = [
      "objects:     \(report.objects), \(ByteSize.text(report.bytes)), "
        + "\(report.unneeded) of them needed by nothing",
      "snapshots:   \(report.snapshots)", "generations: \(report.generations)",
    ]
    lines += report.unfinished.map { "unfinished:  \(UnfinishedText.line($0))" }
    lines += report.repaired.map { "repaired:    \($0.hex)" }
    lines += report.findings.map { "WRONG:       \(report.line($0))" }
    lines.append(report.isClean ? "the depot is clean" : "the depot is NOT clean")
    return lines.map { Escaped.line($0) }
  }
}
