internal import GRDB
package import SafeIO

/// What the catalogue knows of one generation of a publication.
package struct GenerationRecord: Hashable, Sendable {
  /// Where a generation is in its life.
  package enum State: String, Sendable {
    /// Its tree is complete; the switch has not been recorded.
    case prepared
    /// Clients see it.
    case current
    /// It was current before.
    case kept
  }

  /// Where the publication lies below the public root.
  package let prefix: String
  /// The number, from 1.
  package let number: UInt64
  /// Where it is in its life.
  package let state: State
  /// The digest of the tree's listing, which is an object.
  package let listing: SHA256Digest
  /// How many files.
  package let files: UInt64
  /// The sum of the sizes, in bytes.
  package let bytes: UInt64
  /// When it was made.
  package let made: UTCTime
  /// The snapshots in it.
  package let snapshots: [SnapshotReference]
  /// What it is made from, in the words of Publishing; empty for one of before there were recipes.
  package let recipe: String
  /// Which pool of the publication its tree shares with others; 0 for none.
  package let pool: UInt64
  /// What was done to make it.
  package let action: PublicationEvent.Action
  /// Why, in the operator's words.
  package let reason: String

  package init(
    prefix: String,
    number: UInt64,
    state: State,
    listing: SHA256Digest,
    files: UInt64,
    bytes: UInt64,
    made: UTCTime,
    snapshots: [SnapshotReference],
    recipe: String = "",
    pool: UInt64 = 0,
    action: PublicationEvent.Action = .publish,
    reason: String = ""
  ) {
    self.prefix = prefix
    self.number = number
    self.state = state
    self.listing = listing
    self.files = files
    self.bytes = bytes
    self.made = made
    self.snapshots = snapshots
    self.recipe = recipe
    self.pool = pool
    self.action = action
    self.reason = reason
  }
}

extension Catalogue {
  /// The generations, of one publication or of all, by prefix and number.
  package func generations(at prefix: String? = nil) throws(Failure) -> [GenerationRecord] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM generation WHERE ?1 IS NULL OR prefix = ?1 ORDER BY prefix, number",
        arguments: [prefix]
      ).map { row in try Catalogue.generation(row, db) }
    }
  }

  private static func generation(_ row: Row, _ db: Database) throws -> GenerationRecord {
    let (prefix, number) = (try row.text("prefix"), try row.count("number"))
    guard let state = GenerationRecord.State(rawValue: try row.text("state")) else {
      throw UnusableValue(column: "state")
    }
    let snapshots = try Row.fetchAll(
      db,
      sql: """
        SELECT name, digest FROM generation_snapshot WHERE prefix = ? AND number = ?
        ORDER BY position
        """,
      arguments: [prefix, try stored(number, "generation")]
    ).map { try $0.snapshot() }
    let more = try Row.fetchOne(
      db,
      sql: "SELECT * FROM generation_recipe WHERE prefix = ? AND number = ?",
      arguments: [prefix, try stored(number, "generation")]
    )
    guard
      let action = PublicationEvent.Action(rawValue: try more?.text("action") ?? "publish")
    else { throw UnusableValue(column: "action") }
    return GenerationRecord(
      prefix: prefix,
      number: number,
      state: state,
      listing: try row.digest("listing"),
      files: try row.fileCount("files"),
      bytes: try row.size("bytes"),
      made: try row.time("made"),
      snapshots: snapshots,
      recipe: try more?.text("recipe") ?? "",
      pool: try more?.count("pool") ?? 0,
      action: action,
      reason: try more?.text("reason") ?? ""
    )
  }

  /// Records the intent to switch to a generation whose tree is complete and durable.
  package func prepare(_ generation: GenerationRecord) throws(Failure) {
    try write { db in
      let number = try stored(generation.number, "generation")
      try db.execute(
        sql: "INSERT INTO generation VALUES (?, ?, 'prepared', ?, ?, ?, ?)",
        arguments: [
          generation.prefix, number, generation.listing.data,
          try stored(generation.files, "number of files"), try stored(generation.bytes, "size"),
          generation.made.seconds,
        ]
      )
      try db.execute(
        sql: "INSERT INTO generation_recipe VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          generation.prefix, number, generation.recipe, try stored(generation.pool, "pool"),
          generation.action.rawValue, generation.reason,
        ]
      )
      for (position, snapshot) in generation.snapshots.enumerated() {
        // Removed meanwhile or made anew: what would be published is not what was planned.
        guard try Catalogue.find(snapshot.name, db)?.digest == snapshot.digest else {
          throw Failure(
            .state,
            "no-snapshot",
            "the snapshot has gone or changed",
            subject: snapshot.name
          )
        }
        try db.execute(
          sql: "INSERT INTO generation_snapshot VALUES (?, ?, ?, ?, ?)",
          arguments: [generation.prefix, number, position, snapshot.name, snapshot.digest.data]
        )
      }
    }
  }

  /// Records that clients see this generation; what was current before is kept.
  ///
  /// Those of the numbers `forgotten` are forgotten with the same stroke, as `removeGeneration`
  /// does. The history of the publication tells of one that was prepared until now.
  package func makeCurrent(
    _ number: UInt64,
    at prefix: String,
    forgetting forgotten: [UInt64] = []
  ) throws(Failure) {
    try write { db in
      for old in forgotten where old != number {
        try db.execute(
          sql: "DELETE FROM generation WHERE prefix = ? AND number = ?",
          arguments: [prefix, try stored(old, "generation")]
        )
      }
      let number = try stored(number, "generation")
      let row = try Row.fetchOne(
        db,
        sql: "SELECT * FROM generation WHERE prefix = ? AND number = ? AND state = 'prepared'",
        arguments: [prefix, number]
      )
      if let row {
        let prepared = try Catalogue.generation(row, db)
        let event = PublicationEvent(
          prefix: prefix,
          number: prepared.number,
          action: prepared.action,
          made: prepared.made,
          snapshots: prepared.snapshots.map(\.name),
          reason: prepared.reason
        )
        try Catalogue.insert(event, db)
      }
      try db.execute(
        sql: """
          UPDATE generation SET state = 'kept'
          WHERE prefix = ? AND state = 'current' AND number <> ?
          """,
        arguments: [prefix, number]
      )
      try db.execute(
        sql: "UPDATE generation SET state = 'current' WHERE prefix = ? AND number = ?",
        arguments: [prefix, number]
      )
      guard db.changesCount == 1 else {
        throw Failure(
          .state,
          "no-generation",
          "the catalogue does not know the generation that the publication shows",
          subject: "\(prefix), generation \(number)"
        )
      }
    }
  }

  /// Forgets a generation; its tree goes after this, so that no row is without a tree.
  package func removeGeneration(_ number: UInt64, at prefix: String) throws(Failure) {
    try write { db in
      try db.execute(
        sql: "DELETE FROM generation WHERE prefix = ? AND number = ?",
        arguments: [prefix, try stored(number, "generation")]
      )
    }
  }
}
