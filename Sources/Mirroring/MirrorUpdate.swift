internal import DebianRepository
package import Depot
internal import Objects
internal import OpenPGP
package import SafeIO
internal import VendorChain

/// Brings a mirror to its upstream's present state.
///
/// What is fetched waits in the depot's staging until all of it is there; then it enters the depot
/// and the new state is recorded in one transaction.
package final class MirrorUpdate {
  private let request: MirrorRequest
  private let depot: Depot
  private let progress: FetchProgress
  private let fetcher: Fetcher
  private let selection: ChainSelection
  private let known: [MirrorState]
  private let staging: Staging
  private let openingNotes: [Note]
  private var notes: [Note] = []

  /// How often an upstream that moves on meanwhile is followed.
  private static let rounds = 5

  /// A suite as it is going to be recorded.
  private struct NewState {
    let state: MirrorState
    /// Its files; nil when the upstream had nothing new.
    let list: FileList?
    let packages: PackageCounts
    /// What there is beside packages.
    let kinds: [KindSize]
  }

  /// Fetches what is new and records it, or, in a dry run, says what would be fetched.
  ///
  /// Takes the mirror's lock for as long as it lasts, and the depot's lock at the end.
  /// - Throws: `trust` when a suite is not signed by a key that counts, `freshness` when it is older
  ///   than what is here, `incomplete` and `integrity` when files could not be had as they are
  ///   listed, `io` when the upstream does not answer, `resource` when there is no room.
  package static func run(
    _ request: MirrorRequest,
    depot: Depot,
    progress: ProgressSink? = nil
  ) throws(Failure) -> MirrorReport {
    let lock = try depot.lock(
      mirror: request.mirror,
      for: "mirror update \(request.mirror.name)"
    )
    let update = try MirrorUpdate(request, depot, progress)
    let report = try update.run()
    _ = consume lock
    return report
  }

  private init(
    _ request: MirrorRequest,
    _ depot: Depot,
    _ sink: ProgressSink?
  ) throws(Failure) {
    self.request = request
    self.depot = depot
    progress = FetchProgress(sink)
    let root = try UpstreamAddress(request.mirror.upstream)
    let (upstream, openingNotes) = try UpstreamOpening.open(root, request)
    self.openingNotes = openingNotes
    fetcher = Fetcher(
      upstream: upstream,
      root: root,
      retries: request.retries,
      rate: request.limitRate.map { RateLimit(bytesPerSecond: $0) },
      leastRate: request.leastRate
    )
    selection = try MirrorKinds.selection(of: request.mirror)
    known = try depot.catalogue.states(ofMirror: request.mirror.name)
    let mirror = request.mirror
    staging = try depot.incoming.open(
      request.isDryRun ? mirror.dryRunStagingName : mirror.stagingName
    )
  }

  private func run() throws(Failure) -> MirrorReport {
    do {
      let report = try runRounds()
      try staging.discard()
      return report
    } catch {
      // What a dry run fetched is of no further use; the failure to report is the first one.
      if request.isDryRun { do throws(Failure) { try staging.discard() } catch {} }
      throw MirrorUpdate.withHint(error)
    }
  }

  /// What the vendor's own files say wrong nobody here can mend, but it must be said what to do.
  private static func withHint(_ failure: Failure) -> Failure {
    guard failure.hint == nil, [.integrity, .unsafe, .trust].contains(failure.kind) else {
      return failure
    }
    return Failure(
      failure.kind,
      failure.name,
      failure.reason,
      subject: failure.subject,
      hint: "try another server of this upstream, or later; if it stays, tell the vendor",
      details: failure.details
    )
  }

  private func runRounds() throws(Failure) -> MirrorReport {
    var movedOn: Failure?
    for _ in 0..<MirrorUpdate.rounds {
      let files = UpstreamFiles(
        fetcher: fetcher,
        depot: depot,
        staging: staging,
        connections: request.connections,
        progress: progress,
        // Another server's times say nothing of this one's files.
        known: known.filter { !isEdited($0) },
        onlyCounts: request.isDryRun
      )
      notes = []
      let releases = try SignedRelease.readAll(
        request.mirror.suites,
        files: files,
        trust: trust
      )
      try checkReleases(releases)
      let states: [NewState]
      do {
        let choice = try choose(releases, files)
        states = try releases.map { (release) throws(Failure) in
          try follow(release, files, choice)
        }
      } catch {
        // Files of another state look wrong or missing: see whether that is the reason.
        guard [.integrity, .incomplete].contains(error.kind), try hasMovedOn(releases, files)
        else { throw error }
        movedOn = error
        continue
      }
      if request.isDryRun { try files.checkSpaceToFetch() }
      let fetched = zip(releases, states).filter { $0.1.list != nil }.map(\.0)
      if try hasMovedOn(fetched, files) {
        movedOn = nil
        continue
      }
      if states.contains(where: { $0.list != nil }), !request.isDryRun { try record(states) }
      if !request.isDryRun { noteStates(states) }
      return report(states, files)
    }
    if let movedOn { throw movedOn }
    throw Failure(
      .incomplete,
      "moving",
      "the upstream changed \(MirrorUpdate.rounds) times while it was mirrored",
      subject: request.mirror.upstream,
      hint: "run the same command again when it is at rest; what was fetched is kept"
    )
  }

  private var trust: UpstreamTrust {
    var trust = UpstreamTrust(
      keys: request.keys,
      allowUnsigned: request.mirror.allowUnsigned,
      now: request.now,
      judge: request.judge
    )
    trust.acceptExpiredKeys = request.allowsExpiredKeys
    return trust
  }

  /// Whether a Release file is another one than the one that was followed.
  private func hasMovedOn(
    _ releases: [SignedRelease],
    _ files: UpstreamFiles
  ) throws(Failure) -> Bool {
    for release in releases {
      for file in release.files
      where try !files.releases.isUnchanged(file.path, limit: ReleaseFile.longest) {
        return true
      }
    }
    return false
  }

  // MARK: Release files

  private func known(_ release: SignedRelease) -> MirrorState? {
    known.first { $0.suite.distribution == release.suite.distribution }
  }

  /// Refuses what is older than what is here, or another release, and says what the selection
  /// names in vain.
  private func checkReleases(_ releases: [SignedRelease]) throws(Failure) {
    var lacking: [String] = []
    for release in releases {
      if let state = known(release) { try check(release, after: state) }
      for line in selection.lacking(in: release.release) {
        lacking.append("\(release.suite.distribution): \(line)")
      }
    }
    // Suites of one mirror may differ, but what none of them has is a mistake.
    guard lacking.count < releases.count || lacking.isEmpty else {
      throw Failure(
        .configuration,
        "selection",
        "the upstream does not have what this mirror selects",
        subject: request.mirror.name,
        hint:
          "select what the upstream has: aptferry mirror edit \(request.mirror.name) --component … "
          + "--architecture …",
        details: lacking
      )
    }
    notes += lacking.map { Note.note($0) }
  }

  private func check(_ release: SignedRelease, after state: MirrorState) throws(Failure) {
    let name = release.suite.distribution
    notes += try request.goesOn(state.suite, release.suite)
    if let before = state.suite.date {
      guard let date = release.suite.date, date >= before else {
        throw Failure(
          .freshness,
          "older",
          "the upstream's Release file is older than the one that is here: "
            + "\(release.suite.date.map { "\($0)" } ?? "without a Date") before \(before)",
          subject: name,
          hint: "the server has an old copy, or someone replays it: try another server or later"
        )
      }
    }
    let names = ReleaseNames(of: release.release)
    guard names != state.names else { return }
    let change =
      "the suite called itself \(MirrorUpdate.shown(state.names)), now it is "
      + MirrorUpdate.shown(names)
    guard request.allowsReleaseInfoChange else {
      throw Failure(
        .policy,
        "releaseinfo-change",
        change,
        subject: name,
        hint: "if that is what you want to carry on with, say so: --allow-releaseinfo-change"
      )
    }
    notes.append("\(name): \(change)")
  }

  private static func shown(_ names: ReleaseNames) -> String {
    Escaped.line("\(names.suite)/\(names.codename)", limit: 100)
  }

  // MARK: States

  /// Whether a state is looked at again although the upstream has nothing new: something was left out
  /// that may be there now, or something else is wanted since.
  private func mustFollow(_ state: MirrorState) -> Bool {
    state.leftOut.contains { if case .file = $0.place { true } else { false } }
      || isEdited(state) || state.filter != request.mirror.filter
  }

  /// Whether the upstream has nothing new of a suite, and nothing else is wanted of it.
  private func isAsBefore(_ release: SignedRelease) -> Bool {
    guard let before = known(release) else { return false }
    return before.release == release.files[0].sha256 && !mustFollow(before)
  }

  /// Whether the mirror was another one when this state was taken.
  private func isEdited(_ state: MirrorState) -> Bool {
    request.mirror.edited.map { $0 >= state.updated } ?? false
  }

  /// What is taken of all suites; nil for everything, or where nothing is new.
  private func choose(
    _ releases: [SignedRelease],
    _ files: UpstreamFiles
  ) throws(Failure) -> MirrorChoosing.Choice? {
    guard let choosing = request.choosing, !releases.allSatisfy(isAsBefore) else { return nil }
    var suites: [MirrorChoosing.Suite] = []
    for release in choosing.needsIndexes ? releases : [] {
      files.beginIndexes()
      let indexes = try ChainOfTrust.indexes(
        of: release,
        files: files,
        selection: selection,
        leaving: leaveOut(of: release)
      )
      suites.append(MirrorChoosing.Suite(suite: SuiteRecord(release.suite), indexes: indexes))
    }
    let choice = try choosing.choose(suites) { (digest) throws(Failure) in
      try files.openIndex(digest)
    }
    notes += choice.notes
    return choice
  }

  /// What may be left out of a suite: what this very state leaves out was allowed before.
  private func leaveOut(of release: SignedRelease) -> LeaveOut {
    guard let before = known(release), before.release == release.files[0].sha256 else {
      return request.leaveOut
    }
    return request.leaveOut.and(before.leftOut)
  }

  /// Fetches all of a suite that is wanted and not here.
  private func follow(
    _ release: SignedRelease,
    _ files: UpstreamFiles,
    _ choice: MirrorChoosing.Choice?
  ) throws(Failure) -> NewState {
    let main = release.files[0]
    let before = known(release)
    // What a package needs may be in another suite, which is new.
    let isChosenAnew = choice != nil && request.choosing?.needsIndexes == true
    if let before, isAsBefore(release), !isChosenAnew {
      notes += release.notes
      var counts = PackageCounts()
      counts.kept = before.indexes.reduce(0) { $0 + $1.packages }
      return NewState(state: before, list: nil, packages: counts, kinds: [])
    }
    files.beginIndexes()
    let result = try ChainOfTrust.follow(
      [release],
      files: files,
      selection: selection,
      leaving: leaveOut(of: release),
      choosing: choice?.takes
    )
    notes += result.notes
    notes += MirrorReach.notes(on: release, result.files, selection)
    let old = try before.map { (state) throws(Failure) in
      try depot.catalogue.fileList(
        state.listing,
        name: "the listing of mirror \(request.mirror.name)"
      )
    }
    let list = result.files
    let state = MirrorState(
      suite: SuiteRecord(release.suite),
      names: ReleaseNames(of: release.release),
      validUntil: release.release.validUntil,
      release: main.sha256 ?? list.listDigest,
      isInRelease: main.path.hasSuffix("InRelease"),
      lastModified: files.releases.answer(for: main.path)?.lastModified ?? "",
      listing: list.listDigest,
      files: UInt64(list.count),
      bytes: list.totalSize,
      updated: request.now,
      indexes: result.counts.map { count in
        MirrorIndex(
          path: count.path,
          isSources: count.isSources,
          packages: UInt64(count.stanzas),
          bytes: count.bytes
        )
      },
      leftOut: result.leftOut,
      filter: request.mirror.filter
    )
    return NewState(
      state: state,
      list: list,
      packages: PackageCounts.compare(old, list),
      kinds: KindSize.all(of: release.release, selection)
    )
  }

  /// Lets all that was fetched into the depot and records the states, in one transaction.
  private func record(_ states: [NewState]) throws(Failure) {
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
  private func noteStates(_ states: [NewState]) {
    request.facts.add(.mirror(request.mirror))
    for state in states.map(\.state) {
      request.facts.add(
        .mirrored(mirror: request.mirror.name, state.suite, listing: state.listing)
      )
    }
  }

  private func report(_ states: [NewState], _ files: UpstreamFiles) -> MirrorReport {
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

extension ReleaseNames {
  init(of release: ReleaseFile) {
    self.init(suite: release.suite ?? "", codename: release.codename ?? "")
  }
}

/// What a suite's Release file says, as it was verified.
package struct ReleaseLook: Sendable {
  package let distribution: String
  package let components: [String]
  package let architectures: [String]
  /// The bytes of InRelease, or of Release.
  package let text: [UInt8]
}

extension MirrorUpdate {
  /// Fetches and verifies the Release files of a mirror that need not be recorded yet; nothing is kept.
  package static func look(
    _ request: MirrorRequest,
    depot: Depot
  ) throws(Failure) -> [ReleaseLook] {
    var request = request
    request.isDryRun = true
    let update = try MirrorUpdate(request, depot, nil)
    let outcome: Result<[ReleaseLook], Failure>
    do throws(Failure) {
      outcome = .success(try update.look())
    } catch {
      outcome = .failure(withHint(error))
    }
    try update.staging.discard()
    return try outcome.get()
  }

  private func look() throws(Failure) -> [ReleaseLook] {
    let files = UpstreamFiles(
      fetcher: fetcher,
      depot: depot,
      staging: staging,
      connections: request.connections,
      progress: progress,
      known: [],
      onlyCounts: true
    )
    let releases = try SignedRelease.readAll(request.mirror.suites, files: files, trust: trust)
    return releases.map { release in
      let text = release.files.lazy.compactMap { files.releases.answer(for: $0.path)?.bytes }.first
      return ReleaseLook(
        distribution: release.suite.distribution,
        components: release.release.components,
        architectures: release.release.architectures,
        text: text ?? []
      )
    }
  }
}
