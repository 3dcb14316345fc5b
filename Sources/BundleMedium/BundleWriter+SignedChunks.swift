package import BundleFormat
package import SafeIO

/// Chunks of a bundle whose MANIFEST is signed: they must come out as it names them.
extension BundleWriter {
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
    guard written.chunk == chunk else { throw differs(name) }
    try written.makeDurable(in: chunks)
  }

  private static func differs(_ name: String) -> Failure {
    Failure(
      .state,
      "chunk-differs",
      "this chunk cannot be made as it was: another zstd compresses here now",
      subject: "chunks/" + name,
      hint: "export the snapshots again: aptferry export SNAPSHOT --full --to DIR"
    )
  }

  /// Hands over the bytes of one chunk of a bundle whose manifest is made, from front to back.
  ///
  /// - Throws: `state` when they came to another chunk than the one that was signed.
  package static func streamChunk(
    _ number: Int,
    of manifest: Manifest,
    table: EntryTable,
    from source: some ContentSource,
    take: (RawSpan) throws(Failure) -> Void,
    progress: (UInt64) -> Void
  ) throws(Failure) {
    let chunk = manifest.chunks[number - 1]
    let writer = ChunkWriter(
      number: number,
      isCompressed: chunk.isCompressed,
      table: table,
      source: source
    )
    guard try writer.stream(take, progress: progress) == chunk else {
      throw differs(manifest.chunkName(number))
    }
  }
}
