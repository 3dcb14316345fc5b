internal import BundleFormat
internal import BundleMedium
package import Depot
package import OpenPGP
package import SafeIO

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
    guard !request.snapshots.isEmpty, Set(request.snapshots).count == request.snapshots.count else {
      throw Failure(.usage, "snapshots", "name each snapshot to export once")
    }
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
    for name in request.snapshots.sorted(by: {
      ($0 + "/").utf8.lexicographicallyPrecedes(($1 + "/").utf8)
    }) {
      let record = try depot.catalogue.snapshot(name)
      try add(record, to: &entries)
      snapshots.append(
        Manifest.Snapshot(
          name: name,
          digest: record.digest,
          files: record.files,
          bytes: record.bytes,
          isVerbatim: record.kind == .verbatim,
          suites: record.suites
        )
      )
    }
    let plan = try BundlePlan(entries: try entries.finish(), chunkSize: request.chunkSize)
    let description = BundleWriter.Description(
      stream: stream,
      sequence: sequence,
      created: request.created,
      previous: try depot.catalogue.lastExport(of: stream)?.manifest,
      snapshots: snapshots
    )
    return Prepared(
      plan: plan,
      description: description,
      summary: try summarize(plan, description)
    )
  }

  /// Adds the files of a snapshot as `<snapshot>/<path>`, from its list as it is read.
  private func add(
    _ snapshot: SnapshotRecord,
    to entries: inout FileList.Builder
  ) throws(Failure) {
    let file = try depot.objects.open(snapshot.digest)
    let count = Int(clamping: snapshot.files)
    // A line of the list has a digest, a size and two spaces beside the path.
    let text = Int(clamping: try file.status().size)
    entries.reserve(
      count: entries.count + count,
      pathBytes: max(0, text - count * 68) + count * (snapshot.name.utf8.count + 1)
    )
    var lines = FileList.Lines(name: "the list of snapshot \(snapshot.name)")
    var hasher = SHA256Hasher()
    let block = Block(capacity: 1 << 16)
    let prefix = Array((snapshot.name + "/").utf8)
    var name: [UInt8] = []
    while true {
      block.clear()
      if try file.read(into: block) == 0 { break }
      hasher.update(block.bytes)
      try lines.read(Span(_bytes: block.bytes)) { (path, size, digest) throws(Failure) in
        name.removeAll(keepingCapacity: true)
        name += prefix
        name.append(copying: path)
        guard !ChunkLayout.isReserved(name.span) else { throw ChunkLayout.reserved(name) }
        try entries.add(path: name.span, size: size, digest: digest)
      }
    }
    try lines.finish()
    guard hasher.finish() == snapshot.digest else {
      throw Failure(
        .state,
        "listing-damaged",
        "the list of this snapshot is not what it was",
        subject: snapshot.name,
        hint: "run: aptferry depot check"
      )
    }
  }

  private func summarize(
    _ plan: BundlePlan,
    _ description: BundleWriter.Description
  ) throws(Failure) -> ExportSummary {
    var bytes: UInt64 = 0
    for number in 1...max(1, plan.isCompressed.count) where number <= plan.isCompressed.count {
      bytes += try ChunkLayout(chunk: number, of: plan.table).length
    }
    var left: UInt64 = 0
    let partial = description.directory + BundleWriter.partialSuffix + "/chunks"
    if let chunks = try parent.directoryIfPresent(partial) {
      for entry in try chunks.list() { left += try chunks.status(entry.name)?.size ?? 0 }
    }
    // ENTRIES compresses to about half: a digest does not compress, a path does.
    let lists = UInt64(plan.table.count) * 100
    let needed = bytes + lists + Exporter.reserve
    return ExportSummary(
      stream: stream,
      sequence: description.sequence,
      place: parent.describe(description.directory),
      chunks: plan.isCompressed.count,
      files: plan.table.count,
      chunkBytes: bytes,
      needed: needed > left ? needed - left : 0,
      free: try parent.freeSpace().bytes
    )
  }

  /// Writes the bundle.
  ///
  /// - Parameters:
  ///   - key: signs the manifest.
  ///   - progress: told how far it is.
  /// - Returns: what was written.
  /// - Throws: the failure that stopped it; the ledger has no new bundle then.
  package func export(
    signingWith key: SigningKey,
    progress: @escaping ProgressSink
  ) throws -> ExportResult {
    let lock = try depot.lock(for: "export")
    return try withExtendedLifetime(lock) {
      if let settled = try settle() { return settled }
      return try write(signingWith: key, progress)
    }
  }

  private func write(
    signingWith key: SigningKey,
    _ progress: @escaping ProgressSink
  ) throws -> ExportResult {
    let prepared = try prepare(sequence: try depot.catalogue.nextSequence(of: stream))
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
    guard summary.free >= summary.needed else {
      throw Failure(
        .resource,
        "medium-too-small",
        "the medium is too small: \(summary.needed) bytes are needed, \(summary.free) are free, "
          + "\(summary.needed - summary.free) are lacking",
        subject: request.destination,
        hint: "free that much, or use a larger medium"
      )
    }
    let writer = try BundleWriter(
      plan: prepared.plan,
      description: prepared.description,
      in: parent
    )
    var done: UInt64 = 0
    let (chunks, reused) = try writer.writeChunks(from: ObjectContents(depot.objects)) { count in
      done += count
      progress(
        ProgressReport(
          phase: "writing chunks",
          filesDone: 0,
          filesTotal: 0,
          bytesDone: done,
          bytesTotal: summary.chunkBytes
        )
      )
    }
    let (manifest, digest) = try writer.writeManifest(chunks) { (text) throws(Failure) in
      try key.signDetached(text)
    }
    let record = ExportRecord(
      stream: stream,
      sequence: manifest.sequence,
      manifest: digest,
      created: manifest.created,
      snapshots: manifest.snapshots.map { SnapshotReference(name: $0.name, digest: $0.digest) },
      bytes: manifest.chunkBytes
    )
    try depot.catalogue.intend(record, in: parent.path)
    try writer.finish()
    try depot.catalogue.record(record)
    return ExportResult(
      summary: summary,
      digest: digest,
      bytes: manifest.chunkBytes,
      reusedChunks: reused,
      wasFinishedBefore: false
    )
  }

  /// Settles what an interrupted run left between the medium and the ledger.
  ///
  /// A bundle that has its final name is complete: its sequence is recorded. One that is still
  /// partial is not, and is written again under the same sequence. Where neither can be seen (the
  /// medium is away), the sequence counts as used, since two bundles of one sequence would be an
  /// alarm at every importer.
  /// - Returns: the result, when the settled bundle is the one that is asked for now.
  private func settle() throws -> ExportResult? {
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
    if try holds(name + BundleWriter.partialSuffix) {
      try depot.catalogue.dropExportIntent(of: stream)
      return nil
    }
    let isComplete = try holds(name)
    try depot.catalogue.record(record)
    let wanted = try request.snapshots.sorted().map { name in
      SnapshotReference(name: name, digest: try depot.catalogue.snapshot(name).digest)
    }
    guard isComplete, wanted == record.snapshots, place?.path == parent.path else { return nil }
    return ExportResult(
      summary: ExportSummary(
        stream: stream,
        sequence: record.sequence,
        place: parent.describe(name),
        chunks: 0,
        files: 0,
        chunkBytes: record.bytes,
        needed: 0,
        free: 0
      ),
      digest: record.manifest,
      bytes: record.bytes,
      reusedChunks: 0,
      wasFinishedBefore: true
    )
  }

  private static func openIfPresent(_ path: String) throws(Failure) -> Directory? {
    do {
      return try Directory(opening: path)
    } catch {
      if error.name == "no-directory" { return nil }
      throw error
    }
  }
}

/// The depot's objects as an exporter's source.
private struct ObjectContents: ContentSource {
  private let objects: ObjectStore

  init(_ objects: ObjectStore) { self.objects = objects }

  func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile { try objects.open(digest) }
}
