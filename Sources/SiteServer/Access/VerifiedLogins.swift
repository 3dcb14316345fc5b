#if Network
private import Crypto
internal import NIOCore
private import Synchronization

/// Passwords that were right a while ago: apt sends its password with every request, and a check
/// costs up to a tenth of a second.
///
/// Kept is a keyed digest, whose key is of this process and nowhere else.
final class VerifiedLogins: Sendable {
  private struct State {
    var known: [[UInt8]: NIODeadline] = [:]
    /// Grows when passwords may have changed: a check that began before then proves nothing.
    var round = 0
  }

  private let key = SymmetricKey(size: .bits256)
  private let state = Mutex(State())
  /// How long a password counts as checked.
  private static let lasting = TimeAmount.minutes(5)
  /// How many are kept; a site has fewer machines with names of their own.
  private static let most = 10_000

  /// Whether this password of this user was right.
  func have(_ name: String, _ password: [UInt8]) -> Bool {
    let digest = digest(name, password)
    return state.withLock { ($0.known[digest] ?? .distantPast) > .now() }
  }

  /// Which passwords count now.
  var round: Int { state.withLock { $0.round } }

  /// Notes a password that was right in that round.
  func note(_ name: String, _ password: [UInt8], in round: Int) {
    let digest = digest(name, password)
    state.withLock { state in
      guard state.round == round else { return }
      if state.known.count >= VerifiedLogins.most {
        let now = NIODeadline.now()
        state.known = state.known.filter { $0.value > now }
        if state.known.count >= VerifiedLogins.most { state.known.removeAll() }
      }
      state.known[digest] = .now() + VerifiedLogins.lasting
    }
  }

  /// Forgets all: the passwords may be others now.
  func forget() {
    state.withLock { state in
      state.known.removeAll()
      state.round += 1
    }
  }

  private func digest(_ name: String, _ password: [UInt8]) -> [UInt8] {
    // No name has a NUL, so that the two cannot flow into each other.
    Array(HMAC<SHA256>.authenticationCode(for: Array(name.utf8) + [0] + password, using: key))
  }
}
#endif
