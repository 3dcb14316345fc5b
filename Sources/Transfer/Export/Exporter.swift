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
    try BundlePreparation.check(request)
    let limit = BundleLimits.largestPortableChunkSize
    guard request.chunkSize <= limit || !parent.isFAT else {
      throw Failure(
        .resource,
        "fat",
        "the medium is FAT, where no file is longer than \(limit) bytes",
        subject: request.destination,
        hint: "choose a smaller --chunk-size, or format the medium as exFAT"
      )
    }
  }

  private struct Prepared {
    let plan: BundlePlan
    let description: BundleWriter.Description
    let summary: ExportSummary
  }

  private var preparation: BundlePreparation {
    BundlePreparation(depot: depot, request: request, stream: stream)
  }

  private func prepare() throws(Failure) -> Prepared {
    let bundle = try preparation.prepare()
    return Prepared(
      plan: bundle.plan,
      description: bundle.description,
      summary: try summarize(bundle.plan, bundle.description, bundle.increment)
    )
  }

  /// Whether every site that the bundle is for is known to have all of these snapshots already.
  package func isKnownToHaveArrived() throws(Failure) -> Bool {
    try preparation.isKnownToHaveArrived()
  }

  /// What would be written; nothing is.
  package func plan() throws(Failure) -> ExportSummary {
    try prepare().summary
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
    let parity = try request.parityOrder?.extent(of: plan.chunkFiles().map(\.size))
    // With parity, the lists lie there twice.
    let plain = bytes + lists + request.besides + (parity.map { $0.bytes + lists } ?? 0)
    let needed = max(plain, try clusters(of: plan, parity))
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
      parity: parity,
      increment: increment
    )
  }

  /// What the file system of the medium takes for the files, in bytes: large clusters take more than files have.
  private func clusters(of plan: BundlePlan, _ parity: ParityExtent?) throws(Failure) -> UInt64 {
    var fill = MediumFill(capacity: 0, of: try MediumFileSystem(of: parent))
    let chunks = try plan.chunkFiles()
    for chunk in chunks { fill.add(chunk.name, size: chunk.size, to: .chunks) }
    for place in parity == nil ? [MediumFill.Place.top] : [.top, .parity] {
      fill.add("ENTRIES.zst", size: UInt64(plan.table.count) * 100, to: place)
      fill.add("MANIFEST", size: UInt64(chunks.count) * 100 + 65_536, to: place)
      fill.add("SHA256SUMS", size: UInt64(chunks.count) * 100, to: place)
    }
    if let parity { fill.add(ParityList.fileName(1), size: parity.bytes, to: .parity) }
    return fill.usedBytes &+ request.besides
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

  private func write(
    signingWith key: OwnKeys,
    _ progress: @escaping ProgressSink
  ) throws(Failure) -> ExportResult {
    // A key that cannot sign is told before anything is written, not hours later.
    let usable = BoundedQueue<PublicKey>(limit: 1)
    let prepared = try Threads.beside { () throws(Failure) in
      _ = usable.send(try key.current.usablePublicKey())
    } _: { () throws(Failure) in
      try prepare()
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
    let written = try writer.write(
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
          bytesTotal: prepared.summary.chunkBytes * (request.parity == nil ? 1 : 2)
        )
      )
    }
    let manifest = written.manifest
    let record = preparation.record(
      of: manifest,
      written.digest,
      relied: prepared.summary.increment.relied
    )
    try ExportedLists.keep(of: writer, manifest, as: record.name, in: depot)
    let readBack = try readBack(written, progress)
    let medium = try keepMedium(of: manifest, prepared, readBack)
    try depot.catalogue.intend(record, in: parent.path)
    try writer.finish(written)
    request.facts.add(.exported(record, signer: key.current.fingerprint.text, isAgain: false))
    request.facts.add(.mediumWritten(AuditFact.WrittenMedium(of: record, 1, of: 1, medium)))
    try depot.catalogue.record(record)
    return ExportResult(
      summary: prepared.summary,
      digest: written.digest,
      bytes: manifest.chunkBytes,
      parity: written.parity.map { ParityExtent(of: $0.layout) },
      reusedChunks: written.earlier.reused,
      replacedChunks: written.earlier.replaced,
      readBack: readBack,
      wasFinishedBefore: false
    )
  }

  /// Reads all of a bundle that is complete but for its name.
  private func readBack(
    _ written: BundleWriter.Written,
    _ progress: @escaping ProgressSink
  ) throws(Failure) -> MediaSetRecord.ReadBack {
    let (manifest, name) = (written.manifest, written.manifest.directory)
    let lists = try ExportedLists.open(name, in: depot)
    var files = try [MediumReadBack.Expected].lists(of: manifest, in: lists)
    files += .chunks(manifest.chunks.indices.map { $0 + 1 }, of: manifest)
    if let parity = written.parity {
      files += .parity(parity.files.indices.map { $0 + 1 }, of: parity)
    }
    let partial = try parent.directory(name + PartialBundle.suffix)
    return try MediumReadBack.check(files, in: partial, beside: depot, progress)
  }

  /// Notes which medium gets the bundle, for its papers and the ledger.
  private func keepMedium(
    of manifest: Manifest,
    _ prepared: Prepared,
    _ readBack: MediaSetRecord.ReadBack
  ) throws(Failure) -> MediaSetRecord.Written {
    let device = CarriedDevice.below(parent)
    let written = MediaSetRecord.Written(
      at: .now(),
      place: prepared.summary.place,
      model: device?.name,
      serial: device?.serial,
      readBack: readBack
    )
    let record = MediaSetRecord.oneMedium(
      of: manifest,
      files: prepared.plan.table.placements.count { $0.part <= 1 },
      place: parent.path,
      capacity: prepared.summary.free,
      written: written
    )
    try record.write(in: try ExportedLists.open(manifest.directory, in: depot))
    return written
  }

  /// Refuses a place that has something with that name, or too little room.
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
    try Directory(opening: destination).requireWritable()
    guard summary.free >= summary.needed else {
      throw Failure(
        .resource,
        "medium-too-small",
        "the medium is too small: \(ByteSize.text(summary.needed)) needed, "
          + "\(ByteSize.text(summary.free)) free, "
          + "\(ByteSize.text(summary.needed - summary.free)) missing",
        subject: destination,
        hint: "free that much, use a larger medium, or several: --to for each, or --media"
      )
    }
  }

  /// Settles what an interrupted run left.
  ///
  /// - Returns: the result, when the settled bundle is the one that is asked for now.
  private func settle() throws(Failure) -> ExportResult? {
    guard let (record, place) = try SettledExport.settle(stream, in: depot, request.facts) else {
      return nil
    }
    let name = record.name
    let wanted = try request.snapshots.sorted(by: BundlePreparation.comesFirst).map {
      (name) throws(Failure) in
      SnapshotReference(name: name, digest: try depot.catalogue.snapshot(name).digest)
    }
    guard let place, wanted == record.snapshots, request.sites == record.sites,
      place.path == parent.path
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
        parity: nil,
        increment: IncrementSummary(relied: record.relied)
      ),
      digest: record.manifest,
      bytes: record.bytes,
      parity: nil,
      reusedChunks: 0,
      replacedChunks: 0,
      readBack: .none,
      wasFinishedBefore: true
    )
  }
}
