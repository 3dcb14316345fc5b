private import CLinux
private import Glibc

/// Locks on single bytes of a file, each one a name that processes agree on; the bytes need not
/// exist.
///
/// A lock belongs to this open file and is released by the kernel when the process ends in any
/// way, so that whether a byte is locked says whether its holder is alive.
package struct ByteLocks: ~Copyable, Sendable {
  private let file: OpenFile

  // Closing is not enough: a child that another thread has just forked (for gpg) holds the same
  // open file until its exec, and with it the locks.
  deinit { _ = clinux_unlock_bytes(file.descriptor) }

  /// Takes the file over: open for writing, unless locks are only to be shared or asked for.
  package init(_ file: consuming OpenFile) { self.file = file }

  /// Takes a lock when nobody has it; false otherwise.
  package func tryLock(_ byte: UInt64, isShared: Bool = false) throws(Failure) -> Bool {
    let offset = try offset(of: byte)
    let descriptor = file.descriptor
    if retrying({ clinux_lock_byte(descriptor, offset, isShared ? 0 : 1) }) == 0 { return true }
    guard errno == EAGAIN || errno == EACCES else { throw .system("lock", file.name) }
    return false
  }

  /// Takes a lock, waiting for it up to this many seconds; false when it could not be had.
  package func lock(
    _ byte: UInt64,
    isShared: Bool = false,
    within seconds: Double
  ) throws(Failure) -> Bool {
    let watch = Stopwatch()
    while try !tryLock(byte, isShared: isShared) {
      if watch.seconds > seconds { return false }
      usleep(2000)
    }
    return true
  }

  /// Gives a lock back.
  package func unlock(_ byte: UInt64) throws(Failure) {
    guard clinux_unlock_byte(file.descriptor, try offset(of: byte)) == 0 else {
      throw .system("unlock", file.name)
    }
  }

  /// Whether somebody else has the lock.
  package func isLocked(_ byte: UInt64) throws(Failure) -> Bool {
    let answer = clinux_is_byte_locked(file.descriptor, try offset(of: byte))
    guard answer >= 0 else { throw .system("ask for a lock of", file.name) }
    return answer == 1
  }

  private func offset(of byte: UInt64) throws(Failure) -> Int64 {
    guard let offset = Int64(exactly: byte) else { throw .system("lock", file.name, errno: EINVAL) }
    return offset
  }
}
