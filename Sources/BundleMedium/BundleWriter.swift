private import Archives
package import BundleFormat
package import SafeIO

/// Writes a planned bundle into a directory, chunk by chunk, the manifest last.
///
/// Until `finish` the directory is named `<stream>-<sequence>.partial`, and a chunk in it is
/// complete when its name does not end in `.part`.
package struct BundleWriter {
  /// What the manifest says beside what follows from the plan.
  package struct Description: Sendable {
    package let stream: String
    package let sequence: UInt64
    package let created: UTCTime
    /// From when on importers refuse it; nil for never.
    package let expires: UTCTime?
    package let previous: SHA256Digest?
    /// The sites that it is for; empty for any.
    package let sites: [String]
    /// The snapshots that the receivers are relied on to have.
    package let bases: [SHA256Digest]
    /// How many files have no place in it, since the receivers are relied on to have them.
    package let relied: UInt64
    /// Snapshots of earlier bundles that are gone.
    package let retired: [Receipt.Snapshot]
    /// How far the exporter's and the sites' audit logs had come.
    package let knownAudit: [Receipt.AuditHead]
    package let keyStatements: [[UInt8]]
    package let snapshots: [Manifest.Snapshot]

    package init(
      stream: String,
      sequence: UInt64,
      created: UTCTime,
      expires: UTCTime? = nil,
      previous: SHA256Digest?,
      sites: [String] = [],
      bases: [SHA256Digest] = [],
      relied: UInt64 = 0,
      retired: [Receipt.Snapshot] = [],
      knownAudit: [Receipt.AuditHead] = [],
      keyStatements: [[UInt8]] = [],
      snapshots: [Manifest.Snapshot]
    ) {
      self.retired = retired
      self.knownAudit = knownAudit
      self.keyStatements = keyStatements
      self.sites = sites
      self.bases = bases
      self.relied = relied
      self.stream = stream
      self.sequence = sequence
      self.created = created
      self.expires = expires
      self.previous = previous
      self.snapshots = snapshots
    }

    /// The directory that the finished bundle has on the medium.
    package var directory: String { BundleName.directory(stream: stream, sequence: sequence) }
  }

  private let plan: BundlePlan
  private let description: Description
  private let bundle: PartialBundle
  private var partial: Directory { bundle.directory }
  private var chunks: Directory { bundle.chunks }

  /// Begins or continues a bundle below `parent`; `discardingPartial` begins it anew.
  package init(
    plan: BundlePlan,
    description: Description,
    in parent: Directory,
    discardingPartial: Bool = false
  ) throws(Failure) {
    self.plan = plan
    self.description = description
    bundle = try PartialBundle(
      description.directory,
      in: parent,
      isDiscarded: discardingPartial
    )
  }

  /// The names of the chunks, in order.
  private var chunkNames: [String] {
    plan.isCompressed.enumerated().map {
      Manifest.chunkName($0.offset + 1, isCompressed: $0.element)
    }
  }

  /// What became of the finished, stored chunks that an earlier export left here.
  package struct EarlierChunks: Sendable {
    /// How many are part of this bundle.
    package var reused = 0
    /// How many are not: they were of another bundle, or damaged.
    package var replaced = 0

    package init() {}
  }

  /// Writes the chunks that are not there already, the lists, the manifest and its signature; the
  /// bundle is complete then but for its name.
  ///
  /// A chunk is made durable on a thread of its own, while the next one is written or the manifest
  /// is signed; the manifest is written when all of them are. A stored chunk of an interrupted run
  /// is read again in full, and used when every byte of it is what this plan would write.
  /// - Parameters:
  ///   - source: where the contents are.
  ///   - sign: makes the armored detached signatures over the manifest's bytes.
  ///   - progress: called with the number of bytes that were dealt with.
  /// - Returns: the manifest, its payload digest, and what became of chunks that were there.
  /// - Throws: `integrity` for content that is not what its digest says, or what writing or signing
  ///   met.
  package func write(
    from source: some ContentSource,
    sign: ([UInt8]) throws(Failure) -> [UInt8],
    progress: (UInt64) -> Void = { _ in }
  ) throws(Failure) -> (manifest: Manifest, digest: SHA256Digest, earlier: EarlierChunks) {
    let unsynced = BoundedQueue<UnsyncedChunk>(limit: 1)
    let (manifest, signature, earlier) = try Threads.beside { [chunks] () throws(Failure) in
      do throws(Failure) {
        while let chunk = unsynced.receive() { try chunk.makeDurable(in: chunks) }
        try chunks.sync()
      } catch {
        unsynced.cancel()
        throw error
      }
    } _: { () throws(Failure) in
      defer { unsynced.finish() }
      let (written, earlier) = try writeChunks(from: source, to: unsynced, progress)
      unsynced.finish()
      let manifest = try writeLists(written)
      return (manifest, try sign(manifest.text), earlier)
    }
    try DurableFile.write(signature, as: "MANIFEST.asc", in: partial)
    try DurableFile.write(manifest.text, as: "MANIFEST", in: partial)
    return (manifest, SHA256Digest.of(manifest.text), earlier)
  }

  private func writeChunks(
    from source: some ContentSource,
    to unsynced: BoundedQueue<UnsyncedChunk>,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> (chunks: [Manifest.Chunk], earlier: EarlierChunks) {
    let names = chunkNames
    var earlier = EarlierChunks()
    earlier.replaced = try chunks.list().filter { $0.name.hasSuffix(".tar") }.count
    for entry in try chunks.list() where !names.contains(entry.name) {
      _ = try chunks.removeTree(entry.name)
    }
    var written: [Manifest.Chunk] = []
    for (index, name) in names.enumerated() {
      let isCompressed = plan.isCompressed[index]
      if !isCompressed, let chunk = try finishedChunk(index + 1, name, progress) {
        written.append(chunk)
        earlier.reused += 1
        earlier.replaced -= 1
        continue
      }
      let writer = ChunkWriter(
        number: index + 1,
        isCompressed: isCompressed,
        table: plan.table,
        source: source
      )
      let chunk = try writer.write(as: name, in: chunks, progress: progress)
      written.append(chunk.chunk)
      guard unsynced.send(chunk) else {
        // Why, says the thread that could not make an earlier one durable.
        throw Failure(.io, "chunks", "a chunk could not be written", subject: chunks.path)
      }
    }
    return (written, earlier)
  }

  private func finishedChunk(
    _ number: Int,
    _ name: String,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> Manifest.Chunk? {
    guard let status = try chunks.status(name), status.kind == .regular else { return nil }
    let reader = try ChunkReader(unsigned: number, table: plan.table)
    let candidate = BundleMedia.Candidate(directory: chunks, path: name, isNamed: true)
    let outcome = try reader.read(candidate, scratch: nil, into: Discard(), progress: progress)
    guard outcome.isGood, let digest = outcome.digest else { return nil }
    // The run that wrote it may have been stopped before it was durable.
    try chunks.file(name).sync()
    return Manifest.Chunk(
      digest: digest,
      size: status.size,
      plainSize: status.size,
      isCompressed: false
    )
  }

  private final class Discard: ChunkSink {
    func begin(_ member: ChunkLayout.Member) {}
    func write(_ bytes: RawSpan) {}
    func end(_ member: ChunkLayout.Member, isGood: Bool) {}
  }

  /// Writes the lists, and says what the manifest is.
  private func writeLists(_ chunks: [Manifest.Chunk]) throws(Failure) -> Manifest {
    let (entries, plainEntries) = try writeEntries()
    let sums = Manifest.sumsText(chunks)
    let readme = MediumReadme.text(
      stream: description.stream,
      sequence: description.sequence,
      hasChunks: !chunks.isEmpty,
      relied: description.relied
    )
    try DurableFile.write(sums, as: "SHA256SUMS", in: partial)
    try DurableFile.write(readme, as: "README.txt", in: partial)
    let manifest = description.manifest(
      entries: entries,
      plainEntries: plainEntries,
      sums: Manifest.FileSum(digest: SHA256Digest.of(sums), size: UInt64(sums.count)),
      readme: Manifest.FileSum(digest: SHA256Digest.of(readme), size: UInt64(readme.count)),
      chunks: chunks
    )
    // What we would not read ourselves, nobody shall have to.
    guard try Manifest(text: manifest.text) == manifest else {
      throw Failure(.internal, "manifest", "the manifest does not read back as it was written")
    }
    return manifest
  }

  /// The files of a bundle beside the chunks; MANIFEST is written last.
  package static let listNames = [
    "ENTRIES.zst", "SHA256SUMS", "README.txt", "MANIFEST.asc", "MANIFEST",
  ]

  /// Writes one chunk of a bundle that was made before.
  ///
  /// - Throws: `state` when the result is not the chunk that was signed.
  package static func rewriteChunk(
    _ number: Int,
    of manifest: Manifest,
    table: EntryTable,
    from source: some ContentSource,
    in chunks: Directory,
    progress: (UInt64) -> Void
  ) throws(Failure) {
    let chunk = manifest.chunks[number - 1]
    let name = manifest.chunkName(number)
    let writer = ChunkWriter(
      number: number,
      isCompressed: chunk.isCompressed,
      table: table,
      source: source
    )
    let written = try writer.write(as: name, in: chunks, progress: progress)
    guard written.chunk == chunk else {
      throw Failure(
        .state,
        "chunk-differs",
        "this chunk cannot be made as it was: another zstd compresses here now",
        subject: "chunks/" + name,
        hint: "export the snapshots again: aptferry export SNAPSHOT --full --to DIR"
      )
    }
    try written.makeDurable(in: chunks)
  }

  /// Copies everything but the chunks into another directory, durably: enough to write any chunk
  /// of the bundle again.
  package func copyLists(to directory: Directory) throws(Failure) {
    for name in BundleWriter.listNames {
      try DurableFile.copy(name, from: partial, to: directory)
    }
  }

  /// Gives the finished bundle its name, and makes all of it durable.
  package func finish() throws(Failure) {
    try bundle.finish(chunks: chunkNames)
  }

  private func writeEntries() throws(Failure) -> (Manifest.FileSum, Manifest.FileSum) {
    var plain = SHA256Hasher()
    var plainLength: UInt64 = 0
    plan.table.forEachTextBlock {
      plain.update($0)
      plainLength += UInt64($0.count)
    }
    let temporary = EntriesFile.name + ".part"
    _ = try partial.removeFile(temporary)
    // Closed when it goes; after the fsync nothing is left that closing could report.
    let shared = SharedFile(try partial.createFile(temporary))
    var hasher = SHA256Hasher()
    var length: UInt64 = 0
    var zstd = try ZstdWriter(level: ChunkWriter.compressionLevel, contentSize: plainLength)
    func take(_ bytes: RawSpan) throws(Failure) {
      hasher.update(bytes)
      length += UInt64(bytes.byteCount)
      try shared.file.write(bytes)
    }
    try writeText(into: &zstd, take)
    try zstd.finish(take)
    try DurableFile.settle(shared.file, temporary, as: EntriesFile.name, in: partial)
    return (
      Manifest.FileSum(digest: hasher.finish(), size: length),
      Manifest.FileSum(digest: plain.finish(), size: plainLength)
    )
  }

  private func writeText(
    into zstd: inout ZstdWriter,
    _ take: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    try plan.table.forEachTextBlock { (text) throws(Failure) in
      try unsafe zstd.write(text.span.bytes, take)
    }
  }
}
