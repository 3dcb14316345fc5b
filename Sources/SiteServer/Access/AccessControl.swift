#if Network
internal import SafeIO

/// Who may do what at this server.
final class AccessControl: Sendable {
  /// What is known of a request without looking at a password.
  enum Answer: Sendable {
    case caller(Caller)
    /// A password must be checked: on a thread of its own.
    case unchecked
  }

  /// Whether there are users who can log in.
  let knowsUsers = false

  init() {}

  /// Who wants to read, as far as that is known at once.
  ///
  /// Where no users are named, everybody reads.
  func reader(_ authorization: String?, _ peer: Peer) -> Answer {
    .caller(Caller(name: nil, address: peer.address, rights: .reading))
  }

  /// Who asks, after the password was checked; nil when it is wrong.
  ///
  /// Takes tens of milliseconds.
  ///
  /// Where no users are named, only processes of the server's own account on this machine change
  /// anything.
  func check(_ authorization: String?, _ peer: Peer) -> Caller? {
    Caller(
      name: nil,
      address: peer.address,
      rights: peer.isOwnProcess() ? .all : .reading
    )
  }
}
#endif
