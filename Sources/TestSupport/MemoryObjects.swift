package import Objects
package import SafeIO
internal import Synchronization

/// Objects in memory: a store without files, links, marks or an end of its own.
package final class MemoryObjects: ObjectStore {
  /// How many bytes fit.
  private let capacity: UInt64
  private let contents = Mutex<[SHA256Digest: [UInt8]]>([:])

  package init(capacity: UInt64 = .max) { self.capacity = capacity }

  package func contains(_ digest: SHA256Digest, size: UInt64) throws(Failure) -> Bool {
    contents.withLock { $0[digest] }.map { UInt64($0.count) == size } ?? false
  }

  package func size(of digest: SHA256Digest) throws(Failure) -> UInt64? {
    contents.withLock { $0[digest] }.map { UInt64($0.count) }
  }

  package func read(
    _ digest: SHA256Digest,
    at offset: UInt64,
    limit: Int,
    into block: Block
  ) throws(Failure) -> Int {
    guard let bytes = contents.withLock({ $0[digest] }) else {
      throw Failure(.state, "missing-object", "there is no such object", subject: digest.hex)
    }
    guard let start = Int(exactly: offset), start < bytes.count else { return 0 }
    let end = start + min(bytes.count - start, limit)
    return unsafe block.append(bytes[start..<end].span.bytes)
  }

  package func admit(
    _ digest: SHA256Digest,
    size: UInt64,
    from source: ObjectSource
  ) throws(Failure) -> Bool {
    if try contains(digest, size: size) { return false }
    var bytes: [UInt8] = []
    try ObjectContent.copy(digest, size: size, from: source) { (part) throws(Failure) in
      guard try used() + UInt64(bytes.count + part.byteCount) <= capacity else {
        throw .system("write", digest.hex, errno: 28)
      }
      unsafe part.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }
    return contents.withLock { contents in
      if contents[digest]?.count == bytes.count { return false }
      contents[digest] = bytes
      return true
    }
  }

  private func used() throws(Failure) -> UInt64 {
    contents.withLock { $0.values.reduce(0) { $0 + UInt64($1.count) } }
  }

  package func list(
    bucket: UInt8,
    after last: SHA256Digest?,
    limit: Int
  ) throws(Failure) -> [ListedObject] {
    contents.withLock { contents in
      contents.filter { object in
        object.key.firstByte == bucket && last.map { object.key > $0 } ?? true
      }
      .map { ListedObject(digest: $0.key, size: UInt64($0.value.count)) }
      .sorted { $0.digest < $1.digest }
      .prefix(limit)
      .map(\.self)
    }
  }

  package func remove(_ digest: SHA256Digest) throws(Failure) -> Bool {
    contents.withLock { $0.removeValue(forKey: digest) != nil }
  }

  package func sync() throws(Failure) {}

  package func strays() throws(Failure) -> [String] { [] }

  package func describe(_ digest: SHA256Digest) -> String { "memory:" + digest.hex }

  /// Puts other bytes under a digest, as a broken store would.
  package func damage(_ digest: SHA256Digest, with bytes: [UInt8]) {
    contents.withLock { $0[digest] = bytes }
  }
}
