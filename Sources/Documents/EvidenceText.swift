package import Operations
internal import SafeIO

/// How evidence that was written is shown.
package enum EvidenceText {
  package static func json(
    _ written: WrittenEvidence,
    bundle: String,
    directory: String
  ) -> JSONText {
    .object([
      ("bundle", .string(bundle)), ("directory", .string(directory)),
      ("files", .array(written.files.map { .string($0) })),
      ("lacking", .array(written.lacking.map { .string($0) })),
    ])
  }

  package static func lines(_ written: WrittenEvidence, directory: String) -> [String] {
    ["evidence: \(Escaped.line(directory)), \(Counted.text(written.files.count, "file"))"]
      + written.lacking.map { "lacking:  \(Escaped.line($0))" }
      + ["how to check it: \(Escaped.line(directory))/README.txt"]
  }
}
