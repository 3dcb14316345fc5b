internal import DebianRepository
package import Depot
internal import Objects
package import SafeIO
internal import VendorChain

/// Freezes the state of a mirror: its list gets a name, no payload is touched.
package enum MirrorSnapshot {
  /// Records a snapshot of all suites of a mirror, or of some.
  ///
  /// Takes the depot's lock.
  /// - Returns: the snapshot, and whether it is new.
  /// - Throws: `state` when a suite was never mirrored completely, or the name stands for other
  ///   content.
  package static func create(
    _ name: String,
    of mirror: MirrorRecord,
    suites: [String],
    depot: Depot,
    now: UTCTime,
    facts: AuditFacts
  ) throws(Failure) -> (snapshot: SnapshotRecord, isNew: Bool) {
    let lock = try depot.lock(for: "snapshot create \(name)")
    let states = try chosen(suites, of: mirror, depot)
    let lists = try states.map { (state) throws(Failure) in
      try depot.catalogue.fileList(
        state.listing,
        name: "the listing of mirror \(mirror.name), \(state.suite.distribution)"
      )
    }
    let record = SnapshotRecord(
      name: name,
      list: try merged(lists),
      suites: states.map(\.suite),
      created: now,
      origin: "mirror \(mirror.name)",
      leftOut: try merged(states.map(\.leftOut), lists)
    )
    let isNew = try depot.catalogue.mustRecord(record)
    if isNew {
      if lists.count > 1 { try keep(try merged(lists), record, depot) }
      try depot.catalogue.insert(record)
    }
    let snapshot = isNew ? record : try depot.catalogue.snapshot(name)
    facts.add(AuditFact.facts(of: snapshot))
    _ = consume lock
    return (snapshot, isNew)
  }

  /// The states of some suites of a mirror, or of all.
  ///
  /// - Throws: `state` when one was never mirrored completely.
  package static func chosen(
    _ suites: [String],
    of mirror: MirrorRecord,
    _ depot: Depot
  ) throws(Failure) -> [MirrorState] {
    let states = try depot.catalogue.states(ofMirror: mirror.name)
    for suite in suites where !mirror.suites.contains(suite) {
      throw Failure(
        .usage,
        "suite",
        "the mirror has no such suite; it has \(mirror.suites.joined(separator: " "))",
        subject: suite
      )
    }
    let wanted = suites.isEmpty ? mirror.suites : suites
    return try wanted.map { (suite) throws(Failure) in
      guard let state = states.first(where: { $0.suite.distribution == suite }) else {
        throw Failure(
          .state,
          "not-mirrored",
          "this suite has never been mirrored completely",
          subject: "\(mirror.name), \(suite)",
          hint: "run: aptferry mirror update \(mirror.name)"
        )
      }
      return state
    }
  }

  /// What all suites together leave out: not what another of them has.
  private static func merged(
    _ leftOut: [[LeftOut]],
    _ lists: [FileList]
  ) throws(Failure) -> [LeftOut] {
    var found: [LeftOut.Place: LeftOut] = [:]
    for one in leftOut.joined() {
      if case .file(let path) = one.place, lists.contains(where: { $0.index(of: path) != nil }) {
        continue
      }
      found[one.place] = one
    }
    guard found.count <= LeftOut.most else {
      throw Failure(
        .resource,
        "too-many-left-out",
        "the suites leave out \(found.count) files and stanzas; at most \(LeftOut.most) can be recorded",
        hint: "make a snapshot of each suite"
      )
    }
    return found.values.sorted(by: LeftOut.precedes)
  }

  private static func merged(_ lists: [FileList]) throws(Failure) -> FileList {
    if lists.count == 1 { return lists[0] }
    var builder = FileList.Builder()
    for list in lists { try builder.add(list) }
    return try builder.finish()
  }

  /// Puts the listing of several suites together into the depot.
  private static func keep(
    _ list: FileList,
    _ record: SnapshotRecord,
    _ depot: Depot
  ) throws(Failure) {
    _ = try depot.incoming.discard(StagingNames.snapshot)
    let staging = try depot.incoming.open(StagingNames.snapshot)
    guard try staging.keep(list: list) == record.digest else {
      throw Failure(.internal, "listing", "the listing does not have the digest that names it")
    }
    try staging.admitAll()
    try staging.discard()
  }
}
