internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import OpenPGP
internal import SafeIO
internal import Trust

/// What the next bundle of a stream has, wherever it is written.
struct PreparedBundle {
  let plan: BundlePlan
  var description: BundleWriter.Description
  let increment: IncrementSummary
}

/// Decides from snapshots, and from what the receivers have, what a bundle gets.
struct BundlePreparation {
  let depot: Depot
  let request: ExportRequest
  let stream: String

  /// Refuses what no bundle could be made of.
  static func check(_ request: ExportRequest) throws(Failure) {
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
    for site in request.sites { try BundleName.check(site, "site") }
    guard Set(request.sites).count == request.sites.count else {
      throw Failure(.usage, "sites", "name each site once")
    }
    guard !request.snapshots.isEmpty, Set(request.snapshots).count == request.snapshots.count else {
      throw Failure(.usage, "snapshots", "name each snapshot to export once")
    }
  }

  /// The order of snapshots in ENTRIES.
  static func comesFirst(_ left: String, _ right: String) -> Bool {
    (left + "/").utf8.lexicographicallyPrecedes((right + "/").utf8)
  }

  /// Decides what the next bundle of the stream has; nothing is written.
  func prepare() throws(Failure) -> PreparedBundle {
    var entries = FileList.Builder()
    var snapshots: [Manifest.Snapshot] = []
    // In the order of ENTRIES, so that nothing has to be sorted.
    for name in request.snapshots.sorted(by: BundlePreparation.comesFirst) {
      let record = try depot.catalogue.snapshot(name)
      try add(record, to: &entries)
      snapshots.append(BundlePreparation.claim(record))
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
      order: try request.order(of: files, in: depot),
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
      sequence: try depot.catalogue.nextSequence(of: stream),
      created: request.created,
      expires: request.expires,
      previous: try depot.catalogue.lastExport(of: stream)?.manifest,
      sites: request.sites,
      bases: increment.bases,
      relied: increment.relied,
      retired: isIncrement ? try retired() : [],
      knownAudit: request.sites.isEmpty ? [] : try knownHeads(knowledge),
      keyStatements: try OwnStatements.carried(by: depot),
      snapshots: snapshots,
      parity: try request.parityOrder?.settled(for: plan.chunkFiles().map(\.size))
    )
    try plan.checkManifest(description, chunkSize: max(request.chunkSize, request.wholeSize ?? 0))
    return PreparedBundle(plan: plan, description: description, increment: increment)
  }

  /// What MANIFEST says of a snapshot.
  private static func claim(_ record: SnapshotRecord) -> Manifest.Snapshot {
    Manifest.Snapshot(
      name: record.name,
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

  /// Whether every site that the bundle is for is known to have all of these snapshots already.
  func isKnownToHaveArrived() throws(Failure) -> Bool {
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

  /// Who makes the bundle, for the ledger.
  private static func maker() -> String {
    let actor = AuditActor.current()
    return (actor.user.isEmpty ? "\(actor.uid)" : actor.user) + "@" + actor.host
  }

  /// What the ledger gets of a bundle.
  func record(
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
      maker: BundlePreparation.maker(),
      relied: relied
    )
  }
}
