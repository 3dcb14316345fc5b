internal import GRDB
package import SafeIO

/// The table of the repositories that a site keeps itself.
enum RepoSchema {
  static let script = """
    CREATE TABLE repo (
      name TEXT NOT NULL PRIMARY KEY,
      suite TEXT NOT NULL,
      component TEXT NOT NULL,
      description TEXT NOT NULL,
      listing BLOB NOT NULL CHECK (length(listing) = 32),
      packages INTEGER NOT NULL CHECK (packages >= 0),
      bytes INTEGER NOT NULL CHECK (bytes >= 0),
      created INTEGER NOT NULL,
      changed INTEGER NOT NULL
    ) STRICT;
    """

  /// Whether a repository takes only what a key pinned for it signed.
  static let signatureScript = """
    ALTER TABLE repo ADD COLUMN requires_signature INTEGER NOT NULL DEFAULT 0
      CHECK (requires_signature IN (0, 1));
    """
}

extension Catalogue {
  /// All repositories of this site, by name.
  package func repos() throws(Failure) -> [RepoRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM repo ORDER BY name").map(Catalogue.repo)
    }
  }

  /// The repository of that name, or nil.
  package func findRepo(_ name: String) throws(Failure) -> RepoRecord? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM repo WHERE name = ?", arguments: [name])
        .map(Catalogue.repo)
    }
  }

  /// The repository of that name; refused when there is none.
  package func repo(_ name: String) throws(Failure) -> RepoRecord {
    guard let found = try findRepo(name) else {
      throw Failure(
        .usage,
        "no-repo",
        "there is no repository of that name",
        subject: name,
        hint: "aptferry repo list shows them all"
      )
    }
    return found
  }

  /// Records a new repository, and the keys whose uploads it takes; refused when there is one of its name.
  package func insert(_ repo: RepoRecord, keys: [TrustRecord] = []) throws(Failure) {
    guard try findRepo(repo.name) == nil else {
      throw Failure(
        .state,
        "repo-exists",
        "there is a repository of that name",
        subject: repo.name,
        hint: "choose another name, or remove it: aptferry repo remove \(repo.name)"
      )
    }
    try write { db in
      try Catalogue.put(repo, "INSERT INTO", db)
      try Catalogue.add(keys, db)
    }
  }

  /// Records what repositories have now, all at once; their listings and files are in the depot.
  package func update(_ repos: [RepoRecord]) throws(Failure) {
    for repo in repos { _ = try self.repo(repo.name) }
    try write { db in
      for repo in repos { try Catalogue.put(repo, "REPLACE INTO", db) }
    }
  }

  /// Records what a repository is called and takes now, under a new name perhaps; keys that are given take
  /// the place of those that were pinned for it.
  package func update(
    _ repo: RepoRecord,
    named old: String,
    keys: [TrustRecord]
  ) throws(Failure) {
    _ = try self.repo(old)
    if repo.name != old, try findRepo(repo.name) != nil {
      throw Failure(
        .state,
        "repo-exists",
        "there is a repository of that name",
        subject: repo.name,
        hint: "choose another name, or remove it: aptferry repo remove \(repo.name)"
      )
    }
    try write { db in
      try db.execute(sql: "DELETE FROM repo WHERE name = ?", arguments: [old])
      try Catalogue.put(repo, "INSERT INTO", db)
      if repo.name != old {
        try Catalogue.renameAPIRecord("repo", old, to: repo.name, db)
        // What came from it comes from the one of the new name.
        try db.execute(
          sql: "UPDATE snapshot SET origin = ?1 WHERE kind = 'composed' AND origin = ?2",
          arguments: [RepoRecord.origin(repo.name), RepoRecord.origin(old)]
        )
      }
      if keys.isEmpty, repo.name != old {
        try db.execute(
          sql: "UPDATE OR REPLACE pinned_key SET name = ?1 WHERE role = 'uploader' AND name = ?2",
          arguments: [repo.name, old]
        )
      }
      if !keys.isEmpty {
        try db.execute(
          sql: "DELETE FROM pinned_key WHERE role = 'uploader' AND name = ?",
          arguments: [old]
        )
        try Catalogue.add(keys, db)
      }
    }
  }

  /// Forgets a repository, and the keys that were pinned for it only; snapshots of it stay.
  package func removeRepo(_ name: String) throws(Failure) {
    _ = try repo(name)
    try write { db in
      try db.execute(sql: "DELETE FROM repo WHERE name = ?", arguments: [name])
      try Catalogue.removeAPIRecord("repo", name, db)
      try db.execute(
        sql: "DELETE FROM pinned_key WHERE role = 'uploader' AND name = ?",
        arguments: [name]
      )
    }
  }

  private static func put(_ repo: RepoRecord, _ verb: String, _ db: Database) throws {
    try db.execute(
      sql: "\(verb) repo VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        repo.name, repo.suite, repo.component, repo.description, repo.listing.data,
        try stored(repo.packages, "packages"), try stored(repo.bytes, "bytes"),
        repo.created.seconds, repo.changed.seconds, repo.requiresSignature,
      ]
    )
  }

  private static func repo(_ row: Row) throws -> RepoRecord {
    let name = try row.text("name")
    guard SnapshotRecord.isName(name) else { throw UnusableValue(column: "name") }
    return RepoRecord(
      name: name,
      suite: try row.text("suite"),
      component: try row.text("component"),
      description: try row.text("description"),
      requiresSignature: try row.count("requires_signature") == 1,
      listing: try row.digest("listing"),
      packages: try row.count("packages"),
      bytes: try row.size("bytes"),
      created: try row.time("created"),
      changed: try row.time("changed")
    )
  }
}
