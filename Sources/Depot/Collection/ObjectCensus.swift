internal import SafeIO
private import Synchronization

/// Which objects are in a depot, sorted, each with a mark: 32 bytes and one bit for an object.
struct ObjectCensus: Sendable {
  /// The objects of `objects/ab`.
  struct Bucket: Sendable {
    /// Sorted.
    fileprivate(set) var digests: [SHA256Digest] = []
    private var marks: [UInt64] = []
    /// How many are marked.
    private(set) var marked = 0

    fileprivate init(_ digests: [SHA256Digest]) {
      self.digests = digests
      marks = Array(repeating: 0, count: (digests.count + 63) / 64)
    }

    /// Whether the object at a position is marked.
    func isMarked(at index: Int) -> Bool { marks[index >> 6] & 1 << (index & 63) != 0 }

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
  private(set) var buckets: [Bucket]

  /// Reads the names of all objects; what is no object of ours is left out.
  init(_ objects: Directory) throws(Failure) {
    let collected = Shared<[Int: [SHA256Digest]]>([:])
    do {
      try Threads.forEach(count: ObjectCensus.bucketCount) { number in
        let digests = try ObjectCensus.digests(in: objects, number)
        collected.value.withLock { $0[number] = digests }
      }
    } catch {
      throw Failure.own(error)
    }
    let all = collected.value.withLock { $0 }
    buckets = (0..<ObjectCensus.bucketCount).map { Bucket(all[$0] ?? []) }
  }

  static let bucketCount = 256

  /// How many objects there are.
  var count: Int { buckets.reduce(0) { $0 + $1.digests.count } }

  /// How many are marked.
  var marked: Int { buckets.reduce(0) { $0 + $1.marked } }

  /// Marks an object; false when it is not here.
  mutating func mark(_ digest: SHA256Digest) -> Bool {
    buckets[Int(digest.firstByte)].mark(digest)
  }

  /// The name of the directory that a bucket lies in.
  static func name(of bucket: Int) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: [digits[bucket >> 4], digits[bucket & 0xf]], as: UTF8.self)
  }

  private static func digests(
    in objects: Directory,
    _ number: Int
  ) throws(Failure) -> [SHA256Digest] {
    try Interruption.check()
    guard let directory = try objects.directoryIfPresent(name(of: number)) else { return [] }
    var digests: [SHA256Digest] = []
    try directory.forEachEntry { entry in
      guard entry.kind == .regular, let digest = SHA256Digest(hex: entry.name),
        Int(digest.firstByte) == number
      else { return }
      digests.append(digest)
    }
    digests.sort()
    return digests
  }
}
