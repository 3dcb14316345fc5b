internal import GRDB
package import SafeIO
internal import Synchronization

/// The head of another depot's log, as it became known here.
package struct ForeignAuditHead: Hashable, Sendable {
  /// Whose log: the fingerprint of that depot's key.
  package let log: String
  /// The head.
  package let head: AuditHead
  /// When it became known here.
  package let seen: UTCTime
  /// What brought it, for messages: a receipt, a bundle.
  package let source: String

  package init(log: String, head: AuditHead, seen: UTCTime, source: String) {
    (self.log, self.head, self.seen, self.source) = (log, head, seen, source)
  }
}

extension Catalogue {
  /// How far this depot's own log had come when the catalogue was last changed; nil before that.
  package func auditCheckpoint() throws(Failure) -> AuditHead? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT sequence, digest FROM audit_checkpoint").map { row in
        AuditHead(sequence: try row.count("sequence"), digest: try row.digest("digest"))
      }
    }
  }

  /// From now on every transaction notes this head beside its change.
  package func noteAuditHead(with head: AuditHead) { auditHead.withLock { $0 = head } }

  /// Notes how far this depot's own log has come, by itself; never less than before, unless a loss
  /// was recorded in the log.
  package func noteAuditHead(_ head: AuditHead, afterLoss: Bool = false) throws(Failure) {
    auditHead.withLock { $0 = nil }
    try write { db in
      if afterLoss { try db.execute(sql: "DELETE FROM audit_checkpoint") }
      try Catalogue.note(head, db)
    }
  }

  static func note(_ head: AuditHead, _ db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO audit_checkpoint VALUES (1, ?, ?) ON CONFLICT (row) DO UPDATE
        SET sequence = excluded.sequence, digest = excluded.digest
        WHERE excluded.sequence > sequence
        """,
      arguments: [try stored(head.sequence, "sequence"), head.digest.data]
    )
  }

  /// Records a head of another log; two records under one number are an alarm, and both are kept.
  package func record(_ foreign: ForeignAuditHead) throws(Failure) {
    let others: [AuditHead] = try write { db in
      let sequence = try stored(foreign.head.sequence, "sequence")
      try db.execute(
        sql: "INSERT INTO audit_head VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        arguments: [
          foreign.log, sequence, foreign.head.digest.data, foreign.seen.seconds, foreign.source,
        ]
      )
      return try Catalogue.heads(
        db,
        where: "log = ? AND sequence = ?",
        [foreign.log, sequence]
      ).map(\.head).filter { $0 != foreign.head }
    }
    guard others.isEmpty else {
      throw Failure(
        .integrity,
        .auditForked,
        "the other side's audit log has two different records of one number: it was forked",
        subject: foreign.log,
        hint: "ask there whether the depot was put back from a backup, and who else had it",
        details: ([foreign.head] + others).map { "record \($0.sequence): \($0.digest.hex)" }
      )
    }
  }

  /// The heads of other logs, of one log or of all, oldest records first.
  package func foreignAuditHeads(of log: String? = nil) throws(Failure) -> [ForeignAuditHead] {
    try read { db in try Catalogue.heads(db, where: "?1 IS NULL OR log = ?1", [log]) }
  }

  private static func heads(
    _ db: Database,
    where condition: String,
    _ arguments: StatementArguments
  ) throws -> [ForeignAuditHead] {
    try Row.fetchAll(
      db,
      sql: "SELECT * FROM audit_head WHERE \(condition) ORDER BY log, sequence, digest",
      arguments: arguments
    ).map { row in
      ForeignAuditHead(
        log: try row.text("log"),
        head: AuditHead(sequence: try row.count("sequence"), digest: try row.digest("digest")),
        seen: try row.time("seen"),
        source: try row.text("source")
      )
    }
  }
}
