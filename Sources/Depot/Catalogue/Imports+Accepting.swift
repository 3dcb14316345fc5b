internal import GRDB
internal import SafeIO

/// The steps of the transaction that accepts a bundle.
extension Catalogue {
  /// Whether this very bundle was accepted before; another one of the same sequence is refused.
  static func isRecorded(_ accepted: AcceptedBundle, _ db: Database) throws -> Bool {
    let row = try Row.fetchOne(
      db,
      sql: "SELECT manifest FROM accepted WHERE exporter = ? AND stream = ? AND sequence = ?",
      arguments: [accepted.exporter, accepted.stream, try stored(accepted.sequence, "sequence")]
    )
    guard let row else { return false }
    guard try row.digest("manifest") == accepted.manifest else {
      throw Failure(
        .freshness,
        "two-manifests",
        "another bundle with this sequence was accepted before: one of the two is forged or "
          + "the exporter's ledger was lost",
        subject: "\(accepted.stream) \(accepted.sequence)"
      )
    }
    return true
  }

  /// Records the bundle and which snapshots it brought.
  static func insert(
    _ accepted: AcceptedBundle,
    with snapshots: [SnapshotRecord],
    _ db: Database
  ) throws {
    let sequence = try stored(accepted.sequence, "sequence")
    try db.execute(
      sql: "INSERT INTO accepted VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [
        accepted.exporter, accepted.stream, sequence, accepted.manifest.data,
        accepted.created.seconds, accepted.accepted.seconds,
      ]
    )
    for (position, snapshot) in snapshots.enumerated() {
      try db.execute(
        sql: "INSERT INTO accepted_snapshot VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          accepted.exporter, accepted.stream, sequence, position, snapshot.name,
          snapshot.digest.data,
        ]
      )
    }
  }

  /// Records why a bundle came in although a newer one had.
  static func insertReason(
    _ reason: String,
    for accepted: AcceptedBundle,
    _ db: Database
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO accepted_older (stream, sequence, manifest, made, reason)
        VALUES (?, ?, ?, ?, ?)
        """,
      arguments: [
        accepted.stream, try stored(accepted.sequence, "sequence"), accepted.manifest.data,
        accepted.accepted.seconds, reason,
      ]
    )
  }

  /// Notes that the exporter has removed a snapshot, if its stream brought it.
  static func retire(
    _ snapshot: SnapshotReference,
    by accepted: AcceptedBundle,
    _ db: Database
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO retired_snapshot SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (
          SELECT 1 FROM accepted_snapshot WHERE name = ?1 AND digest = ?2 AND stream = ?3
        ) ON CONFLICT DO NOTHING
        """,
      arguments: [
        snapshot.name, snapshot.digest.data, accepted.stream,
        try stored(accepted.sequence, "sequence"),
      ]
    )
  }
}
