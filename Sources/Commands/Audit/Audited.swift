internal import Depot
internal import SafeIO
private import Synchronization

/// A command that changes or decides something, and so is recorded in the depot's audit log before
/// it begins and before it says how it ended.
///
/// `Start` does both. While it runs a command may add what it finds with `AuditTrail.add`.
protocol Audited {
  /// What it is about to do; nil when this call changes nothing, as with `--dry-run`.
  var audit: AuditSubject? { get }
  /// The depot.
  var location: DepotOptions { get }
}

/// The records of the command that this process runs.
enum AuditTrail {
  private struct State {
    var subject: AuditSubject?
    // Nil until the beginning is recorded: an optional value, no error is passed over.
    var entry: AuditEntry?
    var catalogue: Catalogue?
    var details: [AuditField] = []
    let facts = AuditFacts()
  }

  private static let state = Mutex(State())

  /// What is true when a command's outcome could not be recorded.
  static let unrecorded = "what the command changed stands; its beginning is recorded"

  /// Records the beginning of the command, before it does anything; nothing while there is no
  /// depot, which `init` is about to make.
  static func begin(_ command: any Audited) throws(Failure) {
    guard let subject = command.audit else { return }
    state.withLock { $0.subject = subject }
    Output.hold()
    guard let root = try command.location.root() else { return }
    try begin(in: AuditLog(in: root))
  }

  /// Records the beginning in this log, unless that was done.
  static func begin(in log: AuditLog) throws(Failure) {
    let (subject, isBegun) = state.withLock { ($0.subject, $0.entry != nil) }
    guard let subject, !isBegun else { return }
    let entry = try log.begin(subject, program: Version.program)
    state.withLock { $0.entry = entry }
  }

  /// Records the beginning of a command that otherwise only reads, before the first thing that it
  /// changes; nothing when that was done.
  static func begin(_ subject: AuditSubject, changing depot: Depot) throws(Failure) {
    guard state.withLock({ $0.entry == nil }) else { return }
    state.withLock { $0.subject = subject }
    Output.hold()
    try begin(in: AuditLog(in: depot.root))
    try attach(depot)
  }

  /// Has the catalogue keep, with each change, how far the log is; and records when the catalogue
  /// knows of records that the log lacks.
  static func attach(_ depot: Depot) throws(Failure) {
    guard let entry = state.withLock({ $0.entry }) else { return }
    if let known = try depot.catalogue.auditCheckpoint(), try !entry.isPlausible(known) {
      Output.message("warning: the audit log lacks records: aptferry audit verify")
      try depot.catalogue.noteAuditHead(try entry.noteLoss(of: known), afterLoss: true)
    }
    depot.catalogue.noteAuditHead(with: entry.head)
    state.withLock { $0.catalogue = depot.catalogue }
  }

  /// Takes what the libraries have done, for the record of the outcome, however the command ends.
  static var facts: AuditFacts { state.withLock { $0.facts } }

  /// Adds to the record of the outcome, for people: names, digests, fingerprints, never secrets.
  static func add(_ name: String, _ values: [String]) {
    guard !values.isEmpty else { return }
    state.withLock { $0.details.append(AuditField(name, values)) }
  }

  /// Adds to the record of the outcome.
  static func add(_ name: String, _ value: String) { add(name, [value]) }

  /// Records that the command did what it should, and lets its results out.
  static func conclude() throws(Failure) {
    do {
      try conclude(.done)
    } catch {
      Output.drop()
      throw Failure(
        error.kind,
        "audit-outcome",
        "the command did its work, but that could not be recorded: \(error.reason)",
        subject: error.subject,
        hint: "the audit log has its beginning; look at what it did, the next command records that "
          + "its outcome lacks",
        details: error.details
      )
    }
    Output.release()
  }

  /// Records that the command refused, and lets out what it had to show; answers the failure to be
  /// reported.
  static func conclude(_ failure: Failure) -> Failure {
    defer { Output.release() }
    do {
      switch failure.kind {
      case .interrupted, .terminated:
        try conclude(.interrupted(code: failure.code, exit: failure.kind.rawValue))
      default:
        if let subject = failure.subject { add("at", subject) }
        // Of an alarm the log keeps everything: the digests that somebody will ask about.
        if failure.kind == .freshness { add("findings", failure.details) }
        try conclude(
          .refused(code: failure.code, exit: failure.kind.rawValue, message: failure.reason)
        )
      }
      return failure
    } catch {
      return Failure(
        failure.kind,
        failure.name,
        failure.reason,
        subject: failure.subject,
        hint: failure.hint,
        details: failure.details + ["and this could not be recorded: \(error.reason)"]
      )
    }
  }

  private static func conclude(_ outcome: AuditOutcome) throws(Failure) {
    let taken = state.withLock { state in
      defer { (state.entry, state.subject) = (nil, nil) }
      return state
    }
    guard let entry = taken.entry else { return }
    let head = try entry.conclude(outcome, taken.details, facts: taken.facts.all)
    guard let catalogue = taken.catalogue else { return }
    do {
      // A later command is checked against it; the record itself is durable already.
      try catalogue.noteAuditHead(head)
    } catch {
      Output.message(
        "warning: the catalogue could not note how far the audit log is: "
          + Escaped.line(error.reason)
      )
    }
  }
}
