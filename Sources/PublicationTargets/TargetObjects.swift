#if Network
package import Depot
package import ObjectStoreClient
package import Objects
internal import Publishing
package import SafeIO
private import Synchronization

/// The files of publications at a target as objects, by their digests: what the listings there name,
/// to be read and not to be changed.
package struct TargetObjects: ReadableObjects {
  private let client: StoreClient
  private let lists: [(layout: TargetLayout, list: FileList)]
  /// Files by digest, each content once.
  private let files: [File]
  private let readers = Readers()

  /// A file of one of the lists.
  private struct File {
    let list: UInt32
    let index: UInt32
  }

  /// Reads the listings of what clients of some publications get and got.
  package init(
    _ target: TargetRecord,
    _ client: StoreClient,
    prefixes: [String]
  ) throws(Failure) {
    self.client = client
    var lists: [(layout: TargetLayout, list: FileList)] = []
    var files: [File] = []
    for prefix in prefixes {
      let layout = TargetLayout(client.settings.address, try PublicationPrefix(prefix))
      let records = TargetStore(record: target, layout: layout, client: client)
      guard let found = try records.current() else { continue }
      let before = try TargetPublisher.Before(of: found, in: records)
      for (age, list) in ([before.current].compactMap(\.self) + before.lists).enumerated() {
        list.forEachPath(in: 0..<list.count) { index, path in
          // Of what changes only the newest is still there.
          guard age == 0 || TargetLayout.kind(path) == .lasting else { return }
          files.append(File(list: UInt32(lists.count), index: UInt32(index)))
        }
        lists.append((layout, list))
      }
    }
    files.sort { TargetObjects.digest($0, lists) < TargetObjects.digest($1, lists) }
    var unique: [File] = []
    for file in files
    where unique.last.map({ TargetObjects.digest($0, lists) != TargetObjects.digest(file, lists) })
      ?? true
    { unique.append(file) }
    (self.lists, self.files) = (lists, unique)
  }

  private static func digest(
    _ file: File,
    _ lists: [(layout: TargetLayout, list: FileList)]
  ) -> SHA256Digest { lists[Int(file.list)].list.digest(at: Int(file.index)) }

  private func digest(at place: Int) -> SHA256Digest { TargetObjects.digest(files[place], lists) }

  private func size(at place: Int) -> UInt64 {
    lists[Int(files[place].list)].list.size(at: Int(files[place].index))
  }

  private func key(at place: Int) -> String {
    let (layout, list) = lists[Int(files[place].list)]
    return layout.key(list.path(at: Int(files[place].index)))
  }

  /// Where the digests that come before something end.
  private func end(where isBefore: (SHA256Digest) -> Bool) -> Int {
    var (low, high) = (0, files.count)
    while low < high {
      let middle = low + (high - low) / 2
      if isBefore(digest(at: middle)) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func place(of digest: SHA256Digest) -> Int? {
    let place = end { $0 < digest }
    return place < files.count && self.digest(at: place) == digest ? place : nil
  }

  package func contains(_ digest: SHA256Digest, size: UInt64) throws(Failure) -> Bool {
    try self.size(of: digest) == size
  }

  package func size(of digest: SHA256Digest) throws(Failure) -> UInt64? {
    guard let place = place(of: digest) else { return nil }
    // What has another length is another file.
    let there = try client.head(key(at: place))?.length
    return there == size(at: place) ? there : nil
  }

  package func read(
    _ digest: SHA256Digest,
    at offset: UInt64,
    limit: Int,
    into block: Block
  ) throws(Failure) -> Int {
    guard let place = place(of: digest) else { throw missing(digest) }
    let reader = readers.reader(digest) {
      StoreReader(client, key(at: place), size: size(at: place))
    }
    do throws(Failure) {
      return try reader.read(into: block, at: offset, limit: limit)
    } catch {
      throw error.name == .notFound ? missing(digest) : error
    }
  }

  package func list(
    bucket: UInt8,
    after last: SHA256Digest?,
    limit: Int
  ) throws(Failure) -> [ListedObject] {
    var place = end { digest in last.map { digest <= $0 } ?? (digest.firstByte < bucket) }
    var page: [ListedObject] = []
    while place < files.count, page.count < limit, digest(at: place).firstByte == bucket {
      page.append(ListedObject(digest: digest(at: place), size: size(at: place)))
      place += 1
    }
    return page
  }

  package func describe(_ digest: SHA256Digest) -> String {
    guard let place = place(of: digest) else {
      return "s3://\(client.settings.address.bucket): \(digest)"
    }
    return "s3://\(client.settings.address.bucket)/\(key(at: place))"
  }
}

/// The readers of the objects that were read last: each fetches ahead.
private final class Readers: Sendable {
  private static let most = 16
  private let kept = Mutex<[(digest: SHA256Digest, reader: StoreReader)]>([])

  func reader(_ digest: SHA256Digest, or make: () -> StoreReader) -> StoreReader {
    kept.withLock { kept in
      if let found = kept.first(where: { $0.digest == digest }) { return found.reader }
      let reader = make()
      if kept.count >= Readers.most { kept.removeFirst() }
      kept.append((digest, reader))
      return reader
    }
  }
}
#endif
