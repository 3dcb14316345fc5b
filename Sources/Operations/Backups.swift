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
      let known = try requireKeys(of: depot)
      let leftOut = try DepotBackup.leftOut(of: depot)
      if !leftOut.isEmpty { tell(.notBackedUp(leftOut)) }
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
    var sketch: TreeSketch?
    return try perform(subject) { (trail) throws(Failure) in
      let restore = try DepotRestore(
        from: try BackupPlace(opening: order.place),
        to: path,
        publicDirectory: order.publicDirectory,
        repairingFrom: order.tree
      )
      sketch = try TreeSketch(reading: restore.trees)
      let restored = try restore.run(
        isIncomplete: order.isIncomplete,
        checkKeys: { (root) throws(Failure) in try requireKeys(of: order.place, in: root) },
        progress: progress
      )
      brought = restored
      try trail.begin(in: AuditLog(in: restored.depot.root))
      try trail.attach(restored.depot)
      return restored.depot
    } _: { (job) throws(Failure) in
      guard let restored = brought, let sketch else {
        throw Failure(.internal, "restore", "nothing was brought back")
      }
      if !restored.leftOut.isEmpty { tell(.notRestored(restored.leftOut)) }
      return try job.finish(restored, sketch)
    }
  }

  /// Refuses to back up a depot that cannot sign any more: a backup before may have its key.
  private func requireKeys(of depot: Depot) throws(Failure) -> DepotIdentity.Known {
    let known = try DepotIdentity.read(depot)
    do throws(Failure) {
      try DepotIdentity.requireSecretKeys(in: depot.root, now: now)
    } catch  where Session.isOfKey(error) {
      throw Failure(
        .integrity,
        "depot-damaged",
        "the depot has no usable secret key any more: \(error.reason)",
        subject: error.subject ?? depot.root.path,
        hint:
          "put gnupg/ back from a backup (states/NUMBER/gnupg); no other key is made in its place"
      )
    }
    return known
  }

  /// Whether a key is at fault, and not the machine.
  private static func isOfKey(_ error: Failure) -> Bool {
    [.usage, .configuration, .trust, .integrity, .state].contains(error.kind)
  }

  /// Refuses to make a depot that could never sign.
  private func requireKeys(of place: String, in root: Directory) throws(Failure) {
    do throws(Failure) {
      try DepotIdentity.requireSecretKeys(in: root, now: now)
    } catch  where Session.isOfKey(error) {
      throw Failure(
        .integrity,
        "backup-damaged",
        "the backup has no usable secret key of the depot: \(error.reason)",
        subject: place,
        hint: "use another backup, or put gnupg/ and signing-key into its newest state from one; "
          + "without the key the site begins anew: docs/key-emergencies.md"
      )
    }
  }
}

extension Job {
  fileprivate func finish(
    _ restored: RestoredDepot,
    _ sketch: TreeSketch
  ) throws(Failure) -> RestoreOutcome {
    let known = try DepotIdentity.read(depot)
    let trees = try depot.locked(for: "depot restore") { () throws(Failure) in
      let trees = try RebuiltTrees(depot, as: sketch)
      // The last thing that can fail.
      try DepotRestore.finish(depot)
      return trees
    }
    record("backup of", [restored.taken.rfc3339])
    record("objects", ["\(restored.objects)"])
    record("objects missing", restored.missing.map(\.hex))
    record("publications", trees.prefixes)
    record("sequences go on behind", restored.raised.map { "\($0.stream) \($0.floor)" })
    record("not taken", FewNames.of(restored.leftOut))
    record("audit log", restored.auditFindings)
    return RestoreOutcome(
      restored: restored,
      trees: trees,
      otherHomes: Set(known.otherHomes(than: depot) + (try publishingHomes())).sorted()
    )
  }

  /// The GnuPG homes outside the depot in which publications are signed.
  private func publishingHomes() throws(Failure) -> [String] {
    var homes: [String] = []
    for generation in try depot.catalogue.generations() where !generation.recipe.isEmpty {
      do throws(Failure) {
        homes += try PublicationRecipe(of: generation, in: depot).signers.compactMap(\.home)
      } catch {
        // By a recipe that cannot be read nothing is signed.
      }
    }
    return homes
  }
}

extension DepotIdentity.Known {
  /// The GnuPG homes outside the depot.
  fileprivate func otherHomes(than depot: Depot) -> [String] {
    Set(([current] + earlier.map(\.key)).map(\.home)).subtracting([depot.gnupgPath]).sorted()
  }
}
