package import Comparison
internal import Composing
package import Depot
internal import Freezing
internal import Mirroring
internal import Objects
internal import OpenPGP
package import SafeIO
internal import Trust
internal import VendorChain

/// What is to be frozen.
package struct SnapshotOrder: Sendable {
  /// Where the files come from.
  package enum Source: Sendable {
    /// A mirror's last complete state.
    case mirror(String)
    /// What a repository of this site has now.
    case repo(String)
    /// An APT tree on disk: its root, whose keys count, whether unsigned suites are taken, and
    /// whether its files are linked instead of copied.
    case tree(String, upstream: String?, allowUnsigned: Bool, isLinking: Bool)
  }

  /// The new snapshot's name.
  package let name: String
  package let source: Source
  /// As in a sources file; of a mirror all, when none is named.
  package let suites: [String]
  /// What somebody says of it; nil for nothing.
  package var description: String?
  /// Whether keys may have expired since they signed.
  package var allowsExpiredKeys = false
  /// Whether a suite of a tree without a Release file gets one.
  package var makesRelease = false
  /// What of a tree may be left out, as `LeaveOut` reads it.
  package var leaveOut: [String] = []

  package init(_ name: String, from source: Source, suites: [String]) {
    self.name = name
    self.source = source
    self.suites = suites
  }

  var subject: AuditSubject {
    var about = [AuditField("name", [name])]
    switch source {
    case .mirror(let mirror):
      about += [AuditField("mirror", [mirror]), AuditField("suites", suites)]
    case .repo(let repo): about += [AuditField("repo", [repo]), AuditField("suites", suites)]
    case .tree(let tree, _, let allowUnsigned, _):
      about += [AuditField("tree", [tree]), AuditField("suites", suites)]
      if allowUnsigned { about.append(AuditField("allow-unsigned", ["yes"])) }
      if makesRelease { about.append(AuditField("make-release", ["yes"])) }
      if allowsExpiredKeys { about.append(AuditField("allow-expired-key", ["yes"])) }
      if !leaveOut.isEmpty { about.append(AuditField("leave-out", leaveOut)) }
    }
    about.append(AuditField("description", description.map { [$0] } ?? []))
    return AuditSubject("snapshot create", about)
  }
}

/// A snapshot that was asked for, and what it brought.
package struct FrozenSnapshot: Sendable {
  package let snapshot: SnapshotRecord
  /// Whether it was made now.
  package let isNew: Bool
  package var newObjects: UInt64 = 0
  package var newBytes: UInt64 = 0
  package var notes: [Note] = []
}

/// What became of snapshots that were to go.
package struct SnapshotRemoval: Sendable {
  package var removed: [SnapshotRecord] = []
  package var kept: [(name: String, reason: String)] = []

  package init() {}
}

extension Session {
  /// Freezes suites of a mirror, or of an APT tree on disk.
  package func createSnapshot(_ order: SnapshotOrder) throws(Failure) -> FrozenSnapshot {
    try perform(order.subject) { (job) throws(Failure) in
      let frozen = try job.freeze(order)
      if let description = order.description {
        try job.depot.catalogue.describe(snapshot: order.name, description)
      }
      return frozen
    }
  }

  /// Gives a snapshot another name; refused while a publication uses it.
  package func renameSnapshot(
    _ name: String,
    to newName: String
  ) throws(Failure) -> SnapshotRecord {
    let about = [AuditField("name", [name]), AuditField("new-name", [newName])]
    return try perform(AuditSubject("snapshot rename", about)) { (job) throws(Failure) in
      try job.depot.locked(for: "snapshot rename") { () throws(Failure) in
        let catalogue = job.depot.catalogue
        try catalogue.renameSnapshot(name, to: newName)
        let after = try catalogue.snapshot(newName)
        let reference = SnapshotReference(name: newName, digest: after.digest)
        job.facts.add([.snapshotRenamed(reference, from: name)])
        return after
      }
    }
  }

  fileprivate func request(
    _ order: SnapshotOrder,
    _ tree: String,
    keys: [PublicKey],
    _ allowUnsigned: Bool,
    _ ingestion: Staging.Ingestion,
    _ facts: AuditFacts
  ) throws(Failure) -> FreezeRequest {
    var request = FreezeRequest(
      name: order.name,
      tree: tree,
      suites: order.suites,
      upstreamKeys: keys,
      allowUnsigned: allowUnsigned,
      ingestion: ingestion,
      now: now,
      facts: facts
    )
    request.allowsExpiredKeys = order.allowsExpiredKeys
    request.makesRelease = order.makesRelease
    request.leaveOut = try LeaveOut(words: order.leaveOut)
    return request
  }

  /// Removes a snapshot's name; refused while a publication uses it.
  package func removeSnapshot(_ name: String) throws(Failure) -> SnapshotRecord {
    let subject = AuditSubject("snapshot remove", [AuditField("name", [name])])
    return try perform(subject) { (job) throws(Failure) in
      try job.depot.locked(for: "snapshot remove") { () throws(Failure) in
        try job.removeSnapshot(name)
      }
    }
  }

  /// Removes every snapshot that bundles have said their exporter removed; those that a publication
  /// uses stay.
  package func removeRetiredSnapshots() throws(Failure) -> SnapshotRemoval {
    let subject = AuditSubject("snapshot remove", [AuditField("retired", ["yes"])])
    return try perform(subject) { (job) throws(Failure) in
      try job.depot.locked(for: "snapshot remove") { () throws(Failure) in
        var removal = SnapshotRemoval()
        for snapshot in try job.depot.catalogue.retiredSnapshots() {
          do throws(Failure) {
            removal.removed.append(try job.removeSnapshot(snapshot.name))
          } catch {
            guard error.kind == .state else { throw error }
            removal.kept.append((snapshot.name, error.reason))
          }
        }
        return removal
      }
    }
  }

  /// What differs between the packages of two snapshots, perhaps only in some suites.
  package func compareSnapshots(
    _ before: String,
    _ after: String,
    suites: [String] = []
  ) throws(Failure) -> [PackageDifference] {
    let depot = try depot()
    func state(_ name: String) throws(Failure) -> SnapshotComparison.State {
      let snapshot = try depot.catalogue.snapshot(name)
      return SnapshotComparison.State(
        files: try depot.catalogue.fileList(of: snapshot),
        suites: snapshot.suites.map(\.distribution)
      )
    }
    let (old, new) = (try state(before), try state(after))
    let present = old.suites + new.suites
    for name in suites where !present.contains(name) {
      throw Failure(
        .usage,
        "suite",
        "neither snapshot has such a suite; they have "
          + Set(present).sorted().joined(separator: " "),
        subject: name
      )
    }
    return try depot.compare(old, new).filter { suites.isEmpty || suites.contains($0.suite) }
  }
}

extension Depot {
  func compare(
    _ old: SnapshotComparison.State,
    _ new: SnapshotComparison.State
  ) throws(Failure) -> [PackageDifference] {
    try SnapshotComparison.compare(old, new) { (digest) throws(Failure) in
      try objects.open(digest)
    }
  }
}

extension Job {
  fileprivate func freeze(_ order: SnapshotOrder) throws(Failure) -> FrozenSnapshot {
    switch order.source {
    case .mirror(let name): try freeze(mirror: name, order)
    case .repo(let name): try freeze(repo: name, order)
    case .tree(let tree, let upstream, let allowUnsigned, let isLinking):
      try freeze(
        session.request(
          order,
          tree,
          keys: try vendorKeys(upstream, allowUnsigned),
          allowUnsigned,
          isLinking ? .link : .copy,
          facts
        )
      )
    }
  }

  fileprivate func freeze(
    mirror name: String,
    _ order: SnapshotOrder
  ) throws(Failure) -> FrozenSnapshot {
    let mirror = try depot.catalogue.mirror(name)
    if let frozen = try freezeFiltered(mirror: mirror, order.name, suites: order.suites) {
      return frozen
    }
    let (snapshot, isNew) = try MirrorSnapshot.create(
      order.name,
      of: mirror,
      suites: order.suites,
      depot: depot,
      now: now,
      facts: facts
    )
    return FrozenSnapshot(snapshot: snapshot, isNew: isNew)
  }

  fileprivate func freeze(
    repo name: String,
    _ order: SnapshotOrder
  ) throws(Failure) -> FrozenSnapshot {
    var composing = ComposingOrder(order.name, from: [name], .repo)
    composing.suite = order.suites.first
    let outcome = try Composer.compose(composing, depot: depot, now: now, facts: facts)
    return FrozenSnapshot(
      snapshot: outcome.snapshot,
      isNew: outcome.isNew,
      notes: outcome.notes
    )
  }

  fileprivate func freeze(_ request: FreezeRequest) throws(Failure) -> FrozenSnapshot {
    var request = request
    let vendors = try Vendors(depot)
    request.judge = vendors.judge(for: depot)
    let outcome = try Freezer.freeze(request, depot: depot, progress: session.progress)
    try depot.catalogue.record(outcome.suites.flatMap(vendors.sightings(of:)), seen: now)
    return FrozenSnapshot(
      snapshot: outcome.snapshot,
      isNew: outcome.isNew,
      newObjects: outcome.newObjects,
      newBytes: outcome.newBytes,
      notes: outcome.notes
    )
  }

  fileprivate func vendorKeys(
    _ upstream: String?,
    _ allowUnsigned: Bool
  ) throws(Failure) -> [PublicKey] {
    let keys = try PinnedKeys.read(depot, role: .upstream, name: upstream)
    guard let upstream, keys.isEmpty, !allowUnsigned else { return keys }
    throw Failure(
      .trust,
      .noUpstreamKey,
      "no key is pinned for this upstream",
      subject: upstream,
      hint: "aptferry trust list shows the names; pin the vendor's key: aptferry trust add FILE "
        + "--role upstream --name NAME"
    )
  }

  fileprivate func removeSnapshot(_ name: String) throws(Failure) -> SnapshotRecord {
    let record = try depot.catalogue.snapshot(name)
    // Who asks in a year which package came in needs what vouched for it.
    try KeptEvidence(depot).keep(record)
    try depot.catalogue.removeSnapshot(name)
    facts.add(AuditFact.facts(ofRemoved: record))
    return record
  }
}
