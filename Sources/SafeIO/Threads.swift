private import Glibc
private import Synchronization

/// Blocking work on threads of its own, structured: every thread has ended when a call returns.
package enum Threads {
  /// How many processors this process may use, at least one.
  package static let processors = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  /// Runs each job on a thread of its own and waits for all; throws the first failure of the
  /// first job that failed.
  ///
  /// A job that fails must make the others stop by itself (usually by cancelling their queue).
  package static func run(_ jobs: [@Sendable () throws(Failure) -> Void]) throws(Failure) {
    let firstError = Mutex<Failure?>(nil)
    let tasks = jobs.map { job in
      Work {
        do throws(Failure) {
          try job()
        } catch {
          firstError.withLock { if $0 == nil { $0 = error } }
        }
      }
    }
    do throws(Failure) {
      for task in tasks { try task.start() }
    } catch {
      // Those that have begun must still be waited for.
      firstError.withLock { $0 = error }
    }
    for task in tasks { task.join() }
    if let error = firstError.withLock({ $0 }) { throw error }
  }

  /// Runs `body` for each index of `0..<count`, on up to `width` threads, in no fixed order.
  ///
  /// After a failure no new index is begun; the first failure is thrown.
  package static func forEach(
    count: Int,
    width: Int = Threads.processors,
    _ body: @escaping @Sendable (Int) throws(Failure) -> Void
  ) throws(Failure) {
    guard count > 0 else { return }
    let next = Atomic<Int>(0)
    let failed = Atomic<Bool>(false)
    let shared = Shared(next: next, failed: failed)
    let worker: @Sendable () throws(Failure) -> Void = { () throws(Failure) in
      while !shared.failed.load(ordering: .relaxed) {
        let index = shared.next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do throws(Failure) {
          try body(index)
        } catch {
          shared.failed.store(true, ordering: .relaxed)
          throw error
        }
      }
    }
    try run(Array(repeating: worker, count: max(1, min(width, count))))
  }

  /// Runs `worker` on a thread of its own while `body` runs on this one, and waits for both.
  ///
  /// Whichever of the two fails must make the other stop by itself (by cancelling their queue).
  /// - Throws: what `worker` threw, else what `body` threw: a reader whose writer has failed sees
  ///   its input end too early, and what it says of that is not the reason.
  package static func beside<Value>(
    _ worker: @escaping @Sendable () throws(Failure) -> Void,
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let workerError = Mutex<Failure?>(nil)
    let shared = Holder(workerError)
    let task = Work {
      do throws(Failure) {
        try worker()
      } catch {
        shared.error.withLock { $0 = error }
      }
    }
    try task.start()
    let outcome: Result<Value, Failure>
    do throws(Failure) {
      outcome = .success(try body())
    } catch {
      outcome = .failure(error)
    }
    task.join()
    if let error = shared.error.withLock({ $0 }) { throw error }
    return try outcome.get()
  }

  private final class Holder: Sendable {
    let error: Mutex<Failure?>

    init(_ error: consuming Mutex<Failure?>) { self.error = error }
  }

  private final class Shared: Sendable {
    let next: Atomic<Int>
    let failed: Atomic<Bool>

    init(next: consuming Atomic<Int>, failed: consuming Atomic<Bool>) {
      self.next = next
      self.failed = failed
    }
  }

  /// One POSIX thread; the body is freed when it has run.
  private final class Work {
    private var handle: pthread_t = 0
    private var isStarted = false
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
      // A thread asks whether to stop on behalf of whoever started it.
      let interruption = Interruption.current
      self.body = { interruption.govern(body) }
    }

    func start() throws(Failure) {
      let box = unsafe Unmanaged.passRetained(Box(body))
      let code = unsafe pthread_create(
        &handle,
        nil,
        { raw in
          let box = unsafe Unmanaged<Box>.fromOpaque(raw.unsafelyUnwrapped).takeRetainedValue()
          box.body()
          return nil
        },
        box.toOpaque()
      )
      guard code == 0 else {
        unsafe box.release()
        throw Failure.system("start a thread", "this process", errno: code)
      }
      isStarted = true
    }

    func join() {
      if isStarted { pthread_join(handle, nil) }
    }
  }

  private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
