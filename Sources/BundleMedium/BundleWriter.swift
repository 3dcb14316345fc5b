package import BundleFormat
package import SafeIO

/// Writes a planned bundle into a directory, chunk by chunk, the manifest last.
///
/// Until `finish` the directory is named `<stream>-<sequence>.partial`, and a chunk in it is
/// complete when its name does not end in `.part`.
package struct BundleWriter {
  let plan: BundlePlan
  let description: Description
  private let bundle: PartialBundle
  var partial: Directory { bundle.directory }
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

  /// A bundle that is written in full and does not have its name yet.
  package struct Written: Sendable {
    package let manifest: Manifest
    /// The payload digest: SHA-256 of MANIFEST.
    package let digest: SHA256Digest
    package let earlier: EarlierChunks
    /// What PARITY.txt says; nil without parity.
    package let parity: ParityList?
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
  /// - Returns: what was written, which `finish` wants.
  /// - Throws: `integrity` for content that is not what its digest says, or what writing or signing
  ///   met.
  package func write(
    from source: some ContentSource,
    sign: ([UInt8]) throws(Failure) -> [UInt8],
    progress: (UInt64) -> Void = { _ in }
  ) throws(Failure) -> Written {
    let unsynced = BoundedQueue<UnsyncedChunk>(limit: 1)
    let (written, earlier, early) = try Threads.beside { [chunks] () throws(Failure) in
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
      // Parity is made of chunks that are durable; without it nothing is to be waited for.
      guard description.parity == nil else { return (written, earlier, nil as Signed?) }
      return (written, earlier, try writeLists(written, nil, sign))
    }
    let parity = try makeParity(
      of: written,
      from: WrittenChunks(directory: chunks, names: chunkNames),
      progress
    )
    let (manifest, signature): Signed
    if let early {
      (manifest, signature) = early
    } else {
      (manifest, signature) = try writeLists(written, parity, sign)
    }
    try writeManifest(manifest, signature)
    return Written(
      manifest: manifest,
      digest: SHA256Digest.of(manifest.text),
      earlier: earlier,
      parity: parity
    )
  }

  /// Writes the lists, the manifest and its signature of a bundle whose chunks go on several media
  /// later, each by `rewriteChunk`; every content is read and checked for it, and once more for parity.
  ///
  /// - Returns: what was written; the files of parity are.
  /// - Throws: as `write`.
  package func writeListsAlone(
    from source: some ContentSource,
    sign: ([UInt8]) throws(Failure) -> [UInt8],
    progress: (UInt64) -> Void = { _ in }
  ) throws(Failure) -> Written {
    var measured: [Manifest.Chunk] = []
    for (index, isCompressed) in plan.isCompressed.enumerated() {
      let writer = ChunkWriter(
        number: index + 1,
        isCompressed: isCompressed,
        table: plan.table,
        source: source
      )
      guard isCompressed, description.parity != nil else {
        measured.append(try writer.stream({ (_) throws(Failure) in }, progress: progress))
        continue
      }
      // What is compressed cannot be made again from the middle: it is kept until parity is made.
      let chunk = try writer.write(as: chunkNames[index], in: chunks, progress: progress)
      measured.append(chunk.chunk)
      try chunk.makeDurable(in: chunks)
    }
    let planned = PlannedChunks(
      plan,
      from: source,
      compressed: WrittenChunks(directory: chunks, names: chunkNames)
    )
    let parity = try makeParity(of: measured, from: planned, progress)
    for entry in try chunks.list() { _ = try chunks.removeTree(entry.name) }
    let (manifest, signature) = try writeLists(measured, parity, sign)
    try writeManifest(manifest, signature)
    let written = Written(
      manifest: manifest,
      digest: SHA256Digest.of(manifest.text),
      earlier: EarlierChunks(),
      parity: parity
    )
    try finish(written, chunks: [])
    return written
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
    let candidate = BundleMedia.Candidate(
      directory: MediumDirectory(chunks),
      path: name,
      isNamed: true
    )
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

  /// The files of a bundle beside the chunks; MANIFEST is written last.
  package static let listNames = [
    "ENTRIES.zst", "SHA256SUMS", "README.txt", "MANIFEST.asc", "MANIFEST",
  ]

  /// The same of this bundle, which may have parity.
  package static func listNames(of manifest: Manifest) -> [String] {
    (manifest.parity == nil ? [] : [ParityList.name, ParityList.tableName]) + listNames
  }

  /// Copies everything but the chunks into another directory, durably: enough to write any chunk
  /// of the bundle again.
  package func copyLists(of manifest: Manifest, to directory: Directory) throws(Failure) {
    for name in BundleWriter.listNames(of: manifest) {
      try DurableFile.copy(name, from: partial, to: directory)
    }
  }

  /// Gives the finished bundle its name, and makes all of it durable.
  package func finish(_ written: Written) throws(Failure) {
    try finish(written, chunks: chunkNames)
  }

  private func finish(_ written: Written, chunks: [String]) throws(Failure) {
    try bundle.finish(
      chunks: chunks,
      parity: written.parity.map { list in
        list.files.indices.map { ParityList.fileName($0 + 1) }
      },
      lists: BundleWriter.listNames(of: written.manifest)
    )
  }
}
