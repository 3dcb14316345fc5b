package import SafeIO

/// A command that began and whose outcome is still to be recorded; alive as long as the command.
package final class AuditEntry: Sendable {
  private let log: AuditLog
  private let subject: AuditSubject
  private let program: String
  private let actor: AuditActor
  private let locks: ByteLocks
  /// The record of the beginning.
  package let head: AuditHead

  init(
    log: AuditLog,
    subject: AuditSubject,
    program: String,
    actor: AuditActor,
    head: AuditHead,
    locks: consuming ByteLocks
  ) {
    self.log = log
    self.subject = subject
    self.program = program
    self.actor = actor
    self.head = head
    self.locks = locks
  }

  /// Records how the command ended and what it did, before that is shown; answers the new head of
  /// the log.
  ///
  /// Facts that do not fit stand in records before that of the outcome.
  package func conclude(
    _ outcome: AuditOutcome,
    _ details: [AuditField],
    facts: [AuditFact] = []
  ) throws(Failure) -> AuditHead {
    var lists = AuditFactList.lists(of: facts)
    var draft = draft(.done)
    draft.facts = lists.removeLast()
    draft.of = head.sequence
    draft.details = details
    draft.reason = subject.reason
    switch outcome {
    case .done: break
    case .refused(let code, let exit, let message):
      (draft.kind, draft.code, draft.exit, draft.message) = (.refused, code, exit, message)
    case .interrupted(let code, let exit):
      (draft.kind, draft.code, draft.exit) = (.interrupted, code, exit)
    }
    return try append(lists.map(noted) + [draft])
  }

  private func noted(_ facts: AuditFactList) -> AuditDraft {
    var draft = draft(.noted)
    (draft.of, draft.facts) = (head.sequence, facts)
    return draft
  }

  /// Records that the log lacks a record that the catalogue knows of.
  package func noteLoss(of known: AuditHead) throws(Failure) -> AuditHead {
    var draft = draft(.lost)
    draft.known = known
    draft.message =
      "the log was cut, put back from a backup or forked: the catalogue knows a "
      + "record that is not in it"
    return try append([draft])
  }

  /// Whether the log may have this record, judged by its newest ones: `audit verify` reads all.
  package func isPlausible(_ known: AuditHead) throws(Failure) -> Bool {
    guard let tail = try log.tail(), let newest = tail.head else { return false }
    guard known.sequence <= newest.sequence else { return false }
    let found = tail.recent.last { $0.sequence == known.sequence }
    return found == nil || found == known
  }

  private func draft(_ kind: AuditKind) -> AuditDraft {
    var draft = AuditDraft(kind: kind, time: .now(), program: program, actor: actor)
    draft.command = subject.command
    return draft
  }

  private func append(_ drafts: [AuditDraft]) throws(Failure) -> AuditHead {
    try log.lock(locks)
    do {
      var writer = try AuditAppender(in: log.root)
      var healed = draft(.healed)
      healed.command = nil
      try writer.heal(healed)
      var newest = head
      for draft in drafts { newest = try writer.append(draft) }
      try writer.finish()
      try locks.unlock(AuditLog.appendByte)
      return newest
    } catch {
      // What failed is what counts; the lock goes with the process at the latest.
      do { try locks.unlock(AuditLog.appendByte) } catch _ {}
      throw error
    }
  }
}
