internal import GRDB
package import SafeIO

/// Something that was done to a publication: kept for ever, also when its generations are gone.
package struct PublicationEvent: Hashable, Sendable {
  /// What was done.
  package enum Action: String, Sendable {
    case publish, rollback, edit, remove, sign, hold, release

    /// Whether it made the generation that it names.
    package var isMaking: Bool { self == .publish || self == .rollback || self == .edit }
  }

  /// Where the publication lies, or lay.
  package let prefix: String
  /// The generation that it made, or that was the last.
  package let number: UInt64
  /// What was done.
  package let action: Action
  /// When.
  package let made: UTCTime
  /// The names of the snapshots in the generation.
  package let snapshots: [String]
  /// Why, in the operator's words; empty when nobody said.
  package let reason: String

  package init(
    prefix: String,
    number: UInt64,
    action: Action,
    made: UTCTime,
    snapshots: [String],
    reason: String
  ) {
    self.prefix = prefix
    self.number = number
    self.action = action
    self.made = made
    self.snapshots = snapshots
    self.reason = reason
  }
}

extension Catalogue {
  /// What was done to the publication at a prefix, oldest first.
  package func publicationEvents(at prefix: String) throws(Failure) -> [PublicationEvent] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM publication_event WHERE prefix = ? ORDER BY id",
        arguments: [prefix]
      ).map { row in
        guard let action = PublicationEvent.Action(rawValue: try row.text("action")) else {
          throw UnusableValue(column: "action")
        }
        return PublicationEvent(
          prefix: prefix,
          number: try row.count("number"),
          action: action,
          made: try row.time("made"),
          snapshots: try row.text("snapshots").split(separator: " ").map(String.init),
          reason: try row.text("reason")
        )
      }
    }
  }

  /// Forgets all generations of a publication that clients no longer see; its trees go after this.
  package func removePublication(_ event: PublicationEvent) throws(Failure) {
    try write { db in
      try db.execute(sql: "DELETE FROM generation WHERE prefix = ?", arguments: [event.prefix])
      try db.execute(
        sql: "DELETE FROM publication_hold WHERE prefix = ?",
        arguments: [event.prefix]
      )
      // What the API has staged for it; clients call the one at the root `.`.
      let place = (event.prefix == "_root" ? "." : event.prefix) + "/"
      try db.execute(
        sql: "DELETE FROM api_record WHERE area = 'staged' AND substr(name, 1, length(?1)) = ?1",
        arguments: [place]
      )
      try Catalogue.insert(event, db)
    }
  }

  static func insert(_ event: PublicationEvent, _ db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO publication_event (prefix, number, action, made, snapshots, reason)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        event.prefix, try stored(event.number, "generation"), event.action.rawValue,
        event.made.seconds, event.snapshots.joined(separator: " "), event.reason,
      ]
    )
  }
}
