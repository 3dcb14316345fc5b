internal import OpenPGP
internal import SafeIO
package import Transfer

/// How an import is shown.
package enum ImportText {
  package static func json(_ result: ImportResult, _ typed: [String: String]) -> JSONText {
    .object([
      ("bundle", .string(result.name)),
      ("outcome", .string(result.outcome.rawValue)),
      ("digest", .string(result.digest.hex)),
      ("short", .string(result.digest.short)),
      ("signers", .array(result.signers.map { .string($0.text) })),
      ("newBytes", .count(result.newBytes)),
      ("snapshots", .array(result.snapshots.map(BundleText.json))),
      ("suites", .array(result.suites.map(SuiteText.json))),
      ("notes", JSONDocument.json(result.notes)),
      ("receipt", typed[result.stream].map { .string($0) } ?? .null),
    ])
  }

  package static func lines(_ result: ImportResult) -> [String] {
    var lines = ["bundle:    \(result.name): \(result.outcome.rawValue)"]
    lines += result.signers.map { "signed by: \($0.grouped)" }
    lines += result.snapshots.flatMap(BundleText.lines)
    lines += result.suites.map { "suite:     " + SuiteText.line($0) }
    if result.outcome == .imported || result.outcome == .wouldImport {
      lines.append("new:       \(ByteSize.text(result.newBytes))")
    }
    lines.append("digest:    \(result.digest.short)")
    return lines.map { Escaped.line($0) }
  }
}
