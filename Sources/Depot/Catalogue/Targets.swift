internal import GRDB
package import SafeIO

/// The tables of targets in object stores, and of what lives there.
enum TargetSchema {
  // Empty text stands for nothing said. Claims go when the number that they are for, or a higher one, is
  // what clients get.
  static let script = """
    CREATE TABLE target (
      name TEXT NOT NULL PRIMARY KEY,
      address TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      region TEXT NOT NULL,
      virtual_host INTEGER NOT NULL CHECK (virtual_host IN (0, 1)),
      authorities TEXT NOT NULL,
      credentials TEXT NOT NULL,
      url TEXT NOT NULL,
      creates_once INTEGER NOT NULL CHECK (creates_once IN (0, 1)),
      swap TEXT NOT NULL CHECK (swap IN ('none', 'quoted', 'bare')),
      missing INTEGER NOT NULL,
      public INTEGER NOT NULL CHECK (public IN (0, 1)),
      created INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE target_writer (
      row INTEGER NOT NULL PRIMARY KEY CHECK (row = 1),
      id TEXT NOT NULL CHECK (length(id) = 32)
    ) STRICT;
    CREATE TABLE target_publication (
      target TEXT NOT NULL REFERENCES target (name) ON DELETE CASCADE,
      prefix TEXT NOT NULL,
      generation INTEGER NOT NULL CHECK (generation >= 0),
      number INTEGER NOT NULL CHECK (number >= 0),
      published INTEGER,
      PRIMARY KEY (target, prefix)
    ) STRICT;
    CREATE TABLE target_claim (
      target TEXT NOT NULL,
      prefix TEXT NOT NULL,
      number INTEGER NOT NULL CHECK (number > 0),
      nonce TEXT NOT NULL,
      listing BLOB NOT NULL CHECK (length(listing) = 32),
      done INTEGER NOT NULL CHECK (done >= 0),
      PRIMARY KEY (target, prefix, number, nonce),
      FOREIGN KEY (target, prefix) REFERENCES target_publication (target, prefix) ON DELETE CASCADE
    ) STRICT;
    """
}

extension Catalogue {
  /// All targets, by name.
  package func targets() throws(Failure) -> [TargetRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM target ORDER BY name").map { row in
        guard let swap = TargetRecord.Swap(rawValue: try row.text("swap")) else {
          throw UnusableValue(column: "swap")
        }
        func said(_ column: String) throws -> String? {
          let text = try row.text(column)
          return text.isEmpty ? nil : text
        }
        return TargetRecord(
          name: try row.text("name"),
          address: try row.text("address"),
          endpoint: try row.text("endpoint"),
          region: try row.text("region"),
          isVirtualHosted: try row.count("virtual_host") == 1,
          authorities: try said("authorities"),
          credentials: try said("credentials"),
          url: try said("url"),
          createsOnce: try row.count("creates_once") == 1,
          swap: swap,
          missingStatus: Int(clamping: try row.count("missing")),
          isPublic: try row.count("public") == 1,
          created: try row.time("created")
        )
      }
    }
  }

  /// The target with this name; an unknown name is refused.
  package func target(_ name: String) throws(Failure) -> TargetRecord {
    if let found = try targets().first(where: { $0.name == name }) { return found }
    throw Failure(
      .usage,
      "no-target",
      "no target has this name",
      subject: name,
      hint: "aptferry target list shows them all"
    )
  }

  /// Records a target; refused when there is one of its name.
  package func add(_ target: TargetRecord) throws(Failure) {
    try write { db in
      let isThere = try Row.fetchOne(
        db,
        sql: "SELECT 1 FROM target WHERE name = ?",
        arguments: [target.name]
      )
      guard isThere == nil else {
        throw Failure(
          .state,
          "target-exists",
          "another target has this name",
          subject: target.name,
          hint: "choose another name, or remove it: aptferry target remove \(target.name)"
        )
      }
      try db.execute(
        sql: "INSERT INTO target VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          target.name, target.address, target.endpoint, target.region, target.isVirtualHosted,
          target.authorities ?? "", target.credentials ?? "", target.url ?? "",
          target.createsOnce, target.swap.rawValue, target.missingStatus, target.isPublic,
          target.created.seconds,
        ]
      )
    }
  }

  /// Forgets a target, and what was known of the publications there.
  package func removeTarget(_ name: String) throws(Failure) {
    try write { db in
      try db.execute(sql: "DELETE FROM target WHERE name = ?", arguments: [name])
    }
  }

  /// What names this depot at targets, made when it is asked for first.
  package func targetWriter() throws(Failure) -> String {
    var generator = SystemRandomNumberGenerator()
    let new = (0..<2).map { _ in
      let word = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - word.utf8.count) + word
    }.joined()
    return try write { db in
      try db.execute(sql: "INSERT OR IGNORE INTO target_writer VALUES (1, ?)", arguments: [new])
      let row = try Row.fetchOne(db, sql: "SELECT id FROM target_writer")
      return try row?.text("id") ?? new
    }
  }

  // MARK: publications on targets

  /// The publications that live on targets, by target and prefix.
  package func targetPublications() throws(Failure) -> [TargetPublication] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM target_publication ORDER BY target, prefix")
        .map { row in
          var found = TargetPublication(
            target: try row.text("target"),
            prefix: try row.text("prefix")
          )
          found.generation = try row.count("generation")
          found.number = try row.count("number")
          found.published = try row.optionalTime("published")
          return found
        }
    }
  }

  /// Records that a publication is to live on a target; nothing new where it does.
  package func placePublication(at prefix: String, on target: String) throws(Failure) {
    try write { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO target_publication VALUES (?, ?, 0, 0, NULL)",
        arguments: [target, prefix]
      )
    }
  }

  /// Records what clients of a target get; claims of its number and before are settled.
  package func record(_ publication: TargetPublication) throws(Failure) {
    try write { db in
      let number = try stored(publication.number, "number at a target")
      try db.execute(
        sql: """
          UPDATE target_publication SET generation = ?, number = ?, published = ?
          WHERE target = ? AND prefix = ?
          """,
        arguments: [
          try stored(publication.generation, "generation"), number,
          publication.published?.seconds, publication.target, publication.prefix,
        ]
      )
      try db.execute(
        sql: "DELETE FROM target_claim WHERE target = ? AND prefix = ? AND number <= ?",
        arguments: [publication.target, publication.prefix, number]
      )
    }
  }

  /// Records that a publication lives on a target no more; false when it did not.
  package func removePublication(at prefix: String, from target: String) throws(Failure) -> Bool {
    try write { db in
      try db.execute(
        sql: "DELETE FROM target_publication WHERE target = ? AND prefix = ?",
        arguments: [target, prefix]
      )
      return db.changesCount == 1
    }
  }

  // MARK: claims

  /// What this depot has claimed for a publication at a target and not brought to its end, by number.
  package func targetClaims(of prefix: String, on target: String) throws(Failure) -> [TargetClaim] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM target_claim WHERE target = ? AND prefix = ? ORDER BY number, nonce",
        arguments: [target, prefix]
      ).map { row in
        var claim = TargetClaim(
          number: try row.count("number"),
          nonce: try row.text("nonce"),
          listing: try row.digest("listing")
        )
        claim.done = try row.count("done")
        return claim
      }
    }
  }

  /// Records a claim before it is made, and later how far what it is for came.
  package func record(
    _ claim: TargetClaim,
    of prefix: String,
    on target: String
  ) throws(Failure) {
    try write { db in
      try db.execute(
        sql: "REPLACE INTO target_claim VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          target, prefix, try stored(claim.number, "number at a target"), claim.nonce,
          claim.listing.data, try stored(claim.done, "position"),
        ]
      )
    }
  }
}
