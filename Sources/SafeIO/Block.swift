private import Glibc

/// A page-aligned buffer that is filled, handed from thread to thread and used again.
///
/// Only one thread writes to a block at a time; the queue that hands it over orders the accesses.
// Unchecked: the storage is a raw pointer; who holds the block from the queue is its only user.
@safe package final class Block: @unchecked Sendable {
  /// How many bytes fit, in bytes.
  package let capacity: Int
  /// How many bytes are valid.
  package private(set) var count = 0
  /// Where the bytes lie, `capacity` of them, as long as the block lives: for C libraries that work on many
  /// blocks at once.
  @unsafe package let storage: UnsafeMutableRawPointer

  /// The size that is used where nothing speaks for another: a system call costs little beside it, and
  /// who reads, hashes and writes a block finds it in the processor's second-level cache.
  package static let standardCapacity = 1 << 18

  package init(capacity: Int = Block.standardCapacity) {
    self.capacity = capacity
    unsafe storage = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 4096)
  }

  deinit { unsafe storage.deallocate() }

  /// How many more bytes fit.
  package var room: Int { capacity - count }

  /// Forgets the contents.
  package func clear() { count = 0 }

  /// Says that somebody wrote the first `count` bytes at `storage`.
  package func setCount(_ count: Int) {
    precondition(count >= 0 && count <= capacity)
    self.count = count
  }

  /// The valid bytes.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let buffer = unsafe UnsafeRawBufferPointer(start: storage, count: count)
      let span = unsafe RawSpan(_unsafeBytes: buffer)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Appends as many of the bytes as fit; answers how many did.
  package func append(_ source: RawSpan) -> Int {
    let length = min(room, source.byteCount)
    guard length > 0 else { return 0 }
    unsafe source.withUnsafeBytes { buffer in
      unsafe (storage + count).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: buffer[0..<length]).baseAddress.unsafelyUnwrapped,
        byteCount: length
      )
    }
    count += length
    return length
  }

  /// Appends as many zero bytes as fit, at most `length`; answers how many did.
  package func appendZeros(_ length: Int) -> Int {
    let length = min(room, length)
    unsafe (storage + count).initializeMemory(as: UInt8.self, repeating: 0, count: length)
    count += length
    return length
  }

  /// Lets `fill` write into the free part, at most `limit` bytes; it answers how many it wrote.
  package func fill(
    limit: Int = .max,
    _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    let free = unsafe UnsafeMutableRawBufferPointer(
      start: storage + count,
      count: min(room, limit)
    )
    let written = unsafe try fill(free)
    precondition(written >= 0 && written <= free.count)
    count += written
    return written
  }
}
