internal import CGPGME
private import Glibc
internal import SafeIO
private import Synchronization

/// Ends a gpg that takes too long, or writes more than its answers are worth.
///
/// A thread watches while the operation runs. gpgme itself waits for ever on a gpg that says
/// nothing (it looks at its cancel flag only when gpg writes), so the processes are ended: then the
/// pipes close, and gpgme comes back with some error.
@safe struct TimeLimit: ~Copyable {
  /// Why the operation was ended.
  enum Reason: Sendable {
    case time, size, signal
  }

  private let reading: Int32
  private let writing: Int32
  private let thread: pthread_t
  private let watch: Watch

  /// Runs an operation that starts gpg (or `program`); throws when it had to be ended.
  ///
  /// `mark` stands in the command line of what the operation starts, and of nothing else: the
  /// directory of its keyring.
  static func run<Result>(
    seconds: Int,
    mark: String,
    program: String = Engine.program,
    context: gpgme_ctx_t? = nil,
    _ operation: () -> Result
  ) throws(Failure) -> Result {
    let limit = unsafe try TimeLimit(seconds: seconds, mark, context)
    let result = ChildProcesses.marked(mark) { operation() }
    guard let reason = limit.finish() else { return result }
    switch reason {
    case .signal:
      try Interruption.check()
      return result
    case .time: throw .hangs(program, "did not answer within \(seconds) seconds")
    case .size: throw .hangs(program, "writes without end")
    }
  }

  private init(seconds: Int, _ mark: String, _ context: gpgme_ctx_t?) throws(Failure) {
    var ends: (Int32, Int32) = (-1, -1)
    let made = unsafe withUnsafeMutableBytes(of: &ends) { space in
      unsafe pipe(space.bindMemory(to: Int32.self).baseAddress)
    }
    guard made == 0 else { throw .system("make a pipe", "this process") }
    // gpg must not hold our ends open.
    _ = fcntl(ends.0, F_SETFD, FD_CLOEXEC)
    _ = fcntl(ends.1, F_SETFD, FD_CLOEXEC)
    let watched = Watch(
      descriptor: ends.0,
      seconds: Double(seconds),
      mark: mark,
      context: UInt(bitPattern: context)
    )
    let task = unsafe Unmanaged.passRetained(watched)
    var started = pthread_t()
    let code = unsafe pthread_create(
      &started,
      nil,
      { raw in
        if let raw = unsafe raw {
          unsafe Unmanaged<Watch>.fromOpaque(raw).takeRetainedValue().run()
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
    watch = watched
  }

  /// Says that the operation is over; answers why it was ended, if it was.
  private consuming func finish() -> Reason? {
    // The end of the pipe is the sign.
    _ = close(writing)
    _ = pthread_join(thread, nil)
    _ = close(reading)
    return watch.reason.withLock { $0 }
  }

  private final class Watch: Sendable {
    let descriptor: Int32
    let seconds: Double
    let mark: String
    let context: UInt
    let interruption = Interruption.current
    let reason = Mutex<Reason?>(nil)

    /// How many bytes the processes of an operation may write: gpgme keeps much of it in memory.
    ///
    /// gpg's answers are below 1 MiB, and an InRelease that it unpacks is below 64 MiB.
    private static let sizeLimit = 256 << 20

    init(descriptor: Int32, seconds: Double, mark: String, context: UInt) {
      self.descriptor = descriptor
      self.seconds = seconds
      self.mark = mark
      self.context = context
    }

    func run() {
      let clock = Stopwatch()
      while true {
        var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waited, 1, 100) <= 0 else { return }
        if let found = excess(after: clock.seconds) { return end(found) }
      }
    }

    private func excess(after passed: Double) -> Reason? {
      do { try interruption.check() } catch { return .signal }
      if passed >= seconds { return .time }
      return ChildProcesses.written(marked: mark) > Watch.sizeLimit ? .size : nil
    }

    private func end(_ found: Reason) {
      reason.withLock { $0 = found }
      if let context = unsafe gpgme_ctx_t(bitPattern: context) {
        _ = unsafe gpgme_cancel_async(context)
      }
      ChildProcesses.end(marked: mark)
    }
  }
}

extension Failure {
  fileprivate static func hangs(_ program: String, _ what: String) -> Failure {
    Failure(
      .configuration,
      "gnupg-time",
      "\(program) \(what), and was ended",
      subject: program,
      hint: "check that this program, its agent and its token work (run \(program) by hand);"
        + " if they do, look where the keys or signatures come from: they may be made to keep it busy"
    )
  }
}
