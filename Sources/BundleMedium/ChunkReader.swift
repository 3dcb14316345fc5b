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
  /// nothing.
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

/// Reads one chunk in one pass: the layout that ENTRIES demands, the digest of every content, and
/// where it is wanted that of the file.
package struct ChunkReader {
  /// What has to be known of a chunk that is good.
  package enum Proof: Sendable {
    /// Every byte and the digest of the file, beside each other on two threads.
    case file
    /// Every byte by what ENTRIES says of it, so that the contents may be taken.
    ///
    /// Headers, padding and end must be those of the layout, and every content must have its digest:
    /// then the bytes are those of the archive that ENTRIES describes, and hashing the file would add
    /// nothing. It is hashed where that is not so: a compressed chunk before it is decompressed, and
    /// one with parts, which have no digests of their own. One that is damaged is hashed in the end,
    /// so that the same is said of it.
    case contents
  }

  private let table: EntryTable
  private let layout: ChunkLayout
  private let chunk: Manifest.Chunk
  private let number: Int

  private let expected: SHA256Digest?
  private let proof: Proof

  /// Reads a chunk of a manifest.
  package init(
    chunk number: Int,
    of manifest: Manifest,
    table: EntryTable,
    proving proof: Proof = .file
  ) throws(Failure) {
    self.number = number
    self.table = table
    self.proof = proof
    chunk = manifest.chunks[number - 1]
    expected = chunk.digest
    layout = try ChunkLayout(chunk: number, of: table)
  }

  /// Reads a stored chunk whose digest nobody has stated yet: an interrupted export's.
  init(unsigned number: Int, table: EntryTable) throws(Failure) {
    self.number = number
    self.table = table
    proof = .file
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
  ) throws(Failure) -> ChunkOutcome {
    var outcome = ChunkOutcome(place: candidate.place)
    let file: MediumFile
    do throws(Failure) {
      file = try candidate.directory.file(candidate.path)
    } catch {
      guard error.isOfMedium else { throw error }
      outcome.faults.append(error.reason)
      outcome.damagedEntries = table.placements(inChunk: number).map(\.entry)
      return outcome
    }
    return try read(file, candidate.place, scratch: scratch, into: sink, progress: progress)
  }

  /// Reads a file that is open, which is called `place` in messages.
  package func read(
    _ file: MediumFile,
    _ place: String,
    scratch: Directory?,
    into sink: some ChunkSink,
    progress: (UInt64) -> Void = { _ in }
  ) throws(Failure) -> ChunkOutcome {
    var outcome = ChunkOutcome(place: place)
    let stream = BlockStream()
    let source = ChunkSource(
      file,
      chunk: chunk,
      expected: expected,
      scratch: scratch,
      stream: stream,
      isHashed: proof == .file || hasParts
    )
    let (ofFile, ofArchive) =
      proof == .file
      ? try readWhole(source, stream, sink, progress)
      : try readContents(source, stream, sink, progress)
    describe(ofFile, &outcome)
    ofArchive.describe(&outcome)
    if !ofFile.isGood {
      // A part has no digest of its own: in a chunk that is not what was signed it counts as lost.
      outcome.damagedEntries += table.placements(inChunk: number).filter { $0.part > 0 }.map(
        \.entry
      )
    }
    return outcome
  }

  private var hasParts: Bool { table.placements(inChunk: number).contains { $0.part > 0 } }

  private typealias Findings = (ofFile: ChunkSource.Finding, ofArchive: LayoutWalk.Finding)

  /// One thread reads and hashes the file, this one hashes the contents.
  private func readWhole(
    _ source: ChunkSource,
    _ stream: BlockStream,
    _ sink: some ChunkSink,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> Findings {
    let found = Box(ChunkSource.Finding())
    var walk = LayoutWalk(layout: layout, table: table, number: number)
    try Threads.beside { () throws(Failure) in
      // Whatever ends this thread ends the stream, or the other side would wait for ever.
      defer { stream.finish() }
      found.set(try source.run(room: { .max }, deliver: stream.send))
    } _: { () throws(Failure) in
      do throws(Failure) {
        while let block = stream.next() {
          try walk.take(block.bytes) { (event) throws(Failure) in
            try sink.take(event, of: block)
          }
          progress(UInt64(block.count))
          stream.giveBack(block)
        }
      } catch {
        stream.cancel()
        throw error
      }
    }
    return (found.get(), walk.finding)
  }

  /// One thread reads the file and hashes the contents, this one takes them in.
  private func readContents(
    _ source: ChunkSource,
    _ stream: BlockStream,
    _ sink: some ChunkSink,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> Findings {
    let checked = BoundedQueue<CheckedBlock>(limit: BlockStream.standardDepth)
    let found = Box((ofFile: ChunkSource.Finding(), ofArchive: LayoutWalk.Finding()))
    try Threads.beside { [layout, table, number] () throws(Failure) in
      // Whatever ends this thread ends the queue, or the other side would wait for ever.
      defer { checked.finish() }
      found.set(
        try ChunkReader.check(
          source,
          LayoutWalk(layout: layout, table: table, number: number),
          checked
        )
      )
    } _: { () throws(Failure) in
      // Also when the sink fails: the other thread waits for a block, or for room.
      defer {
        checked.cancel()
        stream.cancel()
      }
      while let next = checked.receive() {
        for event in next.events { try sink.take(event, of: next.block) }
        progress(UInt64(next.block.count))
        stream.giveBack(next.block)
      }
    }
    return found.get()
  }

  /// A block of an archive, and what is in it.
  private struct CheckedBlock: Sendable {
    let block: Block
    let events: [ChunkEvent]
  }

  private static func check(
    _ source: ChunkSource,
    _ start: LayoutWalk,
    _ checked: BoundedQueue<CheckedBlock>
  ) throws(Failure) -> Findings {
    var walk = start
    var isWanted = true
    var ofFile = try source.run {
      walk.room(limit: Block.standardCapacity)
    } deliver: { (block) throws(Failure) in
      var events: [ChunkEvent] = []
      try walk.take(block.bytes) { events.append($0) }
      isWanted = checked.send(CheckedBlock(block: block, events: events))
      return isWanted
    }
    let ofArchive = walk.finding
    if isWanted, !ofArchive.isGood, ofFile.digest == nil { try source.hashAgain(&ofFile) }
    return (ofFile, ofArchive)
  }

  /// A value that one thread sets and another one gets when the first has ended.
  private final class Box<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    func set(_ new: Value) { value.withLock { $0 = new } }

    func get() -> Value { value.withLock { $0 } }
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

extension ChunkSink {
  /// Takes what a walk found in a block.
  fileprivate func take(_ event: ChunkEvent, of block: Block) throws(Failure) {
    switch event {
    case .begin(let member): try begin(member)
    case .content(let range): try write(block.bytes.extracting(range))
    case .end(let member, let isGood): try end(member, isGood: isGood)
    }
  }
}
