internal import Depot
internal import SafeIO
private import Synchronization

/// The records of one job: its beginning before anything is done, its outcome before anybody
/// learns of it.
final class AuditTrail: Sendable {
  private struct State {
    var subject: AuditSubject?
    // Nil until the beginning is recorded, and again when the outcome is.
    var entry: AuditEntry?
    var catalogue: Catalogue?
    var details: [AuditField] = []
  }

  private let state: Mutex<State>
  private let program: String
  private let actor: AuditActor
  private let tell: @Sendable (Note) -> Void
  /// Takes what the libraries have done.
  let facts = AuditFacts()

  init(
    _ subject: AuditSubject?,
    program: String,
    actor: AuditActor,
    tell: @escaping @Sendable (Note) -> Void
  ) {
    state = Mutex(State(subject: subject))
    self.program = program
    self.actor = actor
    self.tell = tell
  }

  /// Records the beginning in this log, unless that was done or there is nothing to record.
  func begin(in log: AuditLog) throws(Failure) {
    let (subject, isBegun) = state.withLock { ($0.subject, $0.entry != nil) }
    guard let subject, !isBegun else { return }
    let entry = try log.begin(subject, program: program, by: actor)
    state.withLock { $0.entry = entry }
  }

  /// Records the beginning of what otherwise only reads, before the first thing that it changes.
  func begin(_ subject: AuditSubject, changing depot: Depot) throws(Failure) {
    guard state.withLock({ $0.entry == nil }) else { return }
    state.withLock { $0.subject = subject }
    try begin(in: AuditLog(in: depot.root))
    try attach(depot)
  }

  /// Has the catalogue keep, with each change, how far the log is; and records when the catalogue
  /// knows of records that the log lacks.
  func attach(_ depot: Depot) throws(Failure) {
    guard let entry = state.withLock({ $0.entry }) else { return }
    if let known = try depot.catalogue.auditCheckpoint(), try !entry.isPlausible(known) {
      tell(Note(.warning, "audit-lacks", "the audit log lacks records: aptferry audit verify"))
      try depot.catalogue.noteAuditHead(try entry.noteLoss(of: known), afterLoss: true)
    }
    depot.catalogue.noteAuditHead(with: entry.head)
    state.withLock { $0.catalogue = depot.catalogue }
  }

  /// Adds to the record of the outcome, for people.
  func add(_ name: String, _ values: [String]) {
    guard !values.isEmpty else { return }
    state.withLock { $0.details.append(AuditField(name, values)) }
  }

  /// Records that the job did what it should.
  func conclude() throws(Failure) {
    do throws(Failure) {
      try conclude(.done)
    } catch {
      throw Failure(
        error.kind,
        .auditOutcome,
        "the command did its work, but that could not be recorded: \(error.reason)",
        subject: error.subject,
        hint: "the audit log has its beginning; look at what it did, the next command records that "
          + "its outcome lacks",
        details: error.details
      )
    }
  }

  /// Records that the job refused; answers the failure to be reported.
  func conclude(_ failure: Failure) -> Failure {
    do throws(Failure) {
      try conclude(asRecorded: failure)
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

  /// Records that the job refused.
  func conclude(asRecorded failure: Failure) throws(Failure) {
    let exit = failure.kind.rawValue
    switch failure.kind {
    case .interrupted, .terminated:
      try conclude(.interrupted(code: failure.code, exit: exit))
    default:
      if let subject = failure.subject { add("at", [subject]) }
      // Of an alarm the log keeps everything: the digests that somebody will ask about.
      if failure.kind == .freshness { add("findings", failure.details) }
      try conclude(.refused(code: failure.code, exit: exit, message: failure.reason))
    }
  }

  private func conclude(_ outcome: AuditOutcome) throws(Failure) {
    let taken = state.withLock { state in
      defer { (state.entry, state.subject) = (nil, nil) }
      return state
    }
    guard let entry = taken.entry else { return }
    let head = try entry.conclude(outcome, taken.details, facts: facts.all)
    guard let catalogue = taken.catalogue else { return }
    do {
      // A later command is checked against it; the record itself is durable already.
      try catalogue.noteAuditHead(head)
    } catch {
      let text = "the catalogue could not note how far the audit log is: \(error.reason)"
      tell(Note(.warning, "audit-head", text))
    }
  }
}
