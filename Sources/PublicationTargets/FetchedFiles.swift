#if Network
internal import ObjectStoreClient
internal import Publishing
internal import SafeIO
private import Synchronization

/// Files that were fetched from a store and found right, as long as there is room: each lies under no
/// name in a directory, and goes when nobody reads it any more.
///
/// Several clients that want one file at a time have it fetched once.
final class FetchedFiles: Sendable {
  private let directory: Directory
  private let state = Mutex(Kept())
  private let stamp = Mutex<Int64>(0)

  /// How many bytes are kept, and how many files: each is an open file of this process.
  private static let mostBytes: UInt64 = 2 << 30
  private static let mostFiles = 512

  private struct Kept {
    var slots: [SHA256Digest: Slot] = [:]
    /// The one that was asked for last stands last.
    var order: [SHA256Digest] = []
    var bytes: UInt64 = 0
  }

  private final class Slot: Sendable {
    let size: UInt64
    let file = Mutex<ServedFile?>(nil)

    init(_ size: UInt64) { self.size = size }
  }

  init(in directory: Directory) { self.directory = directory }

  /// The file of a content; nil when the store has something else, or nothing, under that key.
  func file(
    _ digest: SHA256Digest,
    size: UInt64,
    at key: String,
    _ client: StoreClient
  ) throws(Failure) -> ServedFile? {
    // Before it is counted: a listing could say lengths whose sum no number holds.
    if state.withLock({ $0.slots[digest] == nil }) { try requireRoom(for: size) }
    let slot = slot(digest, size)
    let (found, failure) = slot.file.withLock { file -> (ServedFile?, Failure?) in
      if let file { return (file, nil) }
      do throws(Failure) {
        file = try fetch(digest, size, key, client)
        return (file, nil)
      } catch {
        return (nil, error)
      }
    }
    if found == nil { drop(digest, slot) }
    if let failure { throw failure }
    return found
  }

  private func requireRoom(for size: UInt64) throws(Failure) {
    let free = try directory.freeSpace().bytes
    guard free > size else {
      throw Failure(
        .resource,
        "no-scratch-room",
        "a file of \(ByteSize.text(size)) is kept here while it is served, and "
          + "\(ByteSize.text(free)) are free",
        subject: directory.path,
        hint: "free that much"
      )
    }
  }

  private func slot(_ digest: SHA256Digest, _ size: UInt64) -> Slot {
    state.withLock { kept in
      if let slot = kept.slots[digest] {
        if kept.order.last != digest {
          kept.order.removeAll { $0 == digest }
          kept.order.append(digest)
        }
        return slot
      }
      let slot = Slot(size)
      kept.slots[digest] = slot
      kept.order.append(digest)
      kept.bytes += size
      while kept.order.count > 1,
        kept.bytes > FetchedFiles.mostBytes || kept.order.count > FetchedFiles.mostFiles
      {
        let oldest = kept.order.removeFirst()
        if let gone = kept.slots.removeValue(forKey: oldest) { kept.bytes -= gone.size }
      }
      return slot
    }
  }

  /// What could not be fetched may be there later.
  private func drop(_ digest: SHA256Digest, _ slot: Slot) {
    state.withLock { kept in
      guard kept.slots[digest] === slot else { return }
      kept.slots[digest] = nil
      kept.order.removeAll { $0 == digest }
      kept.bytes -= slot.size
    }
  }

  private func fetch(
    _ digest: SHA256Digest,
    _ size: UInt64,
    _ key: String,
    _ client: StoreClient
  ) throws(Failure) -> ServedFile? {
    let file = SharedFile(try directory.unnamedFile())
    let reader = StoreReader(client, key, size: size)
    let block = Block()
    var hasher = SHA256Hasher()
    var done: UInt64 = 0
    do throws(Failure) {
      while done < size {
        block.clear()
        let count = try reader.read(into: block, at: done)
        guard count > 0 else { return nil }
        hasher.update(block.bytes)
        try file.file.write(block.bytes)
        done += UInt64(count)
      }
    } catch {
      // It is not there, or not as long as it should be.
      guard error.name == .notFound || error.name == "store-range" else { throw error }
      return nil
    }
    guard hasher.finish() == digest else { return nil }
    try file.file.setModified(nextStamp())
    return ServedFile(file: file, status: try file.file.status(), digest: digest)
  }

  /// A time for each file, and never one twice: clients ask by it whether a name has other content.
  private func nextStamp() -> UTCTime {
    stamp.withLock { last in
      last = max(UTCTime.now().seconds, last + 1)
      return UTCTime(seconds: last)
    }
  }
}
#endif
