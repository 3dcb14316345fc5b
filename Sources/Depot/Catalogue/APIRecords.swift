internal import GRDB
package import SafeIO

/// The tables of what only the REST API tells of things that the catalogue has, and of weak sums.
enum APISchema {
  // What is recorded of a thing is JSON text; `area` says what the name names. Weak sums are made
  // from the object itself, once: lists of packages and their keys have them.
  static let script = """
    CREATE TABLE api_record (
      area TEXT NOT NULL,
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (area, name)
    ) STRICT;
    CREATE TABLE weak_sums (
      digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
      md5 TEXT NOT NULL CHECK (length(md5) = 32),
      sha1 TEXT NOT NULL CHECK (length(sha1) = 40),
      sha512 TEXT NOT NULL CHECK (length(sha512) = 128)
    ) STRICT;
    """
}

/// The sums of an object that its name does not say, in lower-case hexadecimal digits.
package struct FurtherSums: Hashable, Sendable {
  package let md5, sha1, sha512: String

  package init(md5: String, sha1: String, sha512: String) {
    (self.md5, self.sha1, self.sha512) = (md5, sha1, sha512)
  }
}

/// Something that the REST API records of a thing.
package struct APIRecord: Hashable, Sendable {
  /// What kind of thing the name names.
  package let area: String
  package let name: String
  /// JSON text; nil when nothing is to be recorded any more.
  package let value: String?

  package init(_ area: String, _ name: String, _ value: String?) {
    (self.area, self.name, self.value) = (area, name, value)
  }
}

extension Catalogue {
  /// What the API has recorded of all things of a kind, by their names.
  package func apiRecords(_ area: String) throws(Failure) -> [String: String] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: "SELECT name, value FROM api_record WHERE area = ?",
        arguments: [area]
      )
      var found: [String: String] = [:]
      for row in rows { found[try row.text("name")] = try row.text("value") }
      return found
    }
  }

  /// What the API has recorded of one thing; nil for nothing.
  package func apiRecord(_ area: String, _ name: String) throws(Failure) -> String? {
    try read { db in
      try Row.fetchOne(
        db,
        sql: "SELECT value FROM api_record WHERE area = ? AND name = ?",
        arguments: [area, name]
      ).map { try $0.text("value") }
    }
  }

  /// Records what the API has to say of things, all or none.
  package func put(_ records: [APIRecord]) throws(Failure) {
    guard !records.isEmpty else { return }
    try write { db in
      for record in records {
        if let value = record.value {
          try db.execute(
            sql: "REPLACE INTO api_record VALUES (?, ?, ?)",
            arguments: [record.area, record.name, value]
          )
        } else {
          try db.execute(
            sql: "DELETE FROM api_record WHERE area = ? AND name = ?",
            arguments: [record.area, record.name]
          )
        }
      }
    }
  }

  /// Has what the API has recorded of a thing follow its new name, in the transaction that renames it.
  static func renameAPIRecord(
    _ area: String,
    _ old: String,
    to new: String,
    _ db: Database
  ) throws {
    try db.execute(
      sql: "UPDATE OR REPLACE api_record SET name = ?3 WHERE area = ?1 AND name = ?2",
      arguments: [area, old, new]
    )
  }

  /// Forgets what the API has recorded of a thing, in the transaction that removes it: another thing may get
  /// the name.
  static func removeAPIRecord(_ area: String, _ name: String, _ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM api_record WHERE area = ? AND name = ?",
      arguments: [area, name]
    )
  }

  /// The weak sums of all objects of which they are known.
  package func weakSums() throws(Failure) -> [SHA256Digest: FurtherSums] {
    try read { db in
      var found: [SHA256Digest: FurtherSums] = [:]
      for row in try Row.fetchAll(db, sql: "SELECT * FROM weak_sums") {
        found[try row.digest("digest")] = FurtherSums(
          md5: try row.text("md5"),
          sha1: try row.text("sha1"),
          sha512: try row.text("sha512")
        )
      }
      return found
    }
  }

  /// Notes weak sums that were made from the objects.
  package func note(
    weakSums: [SHA256Digest: FurtherSums]
  ) throws(Failure) {
    guard !weakSums.isEmpty else { return }
    try write { db in
      for (digest, sums) in weakSums {
        try db.execute(
          sql: "REPLACE INTO weak_sums VALUES (?, ?, ?, ?)",
          arguments: [digest.data, sums.md5, sums.sha1, sums.sha512]
        )
      }
    }
  }
}
