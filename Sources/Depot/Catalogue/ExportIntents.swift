internal import GRDB
package import SafeIO

/// A bundle that is written but for its final name: what the next run needs to know when this one
/// is killed between the medium and the ledger.
package struct ExportIntent: Hashable, Sendable {
  /// What will be recorded.
  package let record: ExportRecord
  /// The directory on the medium that holds the bundle's directory.
  package let destination: String
}

extension Catalogue {
  /// Says that a bundle is about to be completed; `record` ends it.
  package func intend(_ record: ExportRecord, in destination: String) throws(Failure) {
    try write { db in
      try db.execute(
        sql: "DELETE FROM export_intent WHERE stream = ?",
        arguments: [record.stream]
      )
      try db.execute(
        sql: "INSERT INTO export_intent VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          record.stream, try stored(record.sequence, "sequence"), record.manifest.data,
          record.created.seconds, try stored(record.bytes, "size"), destination,
        ]
      )
      for (position, snapshot) in record.snapshots.enumerated() {
        try db.execute(
          sql: "INSERT INTO export_intent_snapshot VALUES (?, ?, ?, ?)",
          arguments: [record.stream, position, snapshot.name, snapshot.digest.data]
        )
      }
      try db.execute(
        sql: "INSERT INTO export_intent_detail VALUES (?, ?, ?, ?)",
        arguments: [
          record.stream, record.maker, try stored(record.relied, "count"),
          record.sites.joined(separator: " "),
        ]
      )
    }
  }

  /// What an interrupted export left, or nil.
  package func exportIntent(of stream: String) throws(Failure) -> ExportIntent? {
    try read { db in
      guard
        let row = try Row.fetchOne(
          db,
          sql: "SELECT * FROM export_intent WHERE stream = ?",
          arguments: [stream]
        )
      else { return nil }
      let snapshots = try Row.fetchAll(
        db,
        sql: "SELECT name, digest FROM export_intent_snapshot WHERE stream = ? ORDER BY position",
        arguments: [stream]
      ).map { try $0.snapshot() }
      let detail = try Row.fetchOne(
        db,
        sql: "SELECT * FROM export_intent_detail WHERE stream = ?",
        arguments: [stream]
      )
      return ExportIntent(
        record: ExportRecord(
          stream: stream,
          sequence: try row.count("sequence"),
          manifest: try row.digest("manifest"),
          created: try row.time("created"),
          snapshots: snapshots,
          bytes: try row.size("bytes"),
          sites: try detail?.text("sites").split(separator: " ").map { String($0) } ?? [],
          maker: try detail?.text("maker") ?? "",
          relied: try detail?.count("relied") ?? 0
        ),
        destination: try row.text("destination")
      )
    }
  }

  /// What interrupted exports of all streams left.
  package func exportIntents() throws(Failure) -> [ExportIntent] {
    let streams = try read { db in
      try Row.fetchAll(db, sql: "SELECT stream FROM export_intent ORDER BY stream")
        .map { try $0.text("stream") }
    }
    var intents: [ExportIntent] = []
    for stream in streams {
      if let intent = try exportIntent(of: stream) { intents.append(intent) }
    }
    return intents
  }

  /// Forgets an intent whose bundle was not completed.
  package func dropExportIntent(of stream: String) throws(Failure) {
    try write { db in
      try db.execute(sql: "DELETE FROM export_intent WHERE stream = ?", arguments: [stream])
    }
  }
}
