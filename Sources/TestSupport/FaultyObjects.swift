package import Objects
package import SafeIO
internal import Synchronization

/// A store that fails at one call of those that change it or make it durable.
///
/// Before that call and behind it, it is the store that it stands before, without the capabilities
/// of that one.
package final class FaultyObjects: ObjectStore {
  /// What every injected failure is called.
  package static let fault = Failure(.io, "injected", "the store failed, as it was told to")

  private let base: any ObjectStore
  private let failing: Int
  private let calls = Atomic<Int>(0)

  /// Fails at that call, counted from 1.
  package init(_ base: any ObjectStore, failingAt call: Int) {
    self.base = base
    failing = call
  }

  /// How many calls there were that count.
  package var count: Int { calls.load(ordering: .relaxed) }

  private func next() throws(Failure) {
    if calls.wrappingAdd(1, ordering: .relaxed).newValue == failing { throw FaultyObjects.fault }
  }

  package func contains(_ digest: SHA256Digest, size: UInt64) throws(Failure) -> Bool {
    try base.contains(digest, size: size)
  }

  package func size(of digest: SHA256Digest) throws(Failure) -> UInt64? {
    try base.size(of: digest)
  }

  package func read(
    _ digest: SHA256Digest,
    at offset: UInt64,
    limit: Int,
    into block: Block
  ) throws(Failure) -> Int {
    try base.read(digest, at: offset, limit: limit, into: block)
  }

  package func admit(
    _ digest: SHA256Digest,
    size: UInt64,
    from source: ObjectSource
  ) throws(Failure) -> Bool {
    try base.admit(digest, size: size) { (offset, block) throws(Failure) in
      try next()
      return try source(offset, block)
    }
  }

  package func list(
    bucket: UInt8,
    after last: SHA256Digest?,
    limit: Int
  ) throws(Failure) -> [ListedObject] {
    try base.list(bucket: bucket, after: last, limit: limit)
  }

  package func remove(_ digest: SHA256Digest) throws(Failure) -> Bool {
    try next()
    return try base.remove(digest)
  }

  package func sync() throws(Failure) {
    try next()
    try base.sync()
  }

  package func strays() throws(Failure) -> [String] { try base.strays() }

  package func describe(_ digest: SHA256Digest) -> String { base.describe(digest) }
}
