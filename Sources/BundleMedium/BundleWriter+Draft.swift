package import BundleFormat
package import SafeIO

extension BundleWriter.Description {
  /// The manifest of a bundle with this description.
  func manifest(
    entries: Manifest.FileSum,
    plainEntries: Manifest.FileSum,
    sums: Manifest.FileSum,
    readme: Manifest.FileSum,
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
      chunks: chunks,
      snapshots: snapshots
    )
  }
}

extension BundlePlan {
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
    let draft = description.manifest(
      entries: list,
      plainEntries: list,
      sums: Manifest.FileSum(digest: SHA256Digest.of(sums), size: UInt64(sums.count)),
      readme: Manifest.FileSum(digest: digest, size: BundleLimits.readmeLength),
      chunks: chunks
    ).text
    guard draft.count <= BundleLimits.manifestLength else {
      // A line of Chunks has some 100 bytes.
      let isOfChunks = chunks.count > draft.count / 200
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
