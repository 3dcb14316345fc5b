package import BundleFormat
package import SafeIO
internal import Synchronization

/// Takes the contents of a chunk as they are read and checked.
package protocol ChunkSink: AnyObject {
  /// A content begins.
  func begin(_ member: ChunkLayout.Member) throws(Failure)
  /// Its next bytes; together they are exactly `member.length`.
  func write(_ bytes: RawSpan) throws(Failure)
  /// It has ended. For a whole file `isGood` says whether it has its digest; for a part it says
  /// nothing, and `hasher` has nothing in it.
  func end(_ member: ChunkLayout.Member, isGood: Bool) throws(Failure)
}

/// What reading one chunk file gave.
package struct ChunkOutcome: Sendable {
  /// The file that was read.
  package let place: String
  /// What is wrong with the file, one sentence each; empty for a good chunk.
  package var faults: [String] = []
  /// The entries whose content is damaged in it.
  package var damagedEntries: [UInt32] = []
  /// The digest of the file, when all of it could be read.
  package var digest: SHA256Digest?

  /// Whether the file is exactly the chunk that the manifest names.
  package var isGood: Bool { faults.isEmpty && damagedEntries.isEmpty }
}

/// Reads one chunk in one pass: the file's digest, the layout that ENTRIES demands, and the digest
/// of every content, with reading and file digest on one thread and the rest on another.
package struct ChunkReader {
  private let table: EntryTable
  private let layout: ChunkLayout
  private let chunk: Manifest.Chunk
  private let number: Int

  private let expected: SHA256Digest?

  package init(chunk number: Int, of manifest: Manifest, table: EntryTable) throws(Failure) {
    self.number = number
    self.table = table
    chunk = manifest.chunks[number - 1]
    expected = chunk.digest
    layout = try ChunkLayout(chunk: number, of: table)
  }

  /// Reads a stored chunk whose digest nobody has stated yet: an interrupted export's.
  init(unsigned number: Int, table: EntryTable) throws(Failure) {
    self.number = number
    self.table = table
    layout = try ChunkLayout(chunk: number, of: table)
    chunk = Manifest.Chunk(
      digest: SHA256Digest.of([]),
      size: layout.length,
      plainSize: layout.length,
      isCompressed: false
    )
    expected = nil
  }

  /// Reads a candidate.
  ///
  /// - Parameters:
  ///   - candidate: the file on the medium.
  ///   - scratch: a directory for a private copy of a compressed chunk, or nil to read the medium
  ///     twice.
  ///   - sink: where contents go.
  ///   - progress: called with the number of bytes that were dealt with.
  /// - Returns: what is wrong with the file, if anything.
  /// - Throws: what `sink` throws, interruptions, and failures that are not the medium's.
  package func read(
    _ candidate: BundleMedia.Candidate,
    scratch: Directory?,
    into sink: some ChunkSink,
    progress: (UInt64) -> Void = { _ in }
  ) throws -> ChunkOutcome {
    var outcome = ChunkOutcome(place: candidate.place)
    let file: OpenFile
    do {
      file = try candidate.directory.file(candidate.path)
    } catch {
      guard error.isOfMedium else { throw error }
      outcome.faults.append(error.reason)
      outcome.damagedEntries = table.placements(inChunk: number).map(\.entry)
      return outcome
    }
    let stream = BlockStream()
    let source = ChunkSource(
      file,
      chunk: chunk,
      expected: expected,
      scratch: scratch,
      stream: stream
    )
    let finding = FindingBox()
    var walk = LayoutWalk(layout: layout, table: table, number: number)
    try Threads.beside {
      // Whatever ends this thread ends the stream, or the other side would wait for ever.
      defer { stream.finish() }
      let result = try source.run()
      finding.value.withLock { $0 = result }
    } _: {
      do {
        while let block = stream.next() {
          try walk.take(block.bytes, into: sink)
          progress(UInt64(block.count))
          stream.giveBack(block)
        }
      } catch {
        stream.cancel()
        throw error
      }
    }
    let found = finding.value.withLock { $0 }
    describe(found, &outcome)
    walk.describe(&outcome)
    if !found.isGood {
      // A part has no digest of its own: in a chunk that is not what was signed it counts as lost.
      outcome.damagedEntries += table.placements(inChunk: number).filter { $0.part > 0 }.map(
        \.entry
      )
    }
    return outcome
  }

  private final class FindingBox: Sendable {
    let value = Mutex<ChunkSource.Finding>(ChunkSource.Finding())
  }

  private func describe(_ finding: ChunkSource.Finding, _ outcome: inout ChunkOutcome) {
    outcome.digest = finding.digest
    if let length = finding.wrongLength {
      outcome.faults.append(
        length < chunk.size
          ? "truncated: \(length) of \(chunk.size) bytes"
          : "longer than it should be: \(length) instead of \(chunk.size) bytes"
      )
    }
    for place in finding.unreadable {
      outcome.faults.append("unreadable at byte \(place.offset): \(place.reason)")
    }
    if finding.wrongDigest { outcome.faults.append("its SHA-256 is not the one in MANIFEST") }
    if let failure = finding.notDecompressed { outcome.faults.append(failure.reason) }
  }
}
