internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import OpenPGP
internal import SafeIO
internal import Trust

/// The import of one bundle whose signature has been verified.
final class BundleImport {
  private let media: BundleMedia
  private let verified: VerifiedManifest
  private let depot: Depot
  private let request: ImportRequest
  /// Whether no bundle would be taken in before it by the same dry run.
  private let isFirst: Bool
  private var notes: [Note] = []
  private var resentBytes: UInt64 = 0
  private var isOlder = false
  private var suites: [ArrivedSuite] = []

  private var manifest: Manifest { verified.manifest }

  init(
    media: BundleMedia,
    verified: VerifiedManifest,
    depot: Depot,
    request: ImportRequest,
    isFirst: Bool
  ) {
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
    var trust = try BundleTrust(
      manifest,
      signers: verified.signatures.good.map(\.primary),
      in: depot,
      now: request.now
    )
    trust.allowsExpiredKeys = request.allowsExpiredKeys
    try trust.checkScope()
    let table = try EntriesFile.read(from: media, for: manifest)
    try checkNames()
    if !isOlder && request.reasonForOlder == nil {
      try VanishedIndexes.checkClaimedDates(table, of: manifest, depot: depot)
    }
    try checkVanished(table) { $0.suites.map(VanishedIndexes.SignedSuite.init) }
    let isFresh = try !depot.incoming.names().contains(stagingName)
    if isFresh && !request.isDryRun { try depot.catalogue.clearArrivals(of: verified.digest) }
    let arrived =
      isFresh ? [] : Set(try depot.catalogue.arrivals(of: verified.digest).map { Int($0) })
    let need = try NeededSpace(table: table, manifest: manifest, arrived: arrived, depot: depot)
    if request.isDryRun {
      try noteRetired()
      try judgeSuites(trust, table)
      try refuseIncomplete(table, arrived)
      try need.check(depot)
      return result(.wouldImport, newBytes: need.newBytes)
    }
    try need.check(depot)
    let staging = try depot.incoming.open(stagingName)
    if !isFresh {
      let resent = try ReliedFiles.kept(table, in: staging)
      try staging.keepOnly(contents(of: arrived, in: table).union(resent))
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
    try AuditEvidence.keep(
      manifest,
      signers: verified.signatures.good.map(\.primary.text),
      now: request.now,
      depot,
      &notes
    )
    try commit(staging, findings)
    try noteRetired()
    return result(.imported, newBytes: chunks.newBytes &+ resentBytes)
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
    try keepListings(table, staging)
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

  /// What lies in the chunks that arrived: only that is known to be durable.
  private func contents(of arrived: Set<Int>, in table: EntryTable) -> Set<SHA256Digest> {
    var digests: Set<SHA256Digest> = []
    for place in table.placements where arrived.contains(Int(place.chunk)) {
      digests.insert(table.files.digest(at: Int(place.entry)))
    }
    return digests
  }

  private var stagingName: String { StagingNames.importing(verified.digest) }

  /// A run that was killed right after its commit could not clear its staging away.
  private func dropLeftover() throws(Failure) {
    guard !request.isDryRun, try depot.incoming.names().contains(stagingName) else { return }
    _ = try depot.incoming.discard(stagingName)
  }

  private var admission: Admission {
    Admission(
      manifest: manifest,
      digest: verified.digest,
      signers: verified.signatures.good.map(\.primary),
      depot: depot,
      now: request.now,
      acceptsOlder: request.reasonForOlder != nil
    )
  }

  /// Snapshots that the exporter has removed, that its stream brought, and that are still here.
  private func noteRetired() throws(Failure) {
    let names = try admission.retired()
    guard !names.isEmpty else { return }
    notes.append(
      .note(
        "the exporter has removed: \(names.joined(separator: ", ")); here they stay until: aptferry "
          + "snapshot remove --retired"
      )
    )
  }

  /// A name that stands for another content here is refused before anything is read.
  private func checkNames() throws(Failure) {
    for snapshot in manifest.snapshots {
      guard let known = try depot.catalogue.findSnapshot(snapshot.name),
        known.digest != snapshot.digest
      else { continue }
      throw Failure(
        .state,
        "snapshot-exists",
        "this depot has a snapshot of that name with other content: \(known.digest.short) here, "
          + "\(snapshot.digest.short) in the bundle",
        subject: snapshot.name,
        hint: "remove it (aptferry snapshot remove \(snapshot.name)) or have the snapshot exported "
          + "under another name"
      )
    }
  }

  /// What an import would find missing in the end, said by a dry run already.
  private func refuseIncomplete(_ table: EntryTable, _ arrived: Set<Int>) throws(Failure) {
    var missing: [String] = []
    for index in manifest.chunks.indices where !arrived.contains(index + 1) {
      guard media.candidates(forChunk: index + 1, of: manifest).isEmpty,
        try !ChunkImport.isHeld(index + 1, table, depot)
      else { continue }
      missing.append("chunks/" + manifest.chunkName(index + 1))
    }
    guard missing.isEmpty else { throw ChunkImport.missing(missing, of: manifest, "none is kept") }
    let relied = try ReliedFiles(
      table: table,
      media: media,
      objects: depot.objects,
      staging: nil
    )
    guard isFirst || relied.lacking.isEmpty else {
      notes.append(
        .note(
          "it relies on \(relied.lacking.count) files that this depot does not have, unless the bundles "
            + "before it bring them"
        )
      )
      return
    }
    try relied.check(table, of: manifest, on: media)
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

  /// The suites of the bundle as far as the first medium shows them, judged as the import will.
  private func judgeSuites(_ trust: BundleTrust, _ table: EntryTable) throws(Failure) {
    let wanted = IndexSelection(
      manifest: manifest,
      table: table,
      isVerified: true,
      onlyReleases: true
    )
    let contents = try IndexContents(wanted, media: media, manifest: manifest, table: table)
    let standings =
      SuiteStanding.all(
        of: manifest,
        trust,
        table,
        allowsOlder: isOlder || request.reasonForOlder != nil
      ) { snapshot in
        contents.releases(of: snapshot.name, table, depot.objects)
      }
      + SuiteStanding.composed(
        of: manifest,
        trust,
        table,
        contents,
        depot.objects,
        allowsOlder: isOlder || request.reasonForOlder != nil
      )
    if let refusal = standings.compactMap(\.refusal).first { throw refusal }
    var findings = ChainCheck.Findings()
    for standing in standings {
      guard let record = standing.verified else { continue }
      findings.suites[standing.snapshot, default: []].append(record)
    }
    notes += manifest.snapshots.flatMap(trust.notes)
    suites = arrivals(findings, trust)
    try request.beforeCommit(records(findings))
  }

  private func checkVanished(
    _ table: EntryTable,
    _ suites: (Manifest.Snapshot) -> [VanishedIndexes.SignedSuite]
  ) throws(Failure) {
    try VanishedIndexes.check(
      table,
      of: manifest,
      depot: depot,
      allowsRemoval: request.allowsRemoval,
      suites: suites,
      &notes
    )
  }

  private func arrivals(_ findings: ChainCheck.Findings, _ trust: BundleTrust) -> [ArrivedSuite] {
    manifest.snapshots.flatMap { snapshot in
      (findings.suites[snapshot.name] ?? []).map { record in
        ArrivedSuite(
          snapshot: snapshot.name,
          record: record,
          vendor: trust.vendors.identity(of: record)
        )
      }
    }
  }

  /// The snapshots as they are to be recorded, with what was verified of their suites.
  private func records(_ findings: ChainCheck.Findings) -> [SnapshotRecord] {
    manifest.snapshots.map { snapshot in
      SnapshotRecord(
        name: snapshot.name,
        digest: snapshot.digest,
        kind: snapshot.isVerbatim ? .verbatim : .composed,
        suites: findings.suites[snapshot.name] ?? [],
        files: snapshot.files,
        bytes: snapshot.bytes,
        created: manifest.created,
        origin: "bundle \(manifest.directory)",
        leftOut: findings.leftOut[snapshot.name] ?? []
      )
    }
  }

  private func commit(_ staging: Staging, _ findings: ChainCheck.Findings) throws(Failure) {
    try staging.sync()
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

  /// Says for the audit log what came in, whatever becomes of the command: the bundle first, which a
  /// catalogue that is put back from a backup will be asked about.
  private func noteAccepted(isAgain: Bool) throws(Failure) {
    request.facts.add(
      .accepted(
        AuditFact.Accepted(
          stream: manifest.stream,
          sequence: manifest.sequence,
          manifest: verified.digest,
          signers: verified.signatures.good.map(\.primary.text),
          isOlder: isOlder,
          isAgain: isAgain
        )
      )
    )
    for snapshot in manifest.snapshots {
      // Removed since, when it had come in before.
      guard let record = try depot.catalogue.findSnapshot(snapshot.name),
        record.digest == snapshot.digest
      else { continue }
      request.facts.add(AuditFact.facts(of: record))
    }
  }

  /// Keeps the lists of all snapshots, and notes that their files are needed.
  ///
  /// What a chunk has that the depot holds already does not come into the staging, and a later run
  /// does not look at that chunk again: gc must leave it in the depot meanwhile.
  private func keepListings(_ table: EntryTable, _ staging: Staging) throws(Failure) {
    for snapshot in manifest.snapshots {
      try keepListing(of: snapshot, table, staging)
      try staging.note(listing: snapshot.digest)
    }
  }

  /// The list of a snapshot is an object too, under the snapshot's digest.
  private func keepListing(
    of snapshot: Manifest.Snapshot,
    _ table: EntryTable,
    _ staging: Staging
  ) throws(Failure) {
    let file = SharedFile(try staging.create(snapshot.digest))
    var hasher = SHA256Hasher()
    try table.forEachListingBlock(ofSnapshot: snapshot.name) { (text) throws(Failure) in
      hasher.update(text)
      try file.file.write(text)
    }
    guard hasher.finish() == snapshot.digest else {
      throw Failure(.internal, "listing", "the list is not the one that was checked")
    }
    try staging.keep(snapshot.digest)
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
