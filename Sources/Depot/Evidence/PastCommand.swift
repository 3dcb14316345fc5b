package import SafeIO

/// One command of the audit log with all that it did, whether it succeeded or not.
package struct PastCommand: Sendable {
  /// The record of its outcome.
  package let sequence: UInt64
  /// When it ended.
  package let time: UTCTime
  /// How it ended.
  package let kind: AuditKind
  /// Who ran it.
  package let who: String
  /// The words of the command.
  package let command: String
  /// Why, where a reason was given.
  package let reason: String
  /// What it did.
  package let facts: [WrittenFact]
}

extension AuditLog {
  /// The commands that did something, oldest first; nothing of the log is checked.
  package func forEachCommand(
    _ body: (PastCommand) throws(Failure) -> Void
  ) throws(Failure) {
    // Facts for which the outcome had no room stand before it, under the beginning's number.
    var noted: [UInt64: [WrittenFact]] = [:]
    try forEachRecord { (record) throws(Failure) in
      guard let chain = record.chain, let of = chain.of, let content = record.content else {
        return
      }
      if chain.kind == .noted {
        noted[of, default: []] += content.facts ?? []
        return
      }
      let facts = (noted.removeValue(forKey: of) ?? []) + (content.facts ?? [])
      guard !facts.isEmpty else { return }
      try body(
        PastCommand(
          sequence: chain.sequence,
          time: chain.time,
          kind: chain.kind,
          who: content.who,
          command: content.command,
          reason: content.reason,
          facts: facts
        )
      )
    }
  }
}
