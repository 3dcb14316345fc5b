internal import DebianRepository
internal import GRDB
internal import SafeIO

/// The tables of what snapshots and mirrors leave out, and when a mirror was last edited.
enum LeftOutSchema {
  static let script = """
    CREATE TABLE snapshot_left_out (
      snapshot TEXT NOT NULL REFERENCES snapshot (name) ON DELETE CASCADE,
      number INTEGER NOT NULL CHECK (number >= 0),
      line TEXT NOT NULL,
      text TEXT NOT NULL,
      PRIMARY KEY (snapshot, number)
    ) STRICT;
    CREATE TABLE mirror_left_out (
      mirror TEXT NOT NULL,
      position INTEGER NOT NULL,
      number INTEGER NOT NULL CHECK (number >= 0),
      line TEXT NOT NULL,
      text TEXT NOT NULL,
      PRIMARY KEY (mirror, position, number),
      FOREIGN KEY (mirror, position) REFERENCES mirror_state (mirror, position) ON DELETE CASCADE
    ) STRICT;
    ALTER TABLE mirror ADD COLUMN edited INTEGER;
    """
}

extension Catalogue {
  static func leftOut(ofSnapshot name: String, _ db: Database) throws -> [LeftOut] {
    try Row.fetchAll(
      db,
      sql: "SELECT line, text FROM snapshot_left_out WHERE snapshot = ? ORDER BY number",
      arguments: [name]
    ).map(leftOut)
  }

  static func write(
    _ leftOut: [LeftOut],
    ofSnapshot name: String,
    _ db: Database
  ) throws {
    try db.execute(sql: "DELETE FROM snapshot_left_out WHERE snapshot = ?", arguments: [name])
    for (number, one) in leftOut.enumerated() {
      try db.execute(
        sql: "INSERT INTO snapshot_left_out VALUES (?, ?, ?, ?)",
        arguments: [name, number, one.line, one.text]
      )
    }
  }

  static func leftOut(ofMirror name: String, _ position: Int64, _ db: Database) throws -> [LeftOut]
  {
    try Row.fetchAll(
      db,
      sql: """
        SELECT line, text FROM mirror_left_out WHERE mirror = ? AND position = ? ORDER BY number
        """,
      arguments: [name, position]
    ).map(leftOut)
  }

  static func write(
    _ leftOut: [LeftOut],
    ofMirror name: String,
    _ position: Int,
    _ db: Database
  ) throws {
    for (number, one) in leftOut.enumerated() {
      try db.execute(
        sql: "INSERT INTO mirror_left_out VALUES (?, ?, ?, ?, ?)",
        arguments: [name, position, number, one.line, one.text]
      )
    }
  }

  private static func leftOut(_ row: Row) throws -> LeftOut {
    guard let one = LeftOut(line: try row.text("line"), text: try row.text("text")) else {
      throw UnusableValue(column: "line")
    }
    return one
  }
}
