internal import CGPGME
private import Glibc
internal import SafeIO

/// Ends a gpgme operation that takes too long: hostile keys have made gpg compute for hours.
///
/// A thread waits on a pipe for as long as the operation may take. gpgme looks at the cancel flag
/// at least once a second, closes its pipes to gpg, and answers "canceled".
@safe struct TimeLimit: ~Copyable {
  private let reading: Int32
  private let writing: Int32
  private let thread: pthread_t

  /// Begins to count; `seconds` is how long the operations of the context may take.
  init(seconds: Int, _ context: gpgme_ctx_t) throws(Failure) {
    var ends: (Int32, Int32) = (-1, -1)
    let made = unsafe withUnsafeMutableBytes(of: &ends) { space in
      unsafe pipe(space.bindMemory(to: Int32.self).baseAddress)
    }
    guard made == 0 else { throw .system("make a pipe", "this process") }
    // gpg must not hold our ends open.
    _ = fcntl(ends.0, F_SETFD, FD_CLOEXEC)
    _ = fcntl(ends.1, F_SETFD, FD_CLOEXEC)
    let task = unsafe Unmanaged.passRetained(
      Task(
        descriptor: ends.0,
        milliseconds: Int32(clamping: seconds * 1000),
        context: UInt(bitPattern: context)
      )
    )
    var started = pthread_t()
    let code = unsafe pthread_create(
      &started,
      nil,
      { raw in
        if let raw = unsafe raw {
          unsafe Unmanaged<Task>.fromOpaque(raw).takeRetainedValue().run()
        }
        return nil
      },
      task.toOpaque()
    )
    guard code == 0 else {
      unsafe task.release()
      _ = close(ends.0)
      _ = close(ends.1)
      throw .system("start a thread", "this process", errno: code)
    }
    reading = ends.0
    writing = ends.1
    thread = started
  }

  deinit {
    // The end of the pipe is the sign that the operation is over.
    _ = close(writing)
    _ = pthread_join(thread, nil)
    _ = close(reading)
  }

  private final class Task: Sendable {
    let descriptor: Int32
    let milliseconds: Int32
    let context: UInt

    init(descriptor: Int32, milliseconds: Int32, context: UInt) {
      self.descriptor = descriptor
      self.milliseconds = milliseconds
      self.context = context
    }

    func run() {
      let clock = Stopwatch()
      while true {
        let left = Double(milliseconds) - clock.seconds * 1000
        var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let answer = unsafe poll(&waited, 1, Int32(max(0, left)))
        if answer < 0 && errno == EINTR { continue }
        if answer == 0, let context = unsafe gpgme_ctx_t(bitPattern: context) {
          _ = unsafe gpgme_cancel_async(context)
        }
        return
      }
    }
  }
}
