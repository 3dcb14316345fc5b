internal import GRDB
package import SafeIO

/// An address `snapshots/NAME` of a publication that stays until it is released.
package struct HeldAddress: Hashable, Sendable {
  /// Where the publication lies.
  package let prefix: String
  /// The snapshot's name.
  package let snapshot: String
  /// Since when it is held.
  package let made: UTCTime
  /// Why, in the operator's words; empty when nobody said.
  package let reason: String

  package init(prefix: String, snapshot: String, made: UTCTime, reason: String) {
    (self.prefix, self.snapshot, self.made, self.reason) = (prefix, snapshot, made, reason)
  }
}

extension Catalogue {
  /// The addresses that are held, of one publication or of all.
  package func heldAddresses(at prefix: String? = nil) throws(Failure) -> [HeldAddress] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM publication_hold WHERE ?1 IS NULL OR prefix = ?1 ORDER BY prefix, snapshot
          """,
        arguments: [prefix]
      ).map { row in
        HeldAddress(
          prefix: try row.text("prefix"),
          snapshot: try row.text("snapshot"),
          made: try row.time("made"),
          reason: try row.text("reason")
        )
      }
    }
  }

  /// Holds an address, with an event for the history; one that is held already keeps its time.
  package func hold(_ address: HeldAddress, _ event: PublicationEvent) throws(Failure) {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO publication_hold VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
          SET reason = excluded.reason
          """,
        arguments: [address.prefix, address.snapshot, address.made.seconds, address.reason]
      )
      try Catalogue.insert(event, db)
    }
  }

  /// Releases an address, with an event for the history; false when it was not held.
  package func release(_ event: PublicationEvent) throws(Failure) -> Bool {
    try write { db in
      try db.execute(
        sql: "DELETE FROM publication_hold WHERE prefix = ? AND snapshot = ?",
        arguments: [event.prefix, event.snapshots.joined(separator: " ")]
      )
      let wasHeld = db.changesCount == 1
      if wasHeld { try Catalogue.insert(event, db) }
      return wasHeld
    }
  }
}
