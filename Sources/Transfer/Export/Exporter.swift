internal import BundleFormat
internal import BundleMedium
package import Depot
internal import Objects
internal import OpenPGP
package import SafeIO
package import Trust

/// Carries snapshots out of the depot onto a medium, as one signed bundle.
package struct Exporter {
  private let depot: Depot
  private let request: ExportRequest
  private let stream: String
  private let parent: Directory

  /// Room for the manifest and the file system's own records, in bytes.
  private static let reserve: UInt64 = 1 << 20

  package init(_ request: ExportRequest, depot: Depot) throws(Failure) {
    self.depot = depot
    self.request = request
    stream = request.stream ?? depot.configuration.site
    try BundleName.check(stream, "stream")
    parent = try Directory(opening: request.destination)
    try depot.requireOutside(parent)
    try Exporter.check(request, parent)
  }

  private static func check(_ request: ExportRequest, _ parent: Directory) throws(Failure) {
    let limit = BundleLimits.largestPortableChunkSize
    guard request.chunkSize <= limit || request.allowsLargeChunks else {
      throw Failure(
        .usage,
        "chunk-size",
        "a chunk of \(request.chunkSize) bytes does not fit on every file system: FAT32 ends at "
          + "\(limit)",
        hint: "choose a smaller --chunk-size, or say --large-files"
      )
    }
    guard request.chunkSize <= limit || !parent.isFAT else {
      throw Failure(
        .resource,
        "fat",
        "the medium is FAT, where no file is longer than \(limit) bytes",
        subject: request.destination,
        hint: "choose a smaller --chunk-size, or format the medium as exFAT"
      )
    }
    for site in request.sites { try BundleName.check(site, "site") }
    guard Set(request.sites).count == request.sites.count else {
      throw Failure(.usage, "sites", "name each site once")
    }
    guard !request.snapshots.isEmpty, Set(request.snapshots).count == request.snapshots.count else {
      throw Failure(.usage, "snapshots", "name each snapshot to export once")
    }
  }

  /// The order of snapshots in ENTRIES.
  private static func comesFirst(_ left: String, _ right: String) -> Bool {
    (left + "/").utf8.lexicographicallyPrecedes((right + "/").utf8)
  }

  private struct Prepared {
    let plan: BundlePlan
    let description: BundleWriter.Description
    let summary: ExportSummary
  }

  /// What would be written; nothing is.
  package func plan() throws(Failure) -> ExportSummary {
    try prepare(sequence: try depot.catalogue.nextSequence(of: stream)).summary
  }

  private func prepare(sequence: UInt64) throws(Failure) -> Prepared {
    var entries = FileList.Builder()
    var snapshots: [Manifest.Snapshot] = []
    // In the order of ENTRIES, so that nothing has to be sorted.
    for name in request.snapshots.sorted(by: Exporter.comesFirst) {
      let record = try depot.catalogue.snapshot(name)
      try add(record, to: &entries)
      snapshots.append(
        Manifest.Snapshot(
          name: name,
          digest: record.digest,
          files: record.files,
          bytes: record.bytes,
          isVerbatim: record.kind == .verbatim,
          suites: record.suites.map { suite in
            ClaimedSuite(
              distribution: suite.distribution,
              signedBy: suite.namedSigners,
              date: suite.date
            )
          },
          leftOut: record.leftOut
        )
      )
    }
    let files = try entries.finish()
    let (held, knowledge) = try request.base.held(
      files,
      by: request.sites,
      stream: stream,
      in: depot
    )
    let plan = try BundlePlan(
      entries: files,
      chunkSize: request.chunkSize,
      held: held.contains
    )
    let increment = try IncrementSummary(
      plan: plan,
      held: held,
      knowledge: knowledge,
      base: request.base,
      snapshots: snapshots.map { SnapshotReference(name: $0.name, digest: $0.digest) },
      objects: depot.objects
    )
    // A complete bundle for anybody says nothing of what came before it.
    let isIncrement = !request.sites.isEmpty || increment.relied > 0
    let description = BundleWriter.Description(
      stream: stream,
      sequence: sequence,
      created: request.created,
      expires: request.expires,
      previous: try depot.catalogue.lastExport(of: stream)?.manifest,
      sites: request.sites,
      bases: increment.bases,
      relied: increment.relied,
      retired: isIncrement ? try retired() : [],
      knownAudit: request.sites.isEmpty ? [] : try knownHeads(knowledge),
      keyStatements: try OwnStatements.carried(by: depot),
      snapshots: snapshots
    )
    try plan.checkManifest(description, chunkSize: request.chunkSize)
    return Prepared(
      plan: plan,
      description: description,
      summary: try summarize(plan, description, increment)
    )
  }

  /// The snapshots of the stream's bundles that were removed here since, the newest 1000.
  private func retired() throws(Failure) -> [Receipt.Snapshot] {
    let present = Set(
      try depot.catalogue.snapshots().map { SnapshotReference(name: $0.name, digest: $0.digest) }
    )
    var retired: Set<SnapshotReference> = []
    for snapshot in try depot.catalogue.exports(of: stream).reversed().flatMap(\.snapshots)
    where !present.contains(snapshot) && retired.count < 1000 { retired.insert(snapshot) }
    return retired.sorted { ($0.name, $0.digest) < ($1.name, $1.digest) }
      .map { Receipt.Snapshot(name: $0.name, digest: $0.digest) }
  }

  /// The newest record of this depot's audit log, and those of the sites' that their receipts named.
  private func knownHeads(
    _ knowledge: [SiteKnowledge]
  ) throws(Failure) -> [Receipt.AuditHead] {
    var heads: [Receipt.AuditHead] = []
    if let own = try AuditLog(in: depot.root).head() {
      let log = try DepotIdentity.keys(of: depot, now: request.created).name.text
      heads.append(Receipt.AuditHead(log: log, sequence: own.sequence, digest: own.digest))
    }
    // Two sites that are copies of one depot have one log.
    for head in knowledge.compactMap({ $0.receipt?.audit })
    where !heads.contains(where: { $0.log == head.log && $0.sequence >= head.sequence }) {
      heads.append(head)
    }
    return heads
  }

  /// Adds the files of a snapshot as `<snapshot>/<path>`, from its list as it is read.
  private func add(
    _ snapshot: SnapshotRecord,
    to entries: inout FileList.Builder
  ) throws(Failure) {
    let prefix = Array((snapshot.name + "/").utf8)
    var name: [UInt8] = []
    try depot.objects.forEachFile(ofListing: snapshot.digest, snapshot: snapshot.name) {
      (path, size, digest) throws(Failure) in
      name.removeAll(keepingCapacity: true)
      name += prefix
      name.append(copying: path)
      guard !ChunkLayout.isReserved(name.span) else { throw ChunkLayout.reserved(name) }
      try entries.add(path: name.span, size: size, digest: digest)
    }
  }

  private func summarize(
    _ plan: BundlePlan,
    _ description: BundleWriter.Description,
    _ increment: IncrementSummary
  ) throws(Failure) -> ExportSummary {
    var bytes: UInt64 = 0
    for number in 1...max(1, plan.isCompressed.count) where number <= plan.isCompressed.count {
      bytes += try ChunkLayout(chunk: number, of: plan.table).length
    }
    var left: UInt64 = 0
    if !request.discardsPartial {
      try PartialBundle.refuseStrangers(description.directory, in: parent)
    }
    let partial = description.directory + PartialBundle.suffix + "/chunks"
    if !request.discardsPartial, let chunks = try parent.directoryIfPresent(partial) {
      for entry in try chunks.list() { left += try chunks.status(entry.name)?.size ?? 0 }
    }
    // ENTRIES compresses to about half: a digest does not compress, a path does.
    let lists = UInt64(plan.table.count) * 100 + Exporter.reserve
    let needed = bytes + lists + request.besides
    return ExportSummary(
      stream: stream,
      sequence: description.sequence,
      place: parent.describe(description.directory),
      chunks: plan.isCompressed.count,
      files: plan.table.count,
      chunkBytes: bytes,
      needed: needed > left ? needed - left : 0,
      free: try parent.freeSpace().bytes,
      lists: lists,
      increment: increment
    )
  }

  /// Whether every site that the bundle is for is known to have all of these snapshots already.
  package func isKnownToHaveArrived() throws(Failure) -> Bool {
    guard !request.sites.isEmpty, request.base != .full else { return false }
    for site in request.sites {
      let known = try SiteKnowledge(
        of: site,
        stream: stream,
        in: depot,
        assumesDelivered: request.base == .delivered
      )
      let digests = Set(known.snapshots.map(\.digest))
      for name in request.snapshots {
        guard digests.contains(try depot.catalogue.snapshot(name).digest) else { return false }
      }
    }
    return true
  }

  /// Writes the bundle.
  ///
  /// - Parameters:
  ///   - key: signs the manifest.
  ///   - progress: told how far it is.
  /// - Returns: what was written.
  /// - Throws: the failure that stopped it; the ledger has no new bundle then.
  package func export(
    signingWith key: OwnKeys,
    progress: @escaping ProgressSink
  ) throws(Failure) -> ExportResult {
    try depot.locked(for: "export") { () throws(Failure) in
      if let settled = try settle() { return settled }
      return try write(signingWith: key, progress)
    }
  }

  /// Who makes the bundle, for the ledger.
  private static func maker() -> String {
    let actor = AuditActor.current()
    return (actor.user.isEmpty ? "\(actor.uid)" : actor.user) + "@" + actor.host
  }

  private func write(
    signingWith key: OwnKeys,
    _ progress: @escaping ProgressSink
  ) throws(Failure) -> ExportResult {
    // A key that cannot sign is told before anything is written, not hours later.
    let usable = BoundedQueue<PublicKey>(limit: 1)
    let prepared = try Threads.beside { () throws(Failure) in
      _ = usable.send(try key.current.usablePublicKey())
    } _: { () throws(Failure) in
      try prepare(sequence: try depot.catalogue.nextSequence(of: stream))
    }
    guard let publicKey = usable.receive() else {
      throw Failure(.internal, "key", "the signing key was not looked at")
    }
    try checkPlace(for: prepared)
    let writer = try BundleWriter(
      plan: prepared.plan,
      description: prepared.description,
      in: parent,
      discardingPartial: request.discardsPartial
    )
    var done: UInt64 = 0
    let (manifest, digest, earlier) = try writer.write(
      from: ObjectContents(depot.objects),
      sign: { (text) throws(Failure) in try key.signDetached(text, as: publicKey) }
    ) { count in
      done += count
      progress(
        ProgressReport(
          phase: "writing chunks",
          filesDone: 0,
          filesTotal: 0,
          bytesDone: done,
          bytesTotal: prepared.summary.chunkBytes
        )
      )
    }
    let record = self.record(of: manifest, digest, relied: prepared.summary.increment.relied)
    try ExportedLists.keep(of: writer, as: record.name, in: depot)
    try depot.catalogue.intend(record, in: parent.path)
    try writer.finish()
    request.facts.add(.exported(record, signer: key.current.fingerprint.text, isAgain: false))
    try depot.catalogue.record(record)
    return ExportResult(
      summary: prepared.summary,
      digest: digest,
      bytes: manifest.chunkBytes,
      reusedChunks: earlier.reused,
      replacedChunks: earlier.replaced,
      wasFinishedBefore: false
    )
  }

  /// Refuses a place that has something of that name, or too little room.
  private func checkPlace(for prepared: Prepared) throws(Failure) {
    let summary = prepared.summary
    if try parent.status(prepared.description.directory) != nil {
      throw Failure(
        .state,
        "bundle-exists",
        "there is already something of the name that this bundle gets",
        subject: summary.place,
        hint: "move it away, or export to another directory"
      )
    }
    try Exporter.checkRoom(summary, on: request.destination)
  }

  /// Refuses a medium that is too small for the bundle.
  package static func checkRoom(
    _ summary: ExportSummary,
    on destination: String
  ) throws(Failure) {
    guard summary.free >= summary.needed else {
      throw Failure(
        .resource,
        "medium-too-small",
        "the medium is too small: \(ByteSize.text(summary.needed)) needed, "
          + "\(ByteSize.text(summary.free)) free, "
          + "\(ByteSize.text(summary.needed - summary.free)) missing",
        subject: destination,
        hint: "free that much, or use a larger medium"
      )
    }
  }

  private func record(
    of manifest: Manifest,
    _ digest: SHA256Digest,
    relied: UInt64
  ) -> ExportRecord {
    ExportRecord(
      stream: stream,
      sequence: manifest.sequence,
      manifest: digest,
      created: manifest.created,
      snapshots: manifest.snapshots.map { SnapshotReference(name: $0.name, digest: $0.digest) },
      bytes: manifest.chunkBytes,
      sites: manifest.sites,
      maker: Exporter.maker(),
      relied: relied
    )
  }

  /// Settles what an interrupted run left between the medium and the ledger.
  ///
  /// A bundle that has its final name is complete: its sequence is recorded. One that is still
  /// partial is not, and is written again under the same sequence. Where neither can be seen (the
  /// medium is away), the sequence counts as used, since two bundles of one sequence would be an
  /// alarm at every importer.
  /// - Returns: the result, when the settled bundle is the one that is asked for now.
  private func settle() throws(Failure) -> ExportResult? {
    guard let intent = try depot.catalogue.exportIntent(of: stream) else { return nil }
    let record = intent.record
    let name = BundleName.directory(stream: record.stream, sequence: record.sequence)
    let place = try Exporter.openIfPresent(intent.destination)
    func holds(_ directory: String) throws(Failure) -> Bool {
      guard let place, let bundle = try place.directoryIfPresent(directory),
        try bundle.status("MANIFEST") != nil
      else { return false }
      let bytes = try bundle.contents(of: "MANIFEST", limit: BundleLimits.manifestLength)
      return SHA256Digest.of(bytes) == record.manifest
    }
    if try holds(name + PartialBundle.suffix) {
      try depot.catalogue.dropExportIntent(of: stream)
      return nil
    }
    let isComplete = try holds(name)
    if isComplete, let place { try PartialBundle.settle(name, in: place) }
    try depot.catalogue.record(record)
    // The run that was stopped could not say so.
    request.facts.add(.exported(record, signer: nil, isAgain: false))
    let wanted = try request.snapshots.sorted(by: Exporter.comesFirst).map {
      (name) throws(Failure) in
      SnapshotReference(name: name, digest: try depot.catalogue.snapshot(name).digest)
    }
    guard isComplete, wanted == record.snapshots, request.sites == record.sites,
      place?.path == parent.path
    else { return nil }
    return ExportResult(
      summary: ExportSummary(
        stream: stream,
        sequence: record.sequence,
        place: parent.describe(name),
        chunks: 0,
        files: 0,
        chunkBytes: record.bytes,
        needed: 0,
        free: 0,
        lists: 0,
        increment: IncrementSummary(relied: record.relied)
      ),
      digest: record.manifest,
      bytes: record.bytes,
      reusedChunks: 0,
      replacedChunks: 0,
      wasFinishedBefore: true
    )
  }

  private static func openIfPresent(_ path: String) throws(Failure) -> Directory? {
    do {
      return try Directory(opening: path)
    } catch {
      if error.name == .noDirectory { return nil }
      throw error
    }
  }
}
