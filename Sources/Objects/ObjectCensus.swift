package import SafeIO
internal import Synchronization

/// Which objects are in a store, sorted, each with a mark: 32 bytes and one bit for an object.
package struct ObjectCensus: Sendable {
  /// The objects whose digests begin with one byte.
  package struct Bucket: Sendable {
    /// Sorted.
    package fileprivate(set) var digests: [SHA256Digest] = []
    private var marks: [UInt64] = []
    /// How many are marked.
    package private(set) var marked = 0

    fileprivate init(_ digests: [SHA256Digest]) {
      self.digests = digests
      marks = Array(repeating: 0, count: (digests.count + 63) / 64)
    }

    /// Whether the object at a position is marked.
    package func isMarked(at index: Int) -> Bool { marks[index >> 6] & 1 << (index & 63) != 0 }

    /// Marks an object; false when it is not here.
    fileprivate mutating func mark(_ digest: SHA256Digest) -> Bool {
      guard let index = digests.position(of: digest) else { return false }
      if !isMarked(at: index) {
        marks[index >> 6] |= 1 << (index & 63)
        marked += 1
      }
      return true
    }
  }

  /// One for each first byte of a digest.
  package private(set) var buckets: [Bucket]

  /// Lists all objects, on all processors; what is no object of ours is left out.
  package init(_ objects: any ReadableObjects) throws(Failure) {
    let collected = Mutex<[Int: [SHA256Digest]]>([:])
    try Threads.forEach(count: ObjectCensus.bucketCount) { (number) throws(Failure) in
      let digests = try ObjectCensus.digests(in: objects, UInt8(number))
      collected.withLock { $0[number] = digests }
    }
    let all = collected.withLock { $0 }
    buckets = (0..<ObjectCensus.bucketCount).map { Bucket(all[$0] ?? []) }
  }

  /// How many buckets there are.
  package static let bucketCount = 256

  /// How many objects there are.
  package var count: Int { buckets.reduce(0) { $0 + $1.digests.count } }

  /// How many are marked.
  package var marked: Int { buckets.reduce(0) { $0 + $1.marked } }

  /// Marks an object; false when it is not here.
  package mutating func mark(_ digest: SHA256Digest) -> Bool {
    buckets[Int(digest.firstByte)].mark(digest)
  }

  private static func digests(
    in objects: any ReadableObjects,
    _ bucket: UInt8
  ) throws(Failure) -> [SHA256Digest] {
    var digests: [SHA256Digest] = []
    try objects.forEachObject(inBucket: bucket) { digests.append($0.digest) }
    return digests
  }
}
