package import Depot
internal import Objects
internal import OpenPGP
package import Publishing
package import SafeIO
internal import Trust

/// A backup that is to be made.
package struct BackupOrder: Sendable {
  /// Where backups of this depot lie, or will lie.
  package let place: String
  /// Whether all objects are copied, or only what cannot be fetched or imported again.
  package var hasObjects = true
  package var isDryRun = false

  package init(to place: String) { self.place = place }
}

/// What a backup did.
package struct BackupOutcome: Sendable {
  package let report: BackupReport
  /// GnuPG homes of keys that the depot signs with and that lie elsewhere: no part of the backup.
  package let otherHomes: [String]
  /// Imports and mirror updates that are not finished: no part of it either.
  package let unfinished: [String]
}

/// A depot that is to be brought back.
package struct RestoreOrder: Sendable {
  /// The backup.
  package let place: String
  /// Why, in the operator's words.
  package let reason: String
  /// Where publications go; nil for where they were.
  package var publicDirectory: String?
  /// A tree that may have what the backup lacks.
  package var tree: String?
  /// Whether objects may be missing.
  package var isIncomplete = false

  package init(from place: String, reason: String) { (self.place, self.reason) = (place, reason) }
}

/// What a restore did.
package struct RestoreOutcome: Sendable {
  package let restored: RestoredDepot
  package let trees: RebuiltTrees
  /// GnuPG homes of keys that lie elsewhere, and must be put back otherwise.
  package let otherHomes: [String]
}

extension Session {
  /// Copies the depot to another place, while other commands go on.
  package func backUpDepot(_ order: BackupOrder) throws(Failure) -> BackupOutcome {
    let subject = AuditSubject(
      "depot backup",
      [
        AuditField("to", [order.place]),
        AuditField("objects", [order.hasObjects ? "all" : "least"]),
      ]
    )
    return try perform(order.isDryRun ? nil : subject) {
      do throws(Failure) { try $0.report.requireWhole() } catch { return error }
      return nil
    } _: { (job) throws(Failure) in
      let depot = job.depot
      let known = try DepotIdentity.read(depot)
      var report: BackupReport
      if order.isDryRun {
        report = try DepotBackup.plan(of: depot, to: order.place, hasObjects: order.hasObjects)
      } else {
        let backup = try DepotBackup(
          of: depot,
          to: order.place,
          // Of all keys the first one, which stays when others follow.
          key: known.allFingerprints.last ?? known.current.fingerprint.text,
          hasObjects: order.hasObjects
        )
        try job.changing(for: "depot backup") { () throws(Failure) in
          try backup.takeState(trees: try TreeSketch(of: depot).text, now: now)
        }
        report = try backup.finish(progress)
        job.record("state", report.state.map { ["\($0)"] } ?? [])
        job.record("objects copied", ["\(report.copied)"])
        job.record("objects lost", report.lost.map(\.hex))
      }
      return BackupOutcome(
        report: report,
        otherHomes: known.otherHomes(than: depot),
        unfinished: try depot.incoming.names()
      )
    }
  }

  /// Brings a depot back from a backup, into a new directory.
  package func restoreDepot(_ order: RestoreOrder) throws(Failure) -> RestoreOutcome {
    let subject = AuditSubject(
      "depot restore",
      [AuditField("from", [order.place]), AuditField("depot", [path])],
      reason: order.reason
    )
    var brought: RestoredDepot?
    return try perform(subject) { (trail) throws(Failure) in
      let restored = try DepotRestore.run(
        from: try BackupPlace(opening: order.place),
        to: path,
        publicDirectory: order.publicDirectory,
        repairingFrom: order.tree,
        isIncomplete: order.isIncomplete,
        progress: progress
      )
      brought = restored
      try trail.begin(in: AuditLog(in: restored.depot.root))
      try trail.attach(restored.depot)
      return restored.depot
    } _: { (job) throws(Failure) in
      guard let restored = brought else {
        throw Failure(.internal, "restore", "nothing was brought back")
      }
      return try job.finish(restored)
    }
  }
}

extension Job {
  fileprivate func finish(_ restored: RestoredDepot) throws(Failure) -> RestoreOutcome {
    let sketch = try TreeSketch(reading: restored.trees)
    let trees = try depot.locked(for: "depot restore") { () throws(Failure) in
      let trees = try RebuiltTrees(depot, as: sketch)
      try DepotRestore.finish(depot)
      return trees
    }
    record("backup of", [restored.taken.rfc3339])
    record("objects", ["\(restored.objects)"])
    record("objects missing", restored.missing.map(\.hex))
    record("publications", trees.prefixes)
    record("sequences go on behind", restored.raised.map { "\($0.stream) \($0.floor)" })
    record("audit log", restored.auditFindings)
    return RestoreOutcome(
      restored: restored,
      trees: trees,
      otherHomes: try DepotIdentity.read(depot).otherHomes(than: depot)
    )
  }
}

extension DepotIdentity.Known {
  /// The GnuPG homes outside the depot.
  fileprivate func otherHomes(than depot: Depot) -> [String] {
    Set(([current] + earlier.map(\.key)).map(\.home)).subtracting([depot.gnupgPath]).sorted()
  }
}
