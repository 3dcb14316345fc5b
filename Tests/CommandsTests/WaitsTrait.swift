import Foundation
import Synchronization
import Testing

/// Marks tests that mostly wait: for time limits, or for programs that they start.
///
/// They run on two threads of their own. A test that waits would hold one of the few threads that
/// all tests share, one for each processor, and the processor would have nothing to do.
struct WaitsTrait: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  @concurrent
  func provideScope(
    for test: Test,
    testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    try await withTaskExecutorPreference(WaitingThreads.shared) { try await function() }
  }
}

extension Trait where Self == WaitsTrait {
  /// This mostly waits.
  static var waits: WaitsTrait { WaitsTrait() }
}

/// Up to two threads, that end when nothing is to be done.
private final class WaitingThreads: TaskExecutor {
  static let shared = WaitingThreads()

  private struct State {
    var jobs: [UnownedJob] = []
    var threads = 0
  }

  private let state = Mutex(State())

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let wantsThread = state.withLock { state in
      state.jobs.append(job)
      guard state.threads < 2 else { return false }
      state.threads += 1
      return true
    }
    if wantsThread { Thread.detachNewThread { self.work() } }
  }

  private func work() {
    while let job = next() { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  private func next() -> UnownedJob? {
    state.withLock { state in
      if state.jobs.isEmpty {
        state.threads -= 1
        return nil
      }
      return state.jobs.removeFirst()
    }
  }
}
