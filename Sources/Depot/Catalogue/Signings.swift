internal import GRDB
package import SafeIO

/// Generations that get other signatures over the Release that they have.
extension Catalogue {
  /// Records what the listings and recipes of generations are from now on, and that their trees have
  /// to follow; with it, in the history, that they were signed anew.
  package func beginSigning(
    _ generations: [GenerationRecord],
    at time: UTCTime,
    reason: String
  ) throws(Failure) {
    try write { db in
      for generation in generations {
        let number = try stored(generation.number, "generation")
        try db.execute(
          sql: """
            UPDATE generation SET listing = ?, files = ?, bytes = ?
            WHERE prefix = ? AND number = ? AND state <> 'prepared'
            """,
          arguments: [
            generation.listing.data, try stored(generation.files, "number of files"),
            try stored(generation.bytes, "size"), generation.prefix, number,
          ]
        )
        guard db.changesCount == 1 else {
          throw Failure(
            .state,
            "no-generation",
            "the catalogue does not know the generation that is signed",
            subject: "\(generation.prefix), generation \(number)"
          )
        }
        try db.execute(
          sql: "UPDATE generation_recipe SET recipe = ? WHERE prefix = ? AND number = ?",
          arguments: [generation.recipe, generation.prefix, number]
        )
        try db.execute(
          sql: "INSERT OR IGNORE INTO generation_signing VALUES (?, ?)",
          arguments: [generation.prefix, number]
        )
        let event = PublicationEvent(
          prefix: generation.prefix,
          number: generation.number,
          action: .sign,
          made: time,
          snapshots: generation.snapshots.map(\.name),
          reason: reason
        )
        try Catalogue.insert(event, db)
      }
    }
  }

  /// The generations of a publication whose trees may still have their previous signatures.
  package func unfinishedSignings(at prefix: String) throws(Failure) -> [UInt64] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT number FROM generation_signing WHERE prefix = ? ORDER BY number",
        arguments: [prefix]
      ).map { row in try row.count("number") }
    }
  }

  /// Records that the tree of a generation has the signatures that its listing says.
  package func finishSigning(_ number: UInt64, at prefix: String) throws(Failure) {
    try write { db in
      try db.execute(
        sql: "DELETE FROM generation_signing WHERE prefix = ? AND number = ?",
        arguments: [prefix, try stored(number, "generation")]
      )
    }
  }
}
