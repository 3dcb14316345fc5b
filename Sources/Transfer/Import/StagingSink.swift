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
  private let objects: any ObjectStore
  private let staging: Staging
  // The content that is being written; nil while one passes by that is held already.
  private var file: OpenFile?
  private var written: UInt64 = 0
  // The running digest of a split file whose parts have come in order so far, all of one entry and
  // with nothing else written to the file in between.
  private var running: (digest: SHA256Digest, entry: Int, nextPart: UInt16, hasher: SHA256Hasher)?
  private var isRunning = false
  /// Split files whose content has been hashed from first to last part, and is right.
  private(set) var wholeSplits: Set<SHA256Digest> = []
  /// How many bytes were new to this depot.
  private(set) var newBytes: UInt64 = 0

  /// How often the kernel is asked to begin writing a file out, in bytes.
  private static let writebackStep: UInt64 = 4 << 20

  init(table: EntryTable, objects: any ObjectStore, staging: Staging) {
    self.table = table
    self.objects = objects
    self.staging = staging
  }

  func begin(_ member: ChunkLayout.Member) throws(Failure) {
    try Interruption.check()
    file = nil
    written = 0
    isRunning = false
    let entry = ChunkLayout.entry(of: member, in: table)
    let digest = table.files.digest(at: entry)
    let size = table.files.size(at: entry)
    if try objects.contains(digest, size: size) { return }
    if try staging.contains(digest, size: size) { return }
    guard member.part > 0 else {
      file = try staging.create(digest)
      return
    }
    let split = try staging.openSplit(digest)
    try split.seek(to: table.firstByte(ofPart: member.part, entry: entry))
    file = consume split
    // Whatever was known of the file's content is no longer true when more is written to it: a
    // second entry of the same digest may lie in parts of its own, with other bytes.
    wholeSplits.remove(digest)
    if member.part == 1 { running = (digest, entry, 1, SHA256Hasher()) }
    isRunning =
      running?.digest == digest && running?.entry == entry && running?.nextPart == member.part
    if !isRunning, running?.digest == digest { running = nil }
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    guard file != nil else { return }
    try file?.write(bytes)
    let before = written
    written += UInt64(bytes.byteCount)
    if written / StagingSink.writebackStep != before / StagingSink.writebackStep {
      file?.startWriteback(offset: 0, length: written)
    }
    if isRunning { running?.hasher.update(bytes) }
  }

  func end(_ member: ChunkLayout.Member, isGood: Bool) throws(Failure) {
    guard let open = file.take() else { return }
    try open.close()
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
}
