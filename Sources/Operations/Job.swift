internal import Depot
internal import OpenPGP
internal import Publishing
internal import SafeIO
private import Synchronization
internal import Trust

/// One call of a session while it is done: the open depot, what is recorded of it, its locks.
final class Job: Sendable {
  let session: Session
  let depot: Depot
  private let trail: AuditTrail
  private let isRecovered = Atomic(false)

  init(_ session: Session, _ depot: Depot, _ trail: AuditTrail) {
    self.session = session
    self.depot = depot
    self.trail = trail
  }

  /// When the caller asked.
  var now: UTCTime { session.now }

  /// Takes what the libraries have done, for the record of the outcome, however the job ends.
  var facts: AuditFacts { trail.facts }

  /// Adds to the record of the outcome, for people: names, digests, fingerprints, never secrets.
  func record(_ name: String, _ values: [String]) { trail.add(name, values) }

  /// Records the beginning of what otherwise only reads, before the first thing that it changes;
  /// nothing when that was done.
  func begin(_ subject: AuditSubject) throws(Failure) {
    try trail.begin(subject, changing: depot)
  }

  /// Holds the depot's lock, with everything settled that an interrupted command left.
  ///
  /// The lock is waited for at least so many seconds. `beforeRecovery` is called before anything of that is changed.
  func changing<Value>(
    for command: String,
    within seconds: Double = 0,
    beforeRecovery: () throws(Failure) -> Void = {},
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try depot.locked(for: command, within: seconds) { () throws(Failure) in
      try recover(beforeRecovery)
      return try body()
    }
  }

  /// Settles what an interrupted command left, once in a job; the depot's lock must be held.
  func recover(_ beforeChange: () throws(Failure) -> Void = {}) throws(Failure) {
    guard !isRecovered.load(ordering: .relaxed) else { return }
    try Publisher.recover(depot, facts: facts, beforeChange: beforeChange)
    isRecovered.store(true, ordering: .relaxed)
  }

  /// What publishes here.
  func publisher() throws(Failure) -> Publisher {
    let (depot, now) = (depot, now)
    return try Publisher(depot, facts: facts) { () throws(Failure) in
      try DepotIdentity.keys(of: depot, now: now).all
    }
  }

  /// The keys that the depot signs with now.
  func signingKeys() throws(Failure) -> OwnKeys { try DepotIdentity.keys(of: depot, now: now) }
}
