private import Glibc
internal import SafeIO
private import Synchronization

/// Keeps all connections together below a rate, by making those that received wait.
final class RateLimit: Sendable {
  private let bytesPerSecond: Double
  private let watch = Stopwatch()
  /// When the bytes that were taken so far may have come, in seconds.
  private let due = Mutex(0.0)

  init(bytesPerSecond: UInt64) { self.bytesPerSecond = Double(max(1, bytesPerSecond)) }

  /// Waits until `count` more bytes may have come.
  func wait(for count: Int) throws(Failure) {
    let now = watch.seconds
    let until = due.withLock { due in
      // At most a fifth of a second may be made up for.
      due = max(due, now - 0.2) + Double(count) / bytesPerSecond
      return due
    }
    var left = until - now
    while left > 0 {
      try Interruption.check()
      usleep(useconds_t(min(left, 0.2) * 1_000_000))
      left = until - watch.seconds
    }
  }
}
