internal import GRDB
package import SafeIO

extension Catalogue {
  /// What somebody said of a snapshot; nil when nobody did.
  package func description(ofSnapshot name: String) throws(Failure) -> String? {
    try read { db in
      try Row.fetchOne(
        db,
        sql: "SELECT description FROM snapshot_description WHERE snapshot = ?",
        arguments: [name]
      ).map { try $0.text("description") }
    }
  }

  /// Keeps what somebody says of a snapshot, in place of what was said before.
  package func describe(snapshot name: String, _ description: String) throws(Failure) {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO snapshot_description VALUES (?, ?) ON CONFLICT (snapshot) DO UPDATE
          SET description = excluded.description
          """,
        arguments: [name, description]
      )
    }
  }

  /// Gives a snapshot another name; refused while a generation of a publication has it, since its
  /// address and recipe say the name.
  package func renameSnapshot(_ old: String, to new: String) throws(Failure) {
    _ = try snapshot(old)
    guard SnapshotRecord.isName(new) else { throw Catalogue.noSnapshotName(new) }
    guard try findSnapshot(new) == nil else {
      throw Failure(
        .state,
        "snapshot-exists",
        "there is another snapshot with that name",
        subject: new,
        hint: "choose another name, or remove it with: aptferry snapshot remove \(new)"
      )
    }
    for intent in try exportIntents()
    where intent.record.snapshots.contains(where: { $0.name == old }) {
      throw Failure(
        .state,
        "snapshot-in-use",
        "an export of this snapshot is not finished",
        subject: old,
        hint: "run the same export again first"
      )
    }
    try write { db in
      try Catalogue.refuseUsed(old, db)
      // Its rows refer to it by name, and follow in this transaction.
      try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
      for sql in [
        "UPDATE snapshot SET name = ? WHERE name = ?",
        "UPDATE snapshot_suite SET snapshot = ? WHERE snapshot = ?",
        "UPDATE snapshot_left_out SET snapshot = ? WHERE snapshot = ?",
        "UPDATE snapshot_description SET snapshot = ? WHERE snapshot = ?",
      ] { try db.execute(sql: sql, arguments: [new, old]) }
      try Catalogue.renameAPIRecord("snapshot", old, to: new, db)
    }
  }

  static func noSnapshotName(_ name: String) -> Failure {
    Failure(
      .usage,
      "snapshot-name",
      "a snapshot's name is 1 to 100 letters, digits and ._+~- with a letter or digit first",
      subject: name
    )
  }

  /// Refuses a snapshot that a generation of a publication has.
  static func refuseUsed(_ name: String, _ db: Database) throws {
    let users = try Row.fetchAll(
      db,
      sql: "SELECT prefix, number FROM generation_snapshot WHERE name = ? ORDER BY prefix, number",
      arguments: [name]
    ).map { row in "\(try row.text("prefix")), generation \(try row.count("number"))" }
    guard users.isEmpty else {
      throw Failure(
        .state,
        "snapshot-in-use",
        "a publication needs this snapshot",
        subject: name,
        hint:
          "publish another snapshot there until its generations are no longer kept (a held address has no end: "
          + "aptferry publication release PREFIX SNAPSHOT), or take the publication away: aptferry "
          + "publication remove PREFIX",
        details: users
      )
    }
  }
}
