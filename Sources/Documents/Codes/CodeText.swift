internal import SafeIO

/// How the table of codes is shown.
package enum CodeText {
  /// The rows of a code, or all of them.
  package static func rows(_ code: String?) -> [CodeTable.Row] {
    guard let code else { return CodeTable.rows }
    return CodeTable.rows.filter { $0.code == code.uppercased() }
  }

  package static func json(_ rows: [CodeTable.Row]) -> JSONText {
    .object([
      (
        "codes",
        .array(
          rows.map { row in
            .object([
              ("code", .string(row.code)), ("class", .string(row.kind.label.lowercased())),
              ("exit", .number(Int64(row.kind.rawValue))), ("meaning", .string(row.meaning)),
              ("next", .string(row.next)),
            ])
          }
        )
      )
    ])
  }

  package static func lines(_ rows: [CodeTable.Row]) -> [String] {
    var lines: [String] = []
    var last: FailureClass?
    for row in rows {
      if row.kind != last {
        lines += (last == nil ? [] : [""]) + ["\(row.kind.rawValue): \(CodeTable.about(row.kind))"]
      }
      last = row.kind
      lines += [row.code, "  \(row.meaning)", "  next: \(row.next)"]
    }
    return lines
  }

  /// The page docs/reference/codes.md.
  package static let page: String = {
    var text = """
      # Codes

      Every refusal has a code that stays the same from version to version. Its second word is the class,
      which decides the exit status. `aptferry codes` shows this table, `aptferry codes CODE` one row of it.

      This page is generated from the program; a test compares the two.

      ## Exit statuses

      | Exit | Class | What it means |
      |---|---|---|
      | 0 | | done |

      """
    for kind in FailureClass.allCases {
      text += "| \(kind.rawValue) | \(kind.label) | \(CodeTable.about(kind)) |\n"
    }
    for kind in FailureClass.allCases {
      text +=
        "\n## \(kind.label), exit \(kind.rawValue)\n\n| Code | Meaning | Next step |\n|---|---|---|\n"
      for row in CodeTable.rows where row.kind == kind {
        text += "| `\(row.code)` | \(row.meaning) | \(row.next) |\n"
      }
    }
    return text
  }()
}
