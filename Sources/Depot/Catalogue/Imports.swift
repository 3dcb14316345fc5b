internal import GRDB
package import SafeIO

extension Catalogue {
  /// The chunks of a bundle whose objects are all, durably, in its staging.
  package func arrivals(of manifest: SHA256Digest) throws(Failure) -> Set<UInt64> {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: "SELECT chunk FROM arrival WHERE manifest = ?",
        arguments: [manifest.data]
      )
      return Set(try rows.map { try $0.count("chunk") })
    }
  }

  /// Records chunks whose objects are in the staging, after the staging's `sync()`.
  package func recordArrivals(
    _ chunks: some Sequence<UInt64>,
    of manifest: SHA256Digest
  ) throws(Failure) {
    try write { db in
      for chunk in chunks {
        try db.execute(
          sql: "INSERT INTO arrival VALUES (?, ?) ON CONFLICT DO NOTHING",
          arguments: [manifest.data, try stored(chunk, "chunk number")]
        )
      }
    }
  }

  /// Forgets what has arrived of a bundle, when its staging is discarded.
  package func clearArrivals(of manifest: SHA256Digest) throws(Failure) {
    try write { db in try Catalogue.clearArrivals(of: manifest, db) }
  }

  private static func clearArrivals(of manifest: SHA256Digest, _ db: Database) throws {
    try db.execute(sql: "DELETE FROM arrival WHERE manifest = ?", arguments: [manifest.data])
    try db.execute(sql: "DELETE FROM arriving WHERE manifest = ?", arguments: [manifest.data])
  }

  /// The one moment in which a bundle becomes accepted: its snapshots, the ledger and the clock
  /// floor, and what had arrived of it forgotten, all or nothing.
  ///
  /// The objects must be durable in the depot before. `older` is the reason of an exception, and
  /// `retired` are snapshots that the exporter has removed: only those count that its stream brought.
  /// `dates` are those of the suites that were verified, `sightings` what they call themselves.
  package func commitImport(
    snapshots: [SnapshotRecord],
    accepted: AcceptedBundle,
    older: String? = nil,
    retired: [SnapshotReference] = [],
    dates: [SuiteDate] = [],
    sightings: [(vendor: String, suite: SeenSuite)] = []
  ) throws(Failure) {
    try write { db in
      try Catalogue.record(dates, db)
      try Catalogue.record(sightings, seen: accepted.accepted, db)
      for snapshot in snapshots { try Catalogue.insert(snapshot, db) }
      if try !Catalogue.isRecorded(accepted, db) {
        try Catalogue.insert(accepted, with: snapshots, db)
        if let older { try Catalogue.insertReason(older, for: accepted, db) }
      }
      for snapshot in retired { try Catalogue.retire(snapshot, by: accepted, db) }
      try Catalogue.clearArrivals(of: accepted.manifest, db)
      try Catalogue.raiseClockFloor(to: accepted.created, db)
    }
  }

  /// The snapshots that came with the accepted bundles of a stream, the newest bundle first.
  package func acceptedSnapshots(of stream: String) throws(Failure) -> [[SnapshotReference]] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM accepted_snapshot WHERE stream = ? ORDER BY sequence DESC, position
          """,
        arguments: [stream]
      )
      var bundles: [(sequence: UInt64, snapshots: [SnapshotReference])] = []
      for row in rows {
        let sequence = try row.count("sequence")
        if bundles.last?.sequence != sequence { bundles.append((sequence, [])) }
        bundles[bundles.count - 1].snapshots.append(
          try row.snapshot()
        )
      }
      return bundles.map(\.snapshots)
    }
  }

  /// The snapshots here that their exporter has removed.
  package func retiredSnapshots() throws(Failure) -> [SnapshotReference] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT snapshot.name, snapshot.digest FROM snapshot JOIN retired_snapshot
          USING (name, digest) ORDER BY snapshot.name
          """
      ).map { try $0.snapshot() }
    }
  }

  /// The newest signed time that was accepted: a clock behind it is wrong.
  package func newestSignedTime() throws(Failure) -> UTCTime? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT newest FROM clock").map { try $0.time("newest") }
    }
  }

  /// Takes a signed time into account.
  package func raiseClockFloor(to time: UTCTime) throws(Failure) {
    try write { db in try Catalogue.raiseClockFloor(to: time, db) }
  }

  private static func raiseClockFloor(to time: UTCTime, _ db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO clock VALUES (1, ?1) ON CONFLICT DO UPDATE SET newest = max(newest, ?1)
        """,
      arguments: [time.seconds]
    )
  }
}
