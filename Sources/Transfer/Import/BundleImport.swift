internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import OpenPGP
internal import SafeIO
internal import Trust

/// The import of one bundle whose signature has been verified.
final class BundleImport {
  let media: BundleMedia
  let verified: VerifiedManifest
  let depot: Depot
  let request: ImportRequest
  private let trusted: TrustMark
  /// Whether no bundle would be taken in before it by the same dry run.
  let isFirst: Bool
  var notes: [Note] = []
  private var resentBytes: UInt64 = 0
  var isOlder = false
  var suites: [ArrivedSuite] = []

  var manifest: Manifest { verified.manifest }

  init(
    media: BundleMedia,
    verified: VerifiedManifest,
    depot: Depot,
    request: ImportRequest,
    isFirst: Bool
  ) throws(Failure) {
    trusted = try TrustMark(of: depot)
    self.isFirst = isFirst
    self.media = media
    self.verified = verified
    self.depot = depot
    self.request = request
  }

  /// Takes the bundle in; what is alarming is told with a refusal too.
  func run(progress: @escaping ProgressSink) throws(Failure) -> ImportResult {
    do throws(Failure) {
      return try take(progress: progress)
    } catch {
      throw error.adding(details: notes.filter { $0.severity == .alarm }.map(\.entry))
    }
  }

  private func take(progress: @escaping ProgressSink) throws(Failure) -> ImportResult {
    guard try isToBeTaken() else { return result(.alreadyImported, newBytes: 0) }
    try AuditEvidence.check(manifest, depot, &notes)
    let trust = try judgedTrust()
    try media.refuseUnsafeChunks(of: manifest)
    try noteMedia()
    let table = try EntriesFile.read(from: media, for: manifest)
    try checkClaims(table)
    let isFresh = try !depot.incoming.names().contains(stagingName)
    if isFresh && !request.isDryRun { try depot.catalogue.clearArrivals(of: verified.digest) }
    let arrived =
      isFresh ? [] : Set(try depot.catalogue.arrivals(of: verified.digest).map { Int($0) })
    let need = try NeededSpace(table: table, manifest: manifest, arrived: arrived, depot: depot)
    if request.isDryRun {
      try judge(table, trust, arrived)
      try need.check(depot)
      return result(.wouldImport, newBytes: need.newBytes)
    }
    try need.check(depot)
    let newBytes = try takeIn(table, trust, arrived, isFresh: isFresh, progress)
    try noteRetired()
    return result(.imported, newBytes: newBytes)
  }

  /// The keys that count for this bundle, once its exporter may bring it.
  private func judgedTrust() throws(Failure) -> BundleTrust {
    var trust = try BundleTrust(
      manifest,
      signers: verified.signatures.good.map(\.primary),
      in: depot,
      now: request.now
    )
    trust.allowsExpiredKeys = request.allowsExpiredKeys
    try trust.checkScope()
    return trust
  }

  /// Reads the content from the media, without the depot's lock, and records it under the lock;
  /// returns how much is new.
  private func takeIn(
    _ table: EntryTable,
    _ trust: BundleTrust,
    _ arrived: Set<Int>,
    isFresh: Bool,
    _ progress: @escaping ProgressSink
  ) throws(Failure) -> UInt64 {
    let staging = try depot.incoming.open(stagingName)
    try depot.catalogue.noteArriving(
      verified.digest,
      bundle: manifest.directory,
      chunks: manifest.chunks.count
    )
    if !isFresh {
      let resent = try ReliedFiles.kept(table, in: staging)
      try staging.keepOnly(table.contents(ofChunks: arrived).union(resent))
    }
    let chunks = ChunkImport(
      media: media,
      manifest: manifest,
      digest: verified.digest,
      table: table,
      depot: depot,
      staging: staging,
      arrived: arrived
    )
    let findings: ChainCheck.Findings
    do throws(Failure) {
      findings = try bringIn(chunks, table, staging, trust, progress)
      try request.beforeCommit(records(findings))
    } catch {
      try giveUp(error, staging: staging, isFresh: isFresh)
      throw error
    }
    // The longest of it needs no lock.
    try staging.sync()
    try record(staging, findings)
    return chunks.newBytes &+ resentBytes
  }

  /// Records what came in, under the depot's lock.
  private func record(_ staging: Staging, _ findings: ChainCheck.Findings) throws(Failure) {
    try depot.locked(for: "import", within: Depot.commitPatience) { () throws(Failure) in
      try refuseChanges(findings)
      try AuditEvidence.keep(
        manifest,
        signers: verified.signatures.good.map(\.primary.text),
        now: request.now,
        depot,
        &notes
      )
      try commit(staging, findings)
    }
  }

  /// What the rules of acceptance say, with the notes that go with it; false for a bundle that was
  /// taken in before.
  private func isToBeTaken() throws(Failure) -> Bool {
    switch try admission.decide(&notes) {
    case .alreadyTaken:
      try dropLeftover()
      if !request.isDryRun { try noteAccepted(isAgain: true) }
      return false
    case .take(let skipped):
      if skipped > 0, try depot.catalogue.highest(of: manifest.stream) != nil {
        notes.append(
          .note(
            "\(skipped) bundle\(skipped == 1 ? "" : "s") of the stream \(manifest.stream) before this "
              + "one never came here; this one has, or finds here, all that it needs"
          )
        )
      }
    case .takeOlder:
      isOlder = true
      notes.append("taken in although it is older: \(request.reasonForOlder ?? "")")
    }
    return true
  }

  /// Brings the content into the staging and follows each vendor's chain through it.
  private func bringIn(
    _ chunks: ChunkImport,
    _ table: EntryTable,
    _ staging: Staging,
    _ trust: BundleTrust,
    _ progress: @escaping ProgressSink
  ) throws(Failure) -> ChainCheck.Findings {
    let chain = ChainCheck(
      manifest: manifest,
      table: table,
      depot: depot,
      staging: staging,
      trust: trust,
      allowsOlder: isOlder || request.reasonForOlder != nil
    )
    try table.keepListings(of: manifest, in: staging)
    let relied = try ReliedFiles(
      table: table,
      media: media,
      objects: depot.objects,
      staging: staging
    )
    resentBytes = relied.newBytes
    // The chain can only be followed when nothing is missing; what arrives is kept meanwhile.
    try chunks.run(progress: progress) { (isThere) throws(Failure) in
      if relied.lacking.isEmpty { try chain.checkEarly(available: isThere) }
    }
    notes += chunks.notes
    try chunks.finish()
    try relied.check(table, of: manifest, on: media)
    let findings = try chain.check()
    notes += findings.notes
    try checkVanished(table) { snapshot in
      (findings.suites[snapshot.name] ?? []).map(VanishedIndexes.SignedSuite.init)
    }
    isOlder = isOlder || findings.isBehind
    suites = arrivals(findings, trust)
    return findings
  }

  private var stagingName: String { StagingNames.importing(verified.digest) }

  /// A run that was killed right after its commit could not clear its staging away.
  private func dropLeftover() throws(Failure) {
    guard !request.isDryRun, try depot.incoming.names().contains(stagingName) else { return }
    _ = try depot.incoming.discard(stagingName)
  }

  /// What a refused run leaves: the chunks that arrived undamaged, when more media or an undamaged
  /// copy can complete them; nothing, when the bundle itself is refused.
  private func giveUp(_ failure: Failure, staging: Staging, isFresh: Bool) throws(Failure) {
    switch failure.kind {
    case .interrupted, .terminated, .io, .resource: return
    case .incomplete where [.chunksMissing, .objectsMissing].contains(failure.name): return
    case .integrity where [.chunksDamaged, .damagedObject].contains(failure.name): return
    default: break
    }
    guard isFresh else { return }
    try staging.discard()
    try depot.catalogue.clearArrivals(of: verified.digest)
  }

  /// Other commands could change the depot while the media were read: what they may have touched is
  /// looked at once more, now that the lock is held.
  private func refuseChanges(_ findings: ChainCheck.Findings) throws(Failure) {
    guard try TrustMark(of: depot) == trusted else {
      throw Failure(
        .state,
        "trust-changed",
        "the keys that this site trusts were changed while the media were read; what arrived is kept",
        subject: manifest.directory,
        hint: "run the same command again: it judges by the keys that are pinned now, and reads no "
          + "chunk a second time"
      )
    }
    try checkNames()
    try request.beforeCommit(records(findings))
  }

  private func commit(_ staging: Staging, _ findings: ChainCheck.Findings) throws(Failure) {
    try staging.admitAll()
    try AcceptedLists.keep(of: media, verified, in: depot)
    let signer = verified.signatures.good.first?.primary.text ?? ""
    try depot.catalogue.commitImport(
      snapshots: records(findings),
      accepted: AcceptedBundle(
        exporter: signer,
        stream: manifest.stream,
        sequence: manifest.sequence,
        manifest: verified.digest,
        created: manifest.created,
        accepted: request.now
      ),
      older: isOlder ? request.reasonForOlder : nil,
      retired: manifest.retired.map { SnapshotReference(name: $0.name, digest: $0.digest) },
      dates: findings.dates,
      sightings: findings.sightings
    )
    try noteAccepted(isAgain: false)
    try staging.discard()
  }

  private func result(_ outcome: ImportResult.Outcome, newBytes: UInt64) -> ImportResult {
    ImportResult(
      stream: manifest.stream,
      sequence: manifest.sequence,
      digest: verified.digest,
      signers: verified.signatures.good.map(\.primary),
      outcome: outcome,
      snapshots: manifest.snapshots,
      suites: suites,
      newBytes: newBytes,
      notes: notes
    )
  }
}
