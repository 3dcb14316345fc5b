#if Network
private import Glibc
internal import SafeIO
private import Synchronization

/// How many requests go on at a time: half as many when the store asks to slow down, one more after
/// a while in which it did not.
final class StorePace: Sendable {
  private struct State {
    var limit: Int
    var active = 0
    var successes = 0
  }

  private let most: Int
  private let state: Mutex<State>
  /// Successes after which one more goes on.
  private static let step = 64

  init(most: Int) {
    self.most = max(1, most)
    state = Mutex(State(limit: max(1, most)))
  }

  /// How many may go on now.
  var limit: Int { state.withLock(\.limit) }

  /// Waits until one more may go on.
  func enter() throws(Failure) {
    while true {
      let isIn = state.withLock { state in
        guard state.active < state.limit else { return false }
        state.active += 1
        return true
      }
      if isIn { return }
      try Interruption.check()
      usleep(5000)
    }
  }

  /// Says that one has ended, and whether the store wants less.
  func leave(isSlowedDown: Bool) {
    state.withLock { state in
      state.active -= 1
      if isSlowedDown {
        state.limit = max(1, state.limit / 2)
        state.successes = 0
      } else if state.limit < most {
        state.successes += 1
        if state.successes >= StorePace.step {
          state.limit += 1
          state.successes = 0
        }
      }
    }
  }
}
#endif
