internal import Foundation
internal import GRDB
package import SafeIO

/// The tables of statements about keys.
enum KeyStatementSchema {
  // `key_statement`: the statements of this depot about its own keys (`is_own`), which travel, and
  // those about keys of others that were verified here; `accepted` says that an operator pinned the
  // successor. `revoked_key`: keys that are never trusted again.
  static let script = """
    CREATE TABLE key_statement (
      digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
      key TEXT NOT NULL,
      successor TEXT NOT NULL,
      made INTEGER NOT NULL,
      learned INTEGER NOT NULL,
      source TEXT NOT NULL,
      is_own INTEGER NOT NULL CHECK (is_own IN (0, 1)),
      accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
      text BLOB NOT NULL
    ) STRICT;
    CREATE TABLE revoked_key (
      key TEXT NOT NULL PRIMARY KEY,
      made INTEGER NOT NULL,
      learned INTEGER NOT NULL,
      reason TEXT NOT NULL,
      source TEXT NOT NULL
    ) STRICT;
    """
}

/// A statement about a key that was verified here, or made here.
package struct KnownStatement: Hashable, Sendable {
  /// The primary fingerprint of the key that it is about.
  package let key: String
  /// The fingerprint of the key that comes after; empty for a revocation.
  package let successor: String
  /// When it was made.
  package let made: UTCTime
  /// When it came here.
  package let learned: UTCTime
  /// Where it came from: `bundle mainland-000007`, `receipt 3 of island`, a file.
  package let source: String
  /// Whether it is about a key of this depot.
  package let isOwn: Bool
  /// Whether an operator has pinned the successor on the strength of it.
  package var isAccepted: Bool
  /// The clearsigned message.
  package let message: [UInt8]

  package init(
    key: String,
    successor: String,
    made: UTCTime,
    learned: UTCTime,
    source: String,
    isOwn: Bool,
    isAccepted: Bool,
    message: [UInt8]
  ) {
    (self.key, self.successor, self.made, self.learned) = (key, successor, made, learned)
    (self.source, self.isOwn, self.isAccepted) = (source, isOwn, isAccepted)
    self.message = message
  }
}

/// A key that is never trusted again.
package struct RevokedKey: Hashable, Sendable {
  /// The primary fingerprint.
  package let key: String
  /// When its owner stated it.
  package let made: UTCTime
  /// When that came here.
  package let learned: UTCTime
  /// Why, in its owner's words.
  package let reason: String
  /// Where that came from.
  package let source: String

  package init(key: String, made: UTCTime, learned: UTCTime, reason: String, source: String) {
    (self.key, self.made, self.learned) = (key, made, learned)
    (self.reason, self.source) = (reason, source)
  }
}

extension Catalogue {
  /// All statements that are known, oldest first.
  package func keyStatements() throws(Failure) -> [KnownStatement] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM key_statement ORDER BY made, digest").map { row in
        KnownStatement(
          key: try row.text("key"),
          successor: try row.text("successor"),
          made: try row.time("made"),
          learned: try row.time("learned"),
          source: try row.text("source"),
          isOwn: try row.count("is_own") != 0,
          isAccepted: try row.count("accepted") != 0,
          message: try row.bytes("text")
        )
      }
    }
  }

  /// Keeps a statement; one that is known stays, and is accepted when either is.
  package func record(_ statement: KnownStatement) throws(Failure) {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO key_statement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
          SET accepted = max(accepted, excluded.accepted)
          """,
        arguments: [
          SHA256Digest.of(statement.message).data, statement.key, statement.successor,
          statement.made.seconds, statement.learned.seconds, statement.source, statement.isOwn,
          statement.isAccepted, Data(statement.message),
        ]
      )
    }
  }

  /// The keys that are never trusted again, by fingerprint.
  package func revokedKeys() throws(Failure) -> [RevokedKey] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM revoked_key ORDER BY key").map { row in
        RevokedKey(
          key: try row.text("key"),
          made: try row.time("made"),
          learned: try row.time("learned"),
          reason: try row.text("reason"),
          source: try row.text("source")
        )
      }
    }
  }

  /// Stops trusting a key in every role, for good; answers in how many places it was pinned.
  package func revoke(_ key: RevokedKey) throws(Failure) -> Int {
    try write { db in
      try db.execute(
        sql: "INSERT INTO revoked_key VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        arguments: [key.key, key.made.seconds, key.learned.seconds, key.reason, key.source]
      )
      try db.execute(sql: "DELETE FROM pinned_key WHERE fingerprint = ?", arguments: [key.key])
      return db.changesCount
    }
  }

  /// What a key has signed that was taken in here: bundles and receipts, each by its name.
  package func signedBy(_ key: String) throws(Failure) -> [String] {
    let bundles = try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT stream, sequence FROM accepted WHERE exporter = ? ORDER BY stream, sequence",
        arguments: [key]
      ).map { row in "bundle \(try row.text("stream")) \(try row.count("sequence"))" }
    }
    let receipts = try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT site, number FROM site_receipt WHERE signer = ? ORDER BY site",
        arguments: [key]
      ).map { row in "receipt \(try row.count("number")) of \(try row.text("site"))" }
    }
    let suites = try snapshots().flatMap { snapshot in
      snapshot.suites.filter { $0.signedBy.contains(key) }.map {
        "suite \(snapshot.name)/\($0.distribution)"
      }
    }
    return bundles + receipts + suites
  }
}
