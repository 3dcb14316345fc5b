#if Network
internal import NIOCore
internal import SafeIO
private import Synchronization

/// Who has logged in with the form.
///
/// A browser carries a random text that says nothing but which entry here is its own; kept is its
/// digest.
final class LoginSessions: Sendable {
  private struct Entry {
    let user: String
    /// The password as the file of users had it: another one there ends the session.
    let password: PasswordHash
    let begun = NIODeadline.now()
    var used = NIODeadline.now()

    var isOver: Bool {
      let now = NIODeadline.now()
      return now - used > LoginSessions.idle || now - begun > LoginSessions.whole
    }
  }

  /// How long a session lasts without a request.
  static let idle = TimeAmount.minutes(30)
  /// How long it lasts at most.
  static let whole = TimeAmount.hours(12)
  /// How many there are at most, and how many of one user: the oldest go.
  private static let most = 10_000
  private static let mostEach = 20

  private let entries = Mutex<[SHA256Digest: Entry]>([:])

  /// Begins a session of a user whose password was right; answers what the browser is to carry.
  func begin(_ user: String, _ password: PasswordHash) -> String {
    var bytes: [UInt8] = []
    for _ in 0..<32 { bytes.append(UInt8.random(in: .min ... .max)) }
    let token = SHA256Digest.of(bytes).hex
    entries.withLock { entries in
      entries = entries.filter { !$0.value.isOver }
      let own = entries.filter { $0.value.user == user }
      if own.count >= LoginSessions.mostEach { LoginSessions.dropOldest(own, of: &entries) }
      if entries.count >= LoginSessions.most { LoginSessions.dropOldest(entries, of: &entries) }
      entries[LoginSessions.key(token)] = Entry(user: user, password: password)
    }
    return token
  }

  /// Whose session it is, when that goes on; `isCurrent` says whether a password still counts.
  func user(_ token: String, isCurrent: (String, PasswordHash) -> Bool) -> String? {
    let key = LoginSessions.key(token)
    guard let entry = entries.withLock({ $0[key] }) else { return nil }
    guard !entry.isOver, isCurrent(entry.user, entry.password) else {
      entries.withLock { $0[key] = nil }
      return nil
    }
    entries.withLock { $0[key]?.used = .now() }
    return entry.user
  }

  /// Ends a session.
  func end(_ token: String) { entries.withLock { $0[LoginSessions.key(token)] = nil } }

  private static func key(_ token: String) -> SHA256Digest { .of(Array(token.utf8)) }

  private static func dropOldest(
    _ some: [SHA256Digest: Entry],
    of entries: inout [SHA256Digest: Entry]
  ) {
    guard let oldest = some.min(by: { $0.value.used < $1.value.used }) else { return }
    entries[oldest.key] = nil
  }
}
#endif
