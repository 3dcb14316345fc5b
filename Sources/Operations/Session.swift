package import Depot
package import SafeIO
private import Trust

/// One caller at one depot: who asks, when that began, what stops it, who is told what.
///
/// Each use case is one call of a session, in an extension beside what it is about: a request in, a
/// result out. Nothing here belongs to the process, so that a command, a server and a test can each
/// have sessions of their own, also over one depot: every call opens the depot for itself.
package final class Session: Sendable {
  /// The depot's directory.
  package let path: String
  /// Who is recorded as the one who asked.
  package let actor: AuditActor
  /// The program and its version, for the record.
  package let program: String
  /// When the caller asked: the one look at the clock.
  package let now: UTCTime
  /// What stops the work.
  package let interruption: Interruption
  /// How long it waits for a lock that another command has, in seconds.
  package let patience: Double
  /// Takes reports of work that lasts; nil when nobody watches.
  package let progress: ProgressSink?
  /// Takes what the caller is to be told while the work goes on.
  package let tell: @Sendable (Note) -> Void

  package init(
    at path: String,
    program: String,
    actor: AuditActor = .current(),
    now: UTCTime = .now(),
    interruption: Interruption = .current,
    patience: Double = 0,
    progress: ProgressSink? = nil,
    tell: @escaping @Sendable (Note) -> Void = { _ in }
  ) {
    self.path = path
    self.program = program
    self.actor = actor
    self.now = now
    self.interruption = interruption
    self.patience = patience
    self.progress = progress
    self.tell = tell
  }

  /// The depot's directory without a look at what is in it; nil when no depot is there, or one whose
  /// restore has not come to its end: its audit log is still to be replaced.
  package func root() throws(Failure) -> Directory? {
    do {
      let root = try Directory(opening: path)
      if try root.status(DepotRestore.marker) != nil { return nil }
      return try root.status("depot.conf") == nil ? nil : root
    } catch {
      if error.name == .noDirectory { return nil }
      throw explained(error)
    }
  }

  /// The depot, to read from; where there is none, says how to name or make one.
  package func depot() throws(Failure) -> Depot { try depot(recording: nil) }

  /// The audit log, readable whatever else of the depot is damaged.
  package func auditLog() throws(Failure) -> AuditLog {
    guard let root = try root() else { throw noDepot("there is no depot here") }
    do throws(Failure) {
      if try root.status(AuditLog.fileName) != nil { _ = try root.file(AuditLog.fileName) }
    } catch {
      throw explained(error)
    }
    return AuditLog(in: root)
  }

  /// Reads something of the depot; where this account may not, says whom to ask.
  func reading<Value>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
    do throws(Failure) { return try body() } catch { throw explained(error) }
  }

  /// Does what changes or decides something.
  ///
  /// The beginning is recorded before anything is done, the outcome before the caller learns of it.
  ///
  /// - Parameters:
  ///   - subject: what the record of the beginning says; nil when nothing is going to be changed.
  ///   - verdict: what the record of the outcome says of a result that is no success; the caller
  ///     gets the result all the same.
  ///   - work: what is to be done.
  /// - Returns: what `work` answered.
  /// - Throws: what `work` threw; `audit-outcome` when it was done and that could not be recorded.
  func perform<Value>(
    _ subject: AuditSubject?,
    verdict: (Value) -> Failure? = { _ in nil },
    _ work: (Job) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try perform(subject, openedBy: depot(recording:), verdict: verdict, work)
  }

  /// As above, with a depot that `open` makes or opens.
  func perform<Value>(
    _ subject: AuditSubject?,
    openedBy open: (AuditTrail) throws(Failure) -> Depot,
    verdict: (Value) -> Failure? = { _ in nil },
    _ work: (Job) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let trail = AuditTrail(subject, program: program, actor: actor, tell: tell)
    return try interruption.govern { () throws(Failure) in
      let value: Value
      do throws(Failure) {
        if let root = try root() {
          if let subject { try SpaceReserve.spend(for: subject, in: root) }
          try trail.begin(in: AuditLog(in: root))
        }
        value = try work(Job(self, try open(trail), trail))
        if subject != nil { keepReserve() }
      } catch {
        throw trail.conclude(explained(error))
      }
      if let failure = verdict(value) {
        try trail.conclude(asRecorded: failure)
      } else {
        try trail.conclude()
      }
      return value
    }
  }

  /// What was done is done, whether room can be kept or not.
  private func keepReserve() {
    do throws(Failure) {
      if let root = try root() { try SpaceReserve.keep(in: root) }
    } catch {
      tell(.note("no room could be kept for removals on a full disk: \(error.reason)"))
    }
  }

  private func depot(recording trail: AuditTrail?) throws(Failure) -> Depot {
    let depot: Depot
    do {
      depot = try Depot.open(at: path, isReading: trail == nil, patience: patience) { version in
        tell(trail == nil ? .earlierDepot(version) : .depotUpgrade(version))
        trail?.add("upgraded from catalogue version", ["\(version)"])
      }
    } catch {
      guard error.name == .noDirectory, error.subject == path else { throw explained(error) }
      throw noDepot("there is no depot here: \(error.reason)")
    }
    try trail?.attach(depot)
    // What an earlier version of this program took on an exporter's word is verified, once.
    for snapshot in try ClaimVerification.run(depot, now: now).unverified {
      let text = "what an earlier version stored of a snapshot's signers could not be verified: "
      tell(Note(.warning, "unverified-claim", text + snapshot))
    }
    return depot
  }

  /// Where an account may not use the depot, no cable and no medium is to blame.
  private func explained(_ failure: Failure) -> Failure {
    guard failure.kind == .io, failure.name == .permission,
      failure.subject.map({ $0 == path || $0.hasPrefix(path + "/") }) ?? false
    else { return failure }
    return Failure(
      .configuration,
      .permission,
      "this account may not do that at the depot: \(failure.reason)",
      subject: failure.subject,
      hint:
        "run the command as the depot's owner; to let a group read the depot, see “Who may read a "
        + "depot” in docs/guides/repository-operator.md",
      details: failure.details
    )
  }

  private func noDepot(_ reason: String) -> Failure {
    Failure(
      .state,
      "no-depot",
      reason,
      subject: path,
      hint: "name the depot with --depot or APTFERRY_DEPOT, or make one: aptferry init"
    )
  }
}

extension Note {
  fileprivate static func earlierDepot(_ version: Int64) -> Note {
    Note(
      .note,
      "earlier-depot",
      "an earlier program made this depot (catalogue version \(version)): the next command that "
        + "changes something brings it up to date"
    )
  }

  fileprivate static func depotUpgrade(_ version: Int64) -> Note {
    Note(
      .note,
      "depot-upgrade",
      "an earlier program made this depot (catalogue version \(version)): it is brought up to date "
        + "now, and earlier programs will refuse it; the catalogue of before is kept as "
        + Catalogue.keptName
    )
  }
}
