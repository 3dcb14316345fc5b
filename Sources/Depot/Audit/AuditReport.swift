package import SafeIO

/// What reading the whole audit log showed.
package struct AuditReport: Sendable {
  /// Something that does not fit.
  package struct Finding: Hashable, Sendable {
    /// The line, from 1 on; 0 when it is about no line.
    package let line: UInt64
    /// The record that it is about.
    package let sequence: UInt64
    /// What is wrong.
    package let text: String
  }

  /// A command that began, and whose outcome the log does not say.
  package struct Unfinished: Hashable, Sendable {
    /// Its record.
    package let sequence: UInt64
    /// Whether it is still at work.
    package let isRunning: Bool
  }

  /// How many records.
  package internal(set) var records: UInt64 = 0
  /// The newest record.
  package internal(set) var head: AuditHead?
  /// When the first record was written.
  package internal(set) var first: UTCTime?
  /// When the last record was written.
  package internal(set) var last: UTCTime?
  /// The first things that do not fit, in the order of the log.
  package internal(set) var findings: [Finding] = []
  /// How many there are.
  package internal(set) var findingCount: UInt64 = 0
  /// Rests of records that were never complete, each noted by the record behind it.
  package internal(set) var healed: UInt64 = 0
  /// Commands that ended without saying how, as later records say.
  package internal(set) var interrupted: UInt64 = 0
  /// Commands without an outcome.
  package internal(set) var unfinished: [Unfinished] = []
  /// Bytes at the end that are the rest of a record that was never complete.
  package internal(set) var torn: UInt64 = 0
  /// Whether what is torn has ends of lines.
  package internal(set) var tornHasLines = false

  /// How many findings are told one by one.
  static let longestList = 20

  /// Whether everything fits.
  package var isWhole: Bool { findingCount == 0 }

  mutating func add(line: UInt64, _ sequence: UInt64, _ text: String) {
    findingCount += 1
    if findings.count < AuditReport.longestList {
      findings.append(Finding(line: line, sequence: sequence, text: text))
    }
  }

  /// Refuses a copy that is no log, or ends in lines that are no records: a power cut leaves such
  /// lines in a log itself, but who copies one has records to copy.
  package func requireCopy(_ path: String) throws(Failure) {
    guard records == 0 || tornHasLines else { return }
    throw Failure(
      .integrity,
      "audit-log",
      records == 0
        ? "this is no audit log: it has no record"
        : "what follows the last record is no rest of a record: the end of the log was altered",
      subject: path,
      hint: "take the copy again: aptferry audit export > audit.jsonl"
    )
  }

  /// Refuses when something does not fit, and names the first.
  package func requireWhole(_ path: String) throws(Failure) {
    guard !isWhole else { return }
    let first = findings.min { ($0.sequence, $0.line) < ($1.sequence, $1.line) }
    let place = first.map { $0.line > 0 ? "record \($0.sequence), line \($0.line)" : "" } ?? ""
    throw Failure(
      .integrity,
      "audit-log",
      "the audit log is not what was written"
        + (place.isEmpty ? "" : "; the first that does not fit: \(place)"),
      subject: path,
      hint: "keep a copy; compare it with a backup and with what the other side knows of it",
      details: findings.map { $0.text }
        + (findingCount > UInt64(findings.count)
          ? ["and \(findingCount - UInt64(findings.count)) more"] : [])
    )
  }
}
