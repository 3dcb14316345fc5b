internal import GRDB
package import SafeIO

extension Catalogue {
  /// Gives a mirror another name; what it has, and the keys that are pinned for it only, go along.
  ///
  /// Nobody may be updating it.
  package func renameMirror(_ old: MirrorRecord, to new: String) throws(Failure) {
    guard SnapshotRecord.isName(new) else {
      throw Failure(.usage, "mirror-name", "a mirror cannot have this name", subject: new)
    }
    guard try !mirrors().contains(where: { $0.name == new }) else {
      throw Failure(
        .state,
        "mirror-exists",
        "there is a mirror with that name",
        subject: new,
        hint: "choose another name, or remove it: aptferry mirror remove \(new)"
      )
    }
    let before = "mirror:\(old.name)"
    try write { db in
      // Its rows refer to it by name, and follow in this transaction.
      try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
      for sql in [
        "UPDATE mirror SET name = ? WHERE name = ?",
        "UPDATE mirror_state SET mirror = ? WHERE mirror = ?",
        "UPDATE mirror_index SET mirror = ? WHERE mirror = ?",
        "UPDATE mirror_left_out SET mirror = ? WHERE mirror = ?",
        "UPDATE mirror_filter SET mirror = ? WHERE mirror = ?",
        "UPDATE mirror_state_filter SET mirror = ? WHERE mirror = ?",
      ] {
        try db.execute(sql: sql, arguments: [new, old.name])
      }
      try db.execute(
        sql: "UPDATE pinned_key SET name = ? WHERE role = 'upstream' AND name = ?",
        arguments: ["mirror:\(new)", before]
      )
      try Catalogue.renameAPIRecord("mirror", old.name, to: new, db)
    }
  }
}
