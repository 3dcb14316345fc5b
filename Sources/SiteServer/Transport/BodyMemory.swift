#if Network
private import Synchronization

/// How much memory the bodies of requests have together: each may be within its own limit, and all
/// of them too much.
final class BodyMemory: Sendable {
  private let taken = Mutex(0)
  private let most: Int

  /// For so many bytes.
  init(_ most: Int) { self.most = most }

  /// Takes some of it; false when that is not left.
  func take(_ count: Int) -> Bool {
    taken.withLock { taken in
      guard count <= most - taken else { return false }
      taken += count
      return true
    }
  }

  /// Gives back what was taken.
  func give(_ count: Int) { taken.withLock { $0 -= count } }
}
#endif
