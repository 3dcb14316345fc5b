internal import DebianRepository
package import Depot
internal import Objects
package import SafeIO
internal import VendorChain

/// Makes a snapshot of suites of an APT tree on disk.
package enum Freezer {
  /// The name of the staging directory; the depot's lock makes sure that there is one freeze.
  static let stagingName = StagingNames.freeze

  /// Verifies the suites from the vendor's signature to the last pool file, takes what they reach
  /// into the depot and records it as a snapshot.
  ///
  /// Takes the depot's lock. Nothing is recorded and no object enters unless every file was what
  /// the vendor states; what an interrupted freeze left is dropped by the next one. A snapshot of
  /// that name with the same content is left alone.
  /// - Throws: what `ChainOfTrust.check` throws, `incomplete` when the tree changed meanwhile,
  ///   `state` when the name stands for other content, `resource` when there is no room.
  package static func freeze(
    _ request: FreezeRequest,
    depot: Depot,
    progress: ProgressSink? = nil
  ) throws(Failure) -> FreezeOutcome {
    guard SnapshotRecord.isName(request.name) else {
      throw Failure(
        .usage,
        "snapshot-name",
        "a snapshot's name has letters, digits and ._+~- only, at most 100, and begins with a "
          + "letter or digit",
        subject: request.name
      )
    }
    let tree = try Directory(opening: request.tree)
    let lock = try depot.lock(for: "snapshot create \(request.name)")
    _ = try depot.incoming.discard(stagingName)
    let staging = try depot.incoming.open(stagingName)
    let outcome: FreezeOutcome
    do {
      outcome = try freeze(request, tree, depot, staging, progress)
    } catch {
      // The failure to report is the first one; what stays here is dropped by the next freeze.
      do throws(Failure) { try staging.discard() } catch {}
      throw error
    }
    try staging.discard()
    _ = consume lock
    return outcome
  }

  private static func freeze(
    _ request: FreezeRequest,
    _ tree: Directory,
    _ depot: Depot,
    _ staging: Staging,
    _ progress: ProgressSink?
  ) throws(Failure) -> FreezeOutcome {
    let standIns = try ReleaseStandIn.all(for: request, in: tree)
    let files = TreeFiles(
      tree: tree,
      depot: depot,
      staging: staging,
      ingestion: request.ingestion,
      standIns: standIns.texts,
      progress: FreezeProgress(progress)
    )
    let result = try take(request, files)
    let record = SnapshotRecord(
      name: request.name,
      list: result.files,
      suites: result.suites.map { SuiteRecord($0) },
      created: request.now,
      origin: "tree",
      leftOut: result.leftOut
    )
    let taken = files.taken
    let isNew = try depot.catalogue.mustRecord(record)
    if isNew { try keep(record, result.files, depot, staging) }
    let snapshot = isNew ? record : try depot.catalogue.snapshot(request.name)
    request.facts.add(AuditFact.facts(of: snapshot))
    return FreezeOutcome(
      suites: result.suites,
      snapshot: snapshot,
      isNew: isNew,
      newObjects: isNew ? taken.objects : 0,
      newBytes: isNew ? taken.bytes : 0,
      notes: standIns.notes + result.notes
    )
  }

  /// Takes what the vendor signed and lists, while the tree stays as it is.
  private static func take(
    _ request: FreezeRequest,
    _ files: TreeFiles
  ) throws(Failure) -> ChainResult {
    var trust = UpstreamTrust(
      keys: request.upstreamKeys,
      allowUnsigned: request.allowUnsigned,
      now: request.now,
      judge: request.judge
    )
    trust.acceptExpiredKeys = request.allowsExpiredKeys
    let result: ChainResult
    do {
      result = try ChainOfTrust.check(
        suites: request.suites,
        files: files,
        trust: trust,
        leaving: request.leaveOut
      )
    } catch {
      // A tree that is just being updated looks damaged; say what is really the matter.
      if error.kind == .integrity || error.kind == .incomplete { try files.checkUnchanged() }
      throw error
    }
    try files.checkUnchanged()
    return result
  }

  /// Makes the files durable, then records the snapshot.
  private static func keep(
    _ record: SnapshotRecord,
    _ list: FileList,
    _ depot: Depot,
    _ staging: Staging
  ) throws(Failure) {
    try staging.checkComplete(list)
    guard try staging.keep(list: list) == record.digest else {
      throw Failure(.internal, "listing", "the listing does not have the digest that names it")
    }
    try staging.admitAll()
    try depot.catalogue.insert(record)
  }
}
