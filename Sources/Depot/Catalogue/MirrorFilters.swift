internal import GRDB

/// The tables of what mirrors take of their upstreams' packages, and of what each state was taken with.
enum MirrorFilterSchema {
  static let script = """
    CREATE TABLE mirror_filter (
      mirror TEXT NOT NULL PRIMARY KEY REFERENCES mirror (name) ON DELETE CASCADE,
      query TEXT NOT NULL CHECK (query <> ''),
      with_dependencies INTEGER NOT NULL CHECK (with_dependencies IN (0, 1))
    ) STRICT;
    CREATE TABLE mirror_state_filter (
      mirror TEXT NOT NULL,
      position INTEGER NOT NULL,
      query TEXT NOT NULL CHECK (query <> ''),
      with_dependencies INTEGER NOT NULL CHECK (with_dependencies IN (0, 1)),
      PRIMARY KEY (mirror, position),
      FOREIGN KEY (mirror, position) REFERENCES mirror_state (mirror, position) ON DELETE CASCADE
    ) STRICT;
    """
}

extension Catalogue {
  /// The filter of a mirror; nil where it takes everything.
  static func filter(ofMirror name: String, _ db: Database) throws -> MirrorFilter? {
    try Row.fetchOne(
      db,
      sql: "SELECT query, with_dependencies FROM mirror_filter WHERE mirror = ?",
      arguments: [name]
    ).map(filter)
  }

  /// What a state of a mirror was taken with; nil where it has everything.
  static func filter(
    ofMirror name: String,
    _ position: Int64,
    _ db: Database
  ) throws -> MirrorFilter? {
    try Row.fetchOne(
      db,
      sql: """
        SELECT query, with_dependencies FROM mirror_state_filter WHERE mirror = ? AND position = ?
        """,
      arguments: [name, position]
    ).map(filter)
  }

  /// Records what a mirror takes from now on.
  static func write(_ filter: MirrorFilter?, ofMirror name: String, _ db: Database) throws {
    try db.execute(sql: "DELETE FROM mirror_filter WHERE mirror = ?", arguments: [name])
    guard let filter else { return }
    try db.execute(
      sql: "INSERT INTO mirror_filter VALUES (?, ?, ?)",
      arguments: [name, filter.query, filter.withDependencies]
    )
  }

  /// Records what a new state of a mirror was taken with.
  static func write(
    _ filter: MirrorFilter?,
    ofMirror name: String,
    _ position: Int,
    _ db: Database
  ) throws {
    guard let filter else { return }
    try db.execute(
      sql: "INSERT INTO mirror_state_filter VALUES (?, ?, ?, ?)",
      arguments: [name, position, filter.query, filter.withDependencies]
    )
  }

  private static func filter(_ row: Row) throws -> MirrorFilter {
    MirrorFilter(
      query: try row.text("query"),
      withDependencies: try row.count("with_dependencies") != 0
    )
  }
}
