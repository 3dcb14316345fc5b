internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import SafeIO

/// Takes the contents of chunks into the depot's staging, each under its own digest.
///
/// What the depot or the staging has already is not written again (its bytes are checked all the
/// same, by the reader). Parts of a split file are written to their places in one file, which is
/// kept when all parts are there and the whole has its digest.
final class StagingSink: ChunkSink {
  private let table: EntryTable
  private let isHeld: IsHeld
  private let staging: Staging
  // The content that is being written; nil while one passes by that is held already.
  private var target: Target?
  // The running digest of a split file whose parts have come in order so far, all of one entry and
  // with nothing else written to the file in between.
  private var running: (digest: SHA256Digest, entry: Int, nextPart: UInt16, hasher: SHA256Hasher)?
  private var isRunning = false
  /// Split files whose content has been hashed from first to last part, and is right.
  private(set) var wholeSplits: Set<SHA256Digest> = []
  /// How many bytes were new to this depot.
  private(set) var newBytes: UInt64 = 0

  /// From this length on a content is written past the page cache, where it can be: below that the
  /// kernel writes many at a time.
  private static let longContent: UInt64 = 1 << 18

  /// Whether a content is there already, or not wanted.
  typealias IsHeld = (SHA256Digest, UInt64) throws(Failure) -> Bool

  /// Takes what the depot does not hold.
  convenience init(table: EntryTable, objects: any ObjectStore, staging: Staging) {
    self.init(table: table, staging: staging) { (digest, size) throws(Failure) in
      try objects.contains(digest, size: size)
    }
  }

  /// Takes what `isHeld` does not know.
  init(table: EntryTable, staging: Staging, isHeld: @escaping IsHeld) {
    self.table = table
    self.staging = staging
    self.isHeld = isHeld
  }

  func begin(_ member: ChunkLayout.Member) throws(Failure) {
    try Interruption.check()
    target = nil
    isRunning = false
    let entry = ChunkLayout.entry(of: member, in: table)
    let digest = table.files.digest(at: entry)
    let size = table.files.size(at: entry)
    if try isHeld(digest, size) { return }
    if try staging.contains(digest, size: size) { return }
    guard member.part > 0 else {
      let created = try staging.create(digest)
      let isLong = size >= StagingSink.longContent
      let writer = isLong ? SequentialWriter(for: created) : nil
      target = Target(file: created, writer: writer)
      return
    }
    let split = try staging.openSplit(digest)
    try split.seek(to: table.firstByte(ofPart: member.part, entry: entry))
    target = Target(file: split, writer: nil)
    // Whatever was known of the file's content is no longer true when more is written to it: a
    // second entry of the same digest may lie in parts of its own, with other bytes.
    wholeSplits.remove(digest)
    if member.part == 1 { running = (digest, entry, 1, SHA256Hasher()) }
    isRunning =
      running?.digest == digest && running?.entry == entry && running?.nextPart == member.part
    if !isRunning, running?.digest == digest { running = nil }
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    guard target != nil else { return }
    try target?.write(bytes)
    if isRunning { running?.hasher.update(bytes) }
  }

  func end(_ member: ChunkLayout.Member, isGood: Bool) throws(Failure) {
    guard let written = target.take() else { return }
    try written.close()
    let entry = ChunkLayout.entry(of: member, in: table)
    let digest = table.files.digest(at: entry)
    guard member.part == 0 else { return endPart(member, digest, entry) }
    guard isGood else { return try staging.remove(digest) }
    try staging.keep(digest)
    newBytes += member.length
  }

  private func endPart(_ member: ChunkLayout.Member, _ digest: SHA256Digest, _ entry: Int) {
    newBytes += member.length
    guard isRunning else { return }
    running?.nextPart += 1
    let end = table.firstByte(ofPart: member.part, entry: entry) + member.length
    guard end == table.files.size(at: entry), let last = running else { return }
    if last.hasher.finish() == digest { wholeSplits.insert(digest) }
    running = nil
  }

  /// A file that a content, or a part of one, is written to.
  private struct Target: ~Copyable {
    private let file: OpenFile
    private var writer: SequentialWriter?

    init(file: consuming OpenFile, writer: SequentialWriter?) {
      self.file = file
      self.writer = writer
    }

    mutating func write(_ bytes: RawSpan) throws(Failure) {
      guard var writer else { return try file.write(bytes) }
      try writer.write(bytes, to: file)
      self.writer = writer
    }

    consuming func close() throws(Failure) { try file.close() }
  }
}
