package import SafeIO

/// How a failure is shown.
package enum FailureText {
  /// What happened, to what, and what to do next.
  package static func lines(_ failure: Failure, _ promise: String?) -> String {
    var lines = ["aptferry: " + Escaped.line(failure.reason)]
    if let subject = failure.subject { lines.append("  at:   " + Escaped.line(subject)) }
    for detail in failure.details { lines.append("  - " + Escaped.line(detail)) }
    if let promise { lines.append("  now:  " + promise) }
    if let hint = failure.hint { lines.append("  next: " + Escaped.line(hint)) }
    lines.append("  code: \(failure.code) (exit \(failure.kind.rawValue))")
    return lines.joined(separator: "\n")
  }

  package static func json(_ failure: Failure, _ promise: String?) -> JSONText {
    .object([
      ("code", .string(failure.code)),
      ("class", .string(failure.kind.label.lowercased())),
      ("exit", .number(Int64(failure.kind.rawValue))),
      ("message", .string(failure.reason)),
      ("subject", failure.subject.map { .string($0) } ?? .null),
      ("now", promise.map { .string($0) } ?? .null),
      ("hint", failure.hint.map { .string($0) } ?? .null),
      ("details", .array(failure.details.map { .string($0) })),
    ])
  }
}
