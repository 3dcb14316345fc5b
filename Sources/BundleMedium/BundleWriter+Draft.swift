package import BundleFormat
package import SafeIO

extension BundleWriter.Description {
  /// The manifest of a bundle with this description.
  func manifest(
    entries: Manifest.FileSum,
    plainEntries: Manifest.FileSum,
    sums: Manifest.FileSum,
    readme: Manifest.FileSum,
    parity: Manifest.FileSum? = nil,
    chunks: [Manifest.Chunk]
  ) -> Manifest {
    Manifest(
      stream: stream,
      sequence: sequence,
      created: created,
      expires: expires,
      sites: sites,
      previous: previous,
      bases: bases,
      retired: retired,
      knownAudit: knownAudit,
      keyStatements: keyStatements,
      requires: Manifest.features(of: snapshots),
      entries: entries,
      plainEntries: plainEntries,
      sums: sums,
      readme: readme,
      parity: parity,
      chunks: chunks,
      snapshots: snapshots
    )
  }
}

extension BundlePlan {
  /// What MANIFEST says of the plan at most, with stand-ins for digests: the real one is no longer.
  private func draft(
    _ description: BundleWriter.Description,
    chunkSize: UInt64
  ) -> (manifest: [UInt8], sums: [UInt8]) {
    let digest = SHA256Digest.of([])
    // Archives are made of blocks.
    let size = chunkSize / 512 * 512
    let chunks = isCompressed.map { isCompressed in
      Manifest.Chunk(
        digest: digest,
        size: size,
        plainSize: size,
        isCompressed: isCompressed
      )
    }
    let sums = Manifest.sumsText(chunks)
    let list = Manifest.FileSum(digest: digest, size: BundleLimits.entriesLength)
    let manifest = description.manifest(
      entries: list,
      plainEntries: list,
      sums: Manifest.FileSum(digest: SHA256Digest.of(sums), size: UInt64(sums.count)),
      readme: Manifest.FileSum(digest: digest, size: BundleLimits.readmeLength),
      parity: description.parity.map { _ in
        Manifest.FileSum(digest: digest, size: UInt64(ParityList.longest))
      },
      chunks: chunks
    )
    return (manifest.text, sums)
  }

  /// The files that every medium carries beside its chunks, by their length at most.
  package func lists(
    _ description: BundleWriter.Description,
    chunkSize: UInt64
  ) throws(Failure) -> [MediaPlan.File] {
    let (manifest, sums) = draft(description, chunkSize: chunkSize)
    let readme = MediumReadme.text(
      stream: description.stream,
      sequence: description.sequence,
      hasChunks: !isCompressed.isEmpty,
      relied: description.relied,
      hasParity: description.parity != nil
    )
    return try parityLists(description) + [
      MediaPlan.File(name: EntriesFile.name, size: try EntriesFile.length(of: table)),
      MediaPlan.File(name: "SHA256SUMS", size: UInt64(sums.count)),
      MediaPlan.File(name: "README.txt", size: UInt64(readme.count)),
      // A few signatures.
      MediaPlan.File(name: "MANIFEST.asc", size: 16 << 10),
      MediaPlan.File(name: "MANIFEST", size: UInt64(manifest.count)),
    ]
  }

  /// The lists of parity, by their length at most.
  private func parityLists(
    _ description: BundleWriter.Description
  ) throws(Failure) -> [MediaPlan.File] {
    guard let order = description.parity else { return [] }
    let most = try order.mostBlocks(of: chunkFiles().map(\.size))
    // A file of parity has a line with a digest, a length and a name; a chunk may be a range for itself.
    let text = (1 << 16) + 8 * isCompressed.count
    return [
      MediaPlan.File(name: ParityList.name, size: UInt64(text)),
      MediaPlan.File(name: ParityList.tableName, size: 32 * UInt64(most)),
    ]
  }

  /// The chunks by their length at most.
  package func chunkFiles() throws(Failure) -> [MediaPlan.File] {
    var files: [MediaPlan.File] = []
    for (index, isCompressed) in isCompressed.enumerated() {
      let length = try ChunkLayout(chunk: index + 1, of: table).length
      files.append(
        MediaPlan.File(
          name: Manifest.chunkName(index + 1, isCompressed: isCompressed),
          size: isCompressed ? BundlePlan.compressedBound(length) : length
        )
      )
    }
    return files
  }

  /// Refuses a plan whose MANIFEST no reader would take, before a byte of it is written.
  ///
  /// Every digest is a stand-in, and every size the largest that it can be: the real MANIFEST is no
  /// longer, and differs in nothing else that a reader has limits for.
  ///
  /// - Throws: `usage` with what to ask for instead.
  package func checkManifest(
    _ description: BundleWriter.Description,
    chunkSize: UInt64
  ) throws(Failure) {
    let draft = draft(description, chunkSize: chunkSize).manifest
    guard draft.count <= BundleLimits.manifestLength else {
      // A line of Chunks has some 100 bytes.
      let isOfChunks = isCompressed.count > draft.count / 200
      throw Failure(
        .usage,
        "manifest-too-long",
        "MANIFEST would have up to \(draft.count) bytes, more than \(BundleLimits.manifestLength)",
        hint: isOfChunks
          ? "choose a larger --chunk-size, or export fewer snapshots at once"
          : "export fewer snapshots at once, or snapshots of fewer suites"
      )
    }
    do throws(Failure) {
      _ = try Manifest(text: draft)
    } catch {
      throw Failure(
        .usage,
        "manifest-limits",
        "no reader would take the MANIFEST of this bundle: \(error.reason)",
        subject: error.subject,
        hint: "export fewer snapshots at once, or snapshots of fewer suites",
        details: error.details
      )
    }
  }
}
