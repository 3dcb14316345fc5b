package import Depot
internal import SafeIO

/// How a snapshot is shown.
package enum SnapshotText {
  package static func suites(_ record: SnapshotRecord) -> String {
    record.suites.map(SuiteText.name).joined(separator: ", ")
  }

  package static func json(_ record: SnapshotRecord) -> JSONText { json(record, nil) }

  package static func json(_ record: SnapshotRecord, _ description: String?) -> JSONText {
    .object([
      ("name", .string(record.name)),
      ("description", description.map { .string($0) } ?? .null),
      ("digest", .string(record.digest.hex)),
      ("kind", .string(record.kind.rawValue)),
      ("files", .count(record.files)),
      ("bytes", .count(record.bytes)),
      ("created", .string(record.created.rfc3339)),
      ("origin", .string(record.origin)),
      ("suites", .array(record.suites.map(SuiteText.json))),
      ("leftOut", LeftOutText.json(record.leftOut)),
    ])
  }

  package static func lines(
    _ record: SnapshotRecord,
    _ description: String? = nil
  ) -> [String] {
    var lines = [
      "name:    \(record.name)", "digest:  \(record.digest)", "kind:    \(record.kind.rawValue)",
      "content: \(Counted.text(record.files, "file")), \(ByteSize.text(record.bytes))",
      "created: \(record.created), from \(Escaped.line(record.origin))",
    ]
    if let description { lines.append("about:   \(Escaped.line(description))") }
    for suite in record.suites {
      let date = suite.date.map { ", of \($0)" } ?? ""
      lines.append(
        "suite:   \(Escaped.line(suite.distribution))\(date), \(SuiteText.proof(suite))"
      )
    }
    return lines + LeftOutText.lines(record.leftOut, prefix: "LACKS:   ")
  }
}
