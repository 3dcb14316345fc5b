import Objects
import SafeIO
import TestSupport
import Testing

/// The stores that must keep the contract; a new one adds its case here and nothing else.
enum StoreUnderContract: CaseIterable, Sendable {
  case local, memory
  /// What no capability is known of: whoever uses it has the protocol alone.
  case plain

  func with<Result>(_ body: (any ObjectStore) throws -> Result) throws -> Result {
    switch self {
    case .memory: return try body(MemoryObjects())
    case .local:
      return try withScratchDirectory(onDisk: true) {
        try body(LocalObjects(try Directory(opening: $0.path)))
      }
    case .plain:
      return try withScratchDirectory(onDisk: true) { scratch in
        let local = LocalObjects(try Directory(opening: scratch.path))
        return try body(FaultyObjects(local, failingAt: 0))
      }
    }
  }
}

/// Content of a test, and what gives it to a store.
struct Content: Sendable {
  let bytes: [UInt8]
  let digest: SHA256Digest

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    digest = SHA256Digest.of(bytes)
  }

  init(_ text: String) { self.init(Array(text.utf8)) }

  var size: UInt64 { UInt64(bytes.count) }

  /// At most `step` bytes at a time; calls `before` with the offset first.
  func source(
    step: Int = .max,
    before: @escaping (UInt64) throws(Failure) -> Void = { _ in }
  ) -> ObjectSource {
    { (offset, block) throws(Failure) in
      try before(offset)
      let start = min(bytes.count, Int(offset))
      let end = start + min(bytes.count - start, step)
      return unsafe block.append(bytes[start..<end].span.bytes)
    }
  }
}

extension ObjectStore {
  @discardableResult
  func admit(_ content: Content) throws(Failure) -> Bool {
    try admit(content.digest, size: content.size, from: content.source())
  }

  /// The bytes of a range, as the store gives them.
  func bytes(of digest: SHA256Digest, from offset: UInt64, limit: Int) throws -> [UInt8] {
    let block = Block(capacity: 1 << 16)
    let count = try read(digest, at: offset, limit: limit, into: block)
    #expect(count == block.count)
    return unsafe block.bytes.withUnsafeBytes { unsafe Array($0) }
  }

  /// Everything that is here.
  func all() throws -> [SHA256Digest] {
    var digests: [SHA256Digest] = []
    for bucket in UInt8.min...UInt8.max {
      try forEachObject(inBucket: bucket) { digests.append($0.digest) }
    }
    return digests
  }

  /// Whether there is nothing at all.
  func isEmpty() throws -> Bool { try all().isEmpty && strays().isEmpty }
}
