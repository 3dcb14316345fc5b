private import Archives
internal import BundleFormat
internal import SafeIO

/// The lists of a bundle, its parity among them.
extension BundleWriter {
  typealias Signed = (manifest: Manifest, signature: [UInt8])

  /// MANIFEST comes last; with parity, all lists are there a second time.
  func writeManifest(_ manifest: Manifest, _ signature: [UInt8]) throws(Failure) {
    try DurableFile.write(signature, as: "MANIFEST.asc", in: partial)
    if manifest.parity != nil {
      let second = try partial.directory(ParityList.directory)
      for name in BundleWriter.listNames(of: manifest) where name != "MANIFEST" {
        try DurableFile.copy(name, from: partial, to: second)
      }
      try DurableFile.write(manifest.text, as: "MANIFEST", in: second)
    }
    try DurableFile.write(manifest.text, as: "MANIFEST", in: partial)
  }

  /// Makes parity of chunks, and its lists.
  func makeParity(
    of written: [Manifest.Chunk],
    from source: some ChunkBytes,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> ParityList? {
    // What an interrupted run left of it is made anew.
    _ = try partial.removeTree(ParityList.directory)
    guard let order = description.parity,
      let layout = try order.layout(of: written.map(\.size))
    else { return nil }
    _ = try partial.makeDirectory(ParityList.directory)
    let files = try ParityFiles(
      layout,
      lengths: order.fileLengths(layout),
      in: partial.directory(ParityList.directory)
    )
    let table = try ParityMaker(layout, from: source).run(
      take: files.write,
      progress: progress
    )
    let list = ParityList(
      layout: layout,
      table: Manifest.FileSum(of: table),
      files: try files.finish()
    )
    try DurableFile.write(table, as: ParityList.tableName, in: partial)
    try DurableFile.write(list.text, as: ParityList.name, in: partial)
    return list
  }

  /// Writes the lists, and says what the manifest and its signature are.
  func writeLists(
    _ chunks: [Manifest.Chunk],
    _ parity: ParityList?,
    _ sign: ([UInt8]) throws(Failure) -> [UInt8]
  ) throws(Failure) -> Signed {
    let (entries, plainEntries) = try writeEntries()
    let sums = Manifest.sumsText(chunks)
    let readme = MediumReadme.text(
      stream: description.stream,
      sequence: description.sequence,
      hasChunks: !chunks.isEmpty,
      relied: description.relied,
      hasParity: parity != nil
    )
    try DurableFile.write(sums, as: "SHA256SUMS", in: partial)
    try DurableFile.write(readme, as: "README.txt", in: partial)
    let manifest = description.manifest(
      entries: entries,
      plainEntries: plainEntries,
      sums: Manifest.FileSum(of: sums),
      readme: Manifest.FileSum(of: readme),
      parity: parity.map { Manifest.FileSum(of: $0.text) },
      chunks: chunks
    )
    // What we would not read ourselves, nobody shall have to.
    guard try Manifest(text: manifest.text) == manifest else {
      throw Failure(.internal, "manifest", "the manifest does not read back as it was written")
    }
    return (manifest, try sign(manifest.text))
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
