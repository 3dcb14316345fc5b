#if Network
internal import NIOCore
private import Synchronization

/// Counts wrong passwords by where they come from, so that nobody can try many.
///
/// Ten are free; then one more each six seconds. Whoever has the right password of before is not
/// concerned: what was checked before is not counted here.
final class LoginThrottle: Sendable {
  private struct Count {
    var failures = 0.0
    var since = NIODeadline.now()
    var isTold = false
  }

  private let counts = Mutex<[String: Count]>([:])
  private static let free = 10.0
  private static let secondsEach = 6.0
  private static let most = 10_000

  /// Whether a password from there may be looked at.
  func allows(_ source: String) -> Bool {
    counts.withLock { counts in
      guard let count = counts[source] else { return true }
      return LoginThrottle.left(count).rounded(.up) < LoginThrottle.free
    }
  }

  /// Counts a wrong one; true when it is the one too many, for the operator to hear of once.
  func fail(_ source: String) -> Bool {
    counts.withLock { counts in
      if counts.count >= LoginThrottle.most {
        counts = counts.filter { LoginThrottle.left($0.value) > 0 }
        // An attacker with so many addresses: the ones that have tried most stay.
        if counts.count >= LoginThrottle.most {
          counts = counts.filter { LoginThrottle.left($0.value) > LoginThrottle.free / 2 }
        }
      }
      var count = counts[source] ?? Count()
      let before = LoginThrottle.left(count)
      if before == 0 { count.isTold = false }
      count.failures = before + 1
      count.since = .now()
      let isNews = count.failures.rounded(.up) >= LoginThrottle.free && !count.isTold
      if isNews { count.isTold = true }
      counts[source] = count
      return isNews
    }
  }

  private static func left(_ count: Count) -> Double {
    let passed = Double((NIODeadline.now() - count.since).nanoseconds) / 1_000_000_000
    return max(0, count.failures - passed / secondsEach)
  }
}
#endif
