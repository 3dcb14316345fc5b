internal import DebianRepository
internal import GRDB
package import SafeIO

extension Catalogue {
  /// All mirrors, by name.
  package func mirrors() throws(Failure) -> [MirrorRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM mirror ORDER BY name").map { row in
        try Catalogue.mirror(row, db)
      }
    }
  }

  /// The mirror with that name; refused when there is none.
  package func mirror(_ name: String) throws(Failure) -> MirrorRecord {
    let found = try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM mirror WHERE name = ?", arguments: [name])
        .map { row in try Catalogue.mirror(row, db) }
    }
    guard let found else {
      throw Failure(
        .usage,
        "no-mirror",
        "there is no mirror with that name",
        subject: name,
        hint: "aptferry mirror list shows them all"
      )
    }
    return found
  }

  /// Records new mirrors and pins the keys that count for them, all or nothing.
  package func insert(_ mirrors: [MirrorRecord], keys: [TrustRecord]) throws(Failure) {
    try write { db in
      for mirror in mirrors {
        if try Row.fetchOne(
          db,
          sql: "SELECT 1 FROM mirror WHERE name = ?",
          arguments: [mirror.name]
        )
          != nil
        {
          throw Failure(
            .state,
            "mirror-exists",
            "there is a mirror with that name",
            subject: mirror.name,
            hint:
              "choose another name, or change what it selects: aptferry mirror edit \(mirror.name)"
          )
        }
        try db.execute(
          sql: "INSERT INTO mirror VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: [
            mirror.name, mirror.upstream, mirror.suites.joined(separator: " "),
            mirror.components.joined(separator: " "),
            mirror.architectures.joined(separator: " "), mirror.kinds.joined(separator: " "),
            mirror.allowUnsigned, mirror.created.seconds, mirror.edited?.seconds,
          ]
        )
        try Catalogue.write(mirror.filter, ofMirror: mirror.name, db)
      }
      try Catalogue.add(keys, db)
    }
  }

  /// Records what a mirror selects from now on, pins further keys for it, and forgets the states of
  /// suites that it no longer has; what it has of the others stays.
  package func update(
    _ mirror: MirrorRecord,
    keys: [TrustRecord],
    replacesKeys: Bool
  ) throws(Failure) {
    try write { db in
      try db.execute(
        sql: """
          UPDATE mirror SET upstream = ?, suites = ?, components = ?, architectures = ?, kinds = ?,
            allow_unsigned = ?, edited = ? WHERE name = ?
          """,
        arguments: [
          mirror.upstream, mirror.suites.joined(separator: " "),
          mirror.components.joined(separator: " "), mirror.architectures.joined(separator: " "),
          mirror.kinds.joined(separator: " "), mirror.allowUnsigned, mirror.edited?.seconds,
          mirror.name,
        ]
      )
      try Catalogue.write(mirror.filter, ofMirror: mirror.name, db)
      for row in try Row.fetchAll(
        db,
        sql: "SELECT position, line FROM mirror_state WHERE mirror = ?",
        arguments: [mirror.name]
      ) {
        guard let suite = SuiteRecord(line: try row.text("line")) else {
          throw UnusableValue(column: "line")
        }
        if mirror.suites.contains(suite.distribution) { continue }
        try db.execute(
          sql: "DELETE FROM mirror_state WHERE mirror = ? AND position = ?",
          arguments: [mirror.name, Int64(try row.count("position"))]
        )
      }
      if replacesKeys {
        try db.execute(
          sql: "DELETE FROM pinned_key WHERE role = 'upstream' AND name = ?",
          arguments: [mirror.trustName]
        )
      }
      try Catalogue.add(keys, db)
    }
  }

  /// Forgets a mirror, its state and the keys that were pinned for it only.
  package func removeMirror(_ mirror: MirrorRecord) throws(Failure) {
    try write { db in
      try db.execute(sql: "DELETE FROM mirror WHERE name = ?", arguments: [mirror.name])
      try Catalogue.removeAPIRecord("mirror", mirror.name, db)
      try db.execute(
        sql: "DELETE FROM pinned_key WHERE role = 'upstream' AND name = ?",
        arguments: [mirror.trustName]
      )
    }
  }

  /// The state of each suite of a mirror that was ever complete, in the order of the suites.
  package func states(ofMirror name: String) throws(Failure) -> [MirrorState] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM mirror_state WHERE mirror = ? ORDER BY position",
        arguments: [name]
      ).map { row in try Catalogue.state(row, db) }
    }
  }

  /// The digests of the listings of all mirrors: what they hold of the depot's objects.
  func mirrorListings() throws(Failure) -> [(mirror: String, listing: SHA256Digest)] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT mirror, listing FROM mirror_state ORDER BY mirror, position"
      )
      .map { row in (try row.text("mirror"), try row.digest("listing")) }
    }
  }

  /// Records the state of all suites of a mirror, in one transaction, in place of the one before.
  ///
  /// The objects and the listings are in the depot.
  package func record(_ states: [MirrorState], ofMirror name: String) throws(Failure) {
    try write { db in
      try db.execute(sql: "DELETE FROM mirror_state WHERE mirror = ?", arguments: [name])
      for (position, state) in states.enumerated() {
        try db.execute(
          sql: "INSERT INTO mirror_state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: [
            name, position, state.suite.line, state.names.suite, state.names.codename,
            state.validUntil?.seconds, state.release.data, state.isInRelease, state.lastModified,
            state.listing.data, try stored(state.files, "number of files"),
            try stored(state.bytes, "size"), state.updated.seconds,
          ]
        )
        for index in state.indexes {
          try db.execute(
            sql: "INSERT INTO mirror_index VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
              name, position, index.path, index.isSources,
              try stored(index.packages, "number of packages"), try stored(index.bytes, "size"),
            ]
          )
        }
        try Catalogue.write(state.leftOut, ofMirror: name, position, db)
        try Catalogue.write(state.filter, ofMirror: name, position, db)
      }
    }
  }

  private static func mirror(_ row: Row, _ db: Database) throws -> MirrorRecord {
    func words(_ column: String) throws -> [String] {
      try row.text(column).split(separator: " ").map { String($0) }
    }
    return MirrorRecord(
      name: try row.text("name"),
      upstream: try row.text("upstream"),
      suites: try words("suites"),
      components: try words("components"),
      architectures: try words("architectures"),
      kinds: try words("kinds"),
      allowUnsigned: try row.count("allow_unsigned") != 0,
      created: try row.time("created"),
      edited: try row.optionalTime("edited"),
      filter: try filter(ofMirror: try row.text("name"), db)
    )
  }

  private static func state(_ row: Row, _ db: Database) throws -> MirrorState {
    guard let suite = SuiteRecord(line: try row.text("line")) else {
      throw UnusableValue(column: "line")
    }
    let leftOut = try leftOut(
      ofMirror: try row.text("mirror"),
      Int64(try row.count("position")),
      db
    )
    let indexes = try Row.fetchAll(
      db,
      sql: "SELECT * FROM mirror_index WHERE mirror = ? AND position = ? ORDER BY path",
      arguments: [try row.text("mirror"), Int64(try row.count("position"))]
    ).map { row in
      MirrorIndex(
        path: try row.text("path"),
        isSources: try row.count("is_sources") != 0,
        packages: try row.fileCount("packages"),
        bytes: try row.size("bytes")
      )
    }
    return MirrorState(
      suite: suite,
      names: ReleaseNames(suite: try row.text("suite"), codename: try row.text("codename")),
      validUntil: try row.optionalTime("valid_until"),
      release: try row.digest("release"),
      isInRelease: try row.count("is_inrelease") != 0,
      lastModified: try row.text("last_modified"),
      listing: try row.digest("listing"),
      files: try row.fileCount("files"),
      bytes: try row.size("bytes"),
      updated: try row.time("updated"),
      indexes: indexes,
      leftOut: leftOut,
      filter: try filter(
        ofMirror: try row.text("mirror"),
        Int64(try row.count("position")),
        db
      )
    )
  }
}
