package import Depot
internal import SafeIO

/// How records of the audit log are shown.
package enum AuditText {
  package static func table(_ records: [AuditRecord]) -> [String] {
    var table = TextTable(["RECORD", "TIME", "KIND", "WHO", "COMMAND", "WHAT"])
    for record in records {
      guard let chain = record.chain, let content = record.content else {
        table.add(["?", "", "", "", "", "line \(record.lineNumber) is not a record"])
        continue
      }
      let kind = chain.kind.rawValue + (chain.of.map { " \($0)" } ?? "")
      table.add([
        String(chain.sequence), chain.time.rfc3339, kind, content.who, content.command,
        Escaped.line(what(chain, content), limit: 160),
      ])
    }
    return table.lines
  }

  static func what(_ chain: AuditLine, _ content: AuditRecord.Content) -> String {
    // What was done stands before all that people chose as text.
    let parts =
      [content.code] + (content.facts ?? []).map(AuditFactText.short)
      + [chain.kind == .done ? "" : content.message]
      + [content.reason.isEmpty ? "" : "reason: " + content.reason]
      + (content.about + content.details).map { "\($0.name)=" + $0.values.joined(separator: ",") }
    return parts.filter { !$0.isEmpty }.joined(separator: " ")
  }

  package static func json(_ record: AuditRecord) -> JSONText {
    let place: [(String, JSONText)] = [
      ("line", .count(record.lineNumber)), ("sha256", .string(record.digest.hex)),
    ]
    guard let chain = record.chain, let content = record.content else {
      return .object(place + [("record", .null), ("bytes", .count(record.length))])
    }
    func text(_ value: String) -> JSONText { value.isEmpty ? .null : .string(value) }
    func number(_ value: Int64?) -> JSONText { value.map { .number($0) } ?? .null }
    return .object(
      place + [
        ("record", .count(chain.sequence)), ("previous", .string(chain.previous.hex)),
        ("time", .string(chain.time.rfc3339)), ("kind", .string(chain.kind.rawValue)),
        ("of", chain.of.map { .count($0) } ?? .null), ("command", text(content.command)),
        ("facts", content.facts.map { .array($0.map(AuditFactText.json)) } ?? .null),
        ("about", fields(content.about)), ("details", fields(content.details)),
        ("reason", text(content.reason)), ("code", text(content.code)),
        ("exit", number(chain.kind == .done ? 0 : content.exit)),
        ("message", text(content.message)),
        ("uid", number(content.uid)), ("user", text(content.user)),
        ("login", number(content.login)), ("loginUser", text(content.loginUser)),
        ("sudo", text(content.sudo)), ("host", text(content.host)),
        ("process", number(content.process)), ("program", text(content.program)),
        ("cut", .bool(content.isCut)),
      ]
    )
  }

  private static func fields(_ fields: [AuditField]) -> JSONText {
    .object(fields.map { ($0.name, .array($0.values.map { .string($0) })) })
  }

  /// A record's own line; a line that is not a record is described by one that says so.
  package static func exported(_ record: AuditRecord) -> [UInt8] {
    if record.content != nil { return record.bytes }
    let text =
      "{\"unreadable\":true,\"line\":\(record.lineNumber),\"bytes\":\(record.length),"
      + "\"sha256\":\"\(record.digest.hex)\"}\n"
    return Array(text.utf8)
  }

  package static func json(_ report: AuditReport, _ note: String?) -> JSONText {
    .object([
      ("whole", .bool(report.isWhole)),
      ("records", .count(report.records)),
      ("head", report.head.map { .string($0.text) } ?? .null),
      ("first", report.first.map { .string($0.rfc3339) } ?? .null),
      ("last", report.last.map { .string($0.rfc3339) } ?? .null),
      ("interrupted", .count(report.interrupted)),
      ("healed", .count(report.healed)),
      ("tornBytes", .count(report.torn)),
      ("running", numbers(report) { $0.isRunning }),
      ("unfinished", numbers(report) { !$0.isRunning }),
      (
        "findings",
        .array(
          report.findings.map { finding in
            .object([
              ("record", .count(finding.sequence)), ("line", .count(finding.line)),
              ("message", .string(finding.text)),
            ])
          }
        )
      ),
      ("findingCount", .count(report.findingCount)),
      ("notes", JSONDocument.json(note.map { [Note(.warning, "catalogue-unread", $0)] } ?? [])),
    ])
  }

  private static func numbers(
    _ report: AuditReport,
    _ isWanted: (AuditReport.Unfinished) -> Bool
  ) -> JSONText {
    .array(report.unfinished.filter(isWanted).map { .count($0.sequence) })
  }

  package static func lines(_ report: AuditReport, _ note: String?) -> [String] {
    var lines = ["records:     \(report.records)"]
    if let first = report.first, let last = report.last {
      lines.append("from:        \(first) to \(last)")
    }
    lines.append("head:        \(report.head?.text ?? "none")")
    if report.interrupted > 0 {
      lines.append("interrupted: \(Counted.text(report.interrupted, "command"))")
    }
    for entry in report.unfinished {
      lines.append(
        entry.isRunning
          ? "running:     the command of record \(entry.sequence)"
          : "interrupted: the command of record \(entry.sequence), not noted yet"
      )
    }
    if report.healed > 0 {
      lines.append("torn:        \(report.healed) times, noted in the record behind")
    }
    if report.torn > 0 {
      lines.append(
        "torn:        the last \(report.torn) bytes are the rest of a record that was never complete"
      )
    }
    if let note { lines.append("note:        \(note)") }
    lines += report.findings.map { "WRONG:       \($0.text)" }
    if report.findingCount > UInt64(report.findings.count) {
      lines.append("WRONG:       and \(report.findingCount - UInt64(report.findings.count)) more")
    }
    let isWhole = report.isWhole && report.records > 0
    lines.append(isWhole ? "the audit log is whole" : "the audit log is NOT whole")
    return lines.map { Escaped.line($0) }
  }
}

/// Records as lines of comma-separated values (RFC 4180), safe to open with a spreadsheet.
package enum AuditCSV {
  private static let columns = [
    "record", "time", "kind", "of", "uid", "user", "login", "login_user", "sudo", "host", "process",
    "program", "command", "facts", "about", "details", "reason", "code", "exit", "message", "cut",
    "line",
    "previous", "sha256",
  ]

  package static var heading: String { columns.joined(separator: ",") }

  package static func row(_ record: AuditRecord) -> String {
    let line = String(record.lineNumber)
    guard let chain = record.chain, let content = record.content else {
      let message = "this line is not a record (\(record.length) bytes)"
      return columns.map { column in
        switch column {
        case "message": message
        case "line": line
        case "sha256": record.digest.hex
        default: ""
        }
      }.joined(separator: ",")
    }
    func number(_ value: Int64?) -> String { value.map { String($0) } ?? "" }
    return [
      String(chain.sequence), chain.time.rfc3339, chain.kind.rawValue,
      chain.of.map { String($0) } ?? "", number(content.uid), content.user, number(content.login),
      content.loginUser, content.sudo, content.host, number(content.process), content.program,
      content.command, (content.facts ?? []).map(AuditFactText.whole).joined(separator: "; "),
      fields(content.about), fields(content.details), content.reason,
      content.code, number(content.exit), content.message, content.isCut ? "yes" : "", line,
      chain.previous.hex, record.digest.hex,
    ].map(cell).joined(separator: ",")
  }

  private static func fields(_ fields: [AuditField]) -> String {
    fields.map { "\($0.name)=" + $0.values.joined(separator: " ") }.joined(separator: "; ")
  }

  /// A cell that no spreadsheet takes for a formula, quoted where it must be.
  package static func cell(_ text: String) -> String {
    var text = text
    if let first = text.unicodeScalars.first, "=+-@\t\r＝＋－＠".unicodeScalars.contains(first) {
      text = "'" + text
    }
    // Escaped like any text from outside; TAB and CR at the front are gone with it.
    text = Escaped.line(text, limit: 32_000)
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0 == ";" }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
