private import CLinux
private import Glibc
private import Synchronization

/// A request to stop in an orderly way: long work asks between blocks and files.
///
/// A signal stops everything that the process does; a request stops the work that it belongs to, and
/// nothing else of the same process. The threads of `Threads` ask on behalf of whoever started them.
package final class Interruption: Sendable {
  /// Why work is to stop.
  package enum Cause: Int, Sendable {
    /// A person asked: exit status 130.
    case interrupted = 1
    /// Whoever runs the process asked: exit status 143.
    case terminated
  }

  /// The one that the work of this thread or task asks.
  @TaskLocal package static var current = Interruption()

  private let cause = Atomic<Int>(0)

  package init() {}

  /// Begins to watch SIGINT, SIGTERM and SIGHUP; SIGPIPE and SIGXFSZ become ordinary write errors.
  ///
  /// For a program at its start only.
  package static func watch() { clinux_watch_signals() }

  /// Throws when the work that calls this is to stop.
  package static func check() throws(Failure) { try current.check() }

  /// Asks the work to stop; the first cause counts.
  package func request(_ cause: Cause) {
    _ = self.cause.compareExchange(expected: 0, desired: cause.rawValue, ordering: .relaxed)
  }

  /// Runs work that asks this one.
  package func govern<Value, Fault: Error>(
    _ work: () throws(Fault) -> Value
  ) throws(Fault) -> Value {
    let outcome: Result<Value, Fault> = Interruption.$current.withValue(self) {
      do throws(Fault) {
        return .success(try work())
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  /// Throws when a signal has come or somebody has asked: exit status 130 or 143.
  package func check() throws(Failure) {
    switch clinux_pending_signal() {
    case 0: break
    case SIGINT: throw Interruption.stopped(.interrupted)
    default: throw Interruption.stopped(.terminated)
    }
    guard let cause = Cause(rawValue: cause.load(ordering: .relaxed)) else { return }
    throw Interruption.stopped(cause)
  }

  private static func stopped(_ cause: Cause) -> Failure {
    Failure(
      cause == .interrupted ? .interrupted : .terminated,
      "signal",
      cause == .interrupted ? "interrupted" : "terminated by a signal",
      hint: "run the same command again; what was finished is used again"
    )
  }
}
