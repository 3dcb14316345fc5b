internal import Depot
internal import Objects
internal import OpenPGP
internal import SafeIO

extension MirrorUpdate {
  /// Lets all that was fetched into the depot and records the states, in one transaction.
  func record(_ states: [NewState]) throws(Failure) {
    let lock = try depot.lock(
      for: "mirror update \(request.mirror.name)",
      within: Depot.commitPatience
    )
    // Removed meanwhile, perhaps.
    _ = try depot.catalogue.mirror(request.mirror.name)
    var wanted: Set<SHA256Digest> = []
    for state in states {
      guard let list = state.list else { continue }
      try staging.checkComplete(list)
      for index in 0..<list.count { wanted.insert(list.digest(at: index)) }
      let listing = try staging.keep(list: list)
      // A kill between here and the record leaves objects in the depot that only this update needs.
      try staging.note(listing: listing)
      wanted.insert(listing)
    }
    // What an upstream that moved on had before is of no use.
    try staging.keepOnly(wanted)
    try staging.admitAll()
    try depot.catalogue.record(states.map(\.state), ofMirror: request.mirror.name)
    _ = consume lock
  }

  /// Says for the audit log what the mirror selects, and what it has now.
  func noteStates(_ states: [NewState]) {
    request.facts.add(.mirror(request.mirror))
    for state in states.map(\.state) {
      request.facts.add(
        .mirrored(mirror: request.mirror.name, state.suite, listing: state.listing)
      )
    }
  }

  func report(_ states: [NewState], _ files: UpstreamFiles) -> MirrorReport {
    let fetched = request.isDryRun ? files.toFetch : progress.fetched
    return MirrorReport(
      suites: states.map { state in
        MirrorReport.Suite(
          state: state.state,
          isUnchanged: state.list == nil,
          packages: state.packages,
          kinds: state.kinds
        )
      },
      notes: openingNotes + notes,
      files: fetched.files,
      bytes: fetched.bytes
    )
  }
}
