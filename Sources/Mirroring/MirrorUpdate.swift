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
  let request: MirrorRequest
  let depot: Depot
  let progress: FetchProgress
  let fetcher: Fetcher
  let selection: ChainSelection
  let known: [MirrorState]
  let staging: Staging
  let openingNotes: [Note]
  var notes: [Note] = []

  /// How often an upstream that moves on meanwhile is followed.
  private static let rounds = 5

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

  init(
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
  static func withHint(_ failure: Failure) -> Failure {
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
      let releases = try readReleases(files)
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

  var trust: UpstreamTrust {
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

}
