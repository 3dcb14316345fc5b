#if Network
private import Depot
internal import NIOCore
internal import SafeIO
private import Synchronization

extension Caller {
  /// Whether a login could help.
  func isStranger(_ access: AccessControl) -> Bool { name == nil && access.knowsUsers }
}

/// Who may do what at this server.
final class AccessControl: Sendable {
  /// What came of a look at who asks.
  enum Verdict: Sendable {
    case caller(Caller)
    /// The name, the password or the token is not right.
    case wrong
    /// Too many wrong ones came from there.
    case tooMany
    /// Everybody on the way could read what the client showed.
    case inClear
  }

  /// What is known at once.
  enum Answer: Sendable {
    case verdict(Verdict)
    /// A password must be checked: on a thread of its own.
    case unchecked
  }

  /// What operators settle.
  struct Settings: Sendable {
    /// The file of users; nil for a server without.
    var users: String?
    /// The file of rights; nil for none.
    var rights: String?
    /// Whether passwords may come over connections that others can read.
    var allowsClear = false
  }

  private struct State {
    var passwords = PasswordFile.none
    var rights: [String: Rights]?
    /// Costs as much as the check of a user's: who is unknown waits as long.
    var stranger: PasswordHash?
  }

  private let settings: Settings
  private let state: Mutex<State>
  private let tokens: KnownTokens
  private let tell: @Sendable (Note) -> Void
  private let sessions = LoginSessions()
  private let verified = VerifiedLogins()
  private let throttle = LoginThrottle()

  init(
    _ settings: Settings,
    tokens: KnownTokens,
    tell: @escaping @Sendable (Note) -> Void
  ) throws(Failure) {
    (self.settings, self.tokens, self.tell) = (settings, tokens, tell)
    state = Mutex(try AccessControl.read(settings))
  }

  /// Whether there are users who can log in.
  var knowsUsers: Bool { settings.users != nil }

  /// Reads users and rights anew; what is in use stays when they are not good.
  func reload() throws(Failure) {
    let fresh = try AccessControl.read(settings)
    state.withLock { $0 = fresh }
    verified.forget()
  }

  private static func read(_ settings: Settings) throws(Failure) -> State {
    var state = State()
    if let users = settings.users { state.passwords = try PasswordFile(users) }
    if let rights = settings.rights { state.rights = try RightsFile(rights).rights }
    state.stranger = state.passwords.users.min { $0.key < $1.key }?.value
    return state
  }

  /// Who asks, as far as that is known without the check of a password.
  ///
  /// Takes no time to speak of; nobody gets the rights of the server's own account this way.
  func reader(_ authorization: String?, _ peer: Peer) -> Answer {
    guard let credentials = ClaimedLogin(authorization) else {
      return .verdict(.caller(withoutPassword(peer)))
    }
    switch credentials {
    case .unreadable: return .verdict(knowsUsers ? .wrong : .caller(withoutPassword(peer)))
    case .token(let name, let digest): return .verdict(tokenHolder(name, digest, peer))
    case .password(let name, let password):
      // A server without users has no use for a password, right or wrong.
      guard knowsUsers else { return .verdict(.caller(withoutPassword(peer))) }
      guard isPrivate(peer) else { return .verdict(.inClear) }
      guard verified.have(name, password) else {
        return throttle.allows(source(peer, name)) ? .unchecked : .verdict(.tooMany)
      }
      return .verdict(.caller(named(name, peer)))
    }
  }

  /// Who asks for a change, or anything of the API and the pages.
  ///
  /// Takes as long as the check of a password, tens of milliseconds: on a thread of `Site.checking`.
  /// Where there are no users, processes of the server's own account and of root on this machine may
  /// do all.
  func check(_ authorization: String?, _ peer: Peer) -> Verdict {
    switch reader(authorization, peer) {
    case .unchecked: break
    case .verdict(.caller(let caller)) where caller.name == nil && !knowsUsers:
      return .caller(
        peer.isOwnProcess() ? Caller(name: nil, address: caller.address, rights: .all) : caller
      )
    case .verdict(let verdict): return verdict
    }
    guard case .password(let name, let password) = ClaimedLogin(authorization) else {
      return .wrong
    }
    return checkPassword(name, password, peer)
  }

  private func checkPassword(_ name: String, _ password: [UInt8], _ peer: Peer) -> Verdict {
    let round = verified.round
    let (hash, stranger) = state.withLock { ($0.passwords.users[name], $0.stranger) }
    guard let used = hash ?? stranger else { return refuse(name, peer) }
    let isRight = used.matches(password)
    guard isRight, hash != nil else { return refuse(name, peer) }
    verified.note(name, password, in: round)
    return .caller(named(name, peer))
  }

  /// What came of a form with a name and a password.
  enum LoginOutcome {
    /// They are right: this is what the browser is to carry.
    case session(String)
    case wrong
    case tooMany
    case inClear
  }

  /// Begins a session of the pages, where name and password are right.
  ///
  /// Takes as long as the check of a password; wrong ones are counted as those of requests are.
  func logIn(_ name: String, _ password: [UInt8], _ peer: Peer) -> LoginOutcome {
    guard isPrivate(peer) else { return .inClear }
    guard throttle.allows(source(peer, name)) else { return .tooMany }
    let hash = state.withLock { $0.passwords.users[name] }
    guard case .caller = checkPassword(name, password, peer), let hash else { return .wrong }
    return .session(sessions.begin(name, hash))
  }

  /// Whose session of the pages it is, with the rights that are there now; nil when it is over.
  ///
  /// A user who is gone from the file, or has another password there, has no session any more.
  func caller(session token: String, _ peer: Peer) -> Caller? {
    guard isPrivate(peer) else { return nil }
    let user = sessions.user(token) { name, password in
      state.withLock { $0.passwords.users[name] == password }
    }
    return user.map { named($0, peer) }
  }

  /// Ends a session of the pages.
  func logOut(session token: String) { sessions.end(token) }

  private func refuse(_ name: String, _ peer: Peer) -> Verdict {
    let source = source(peer, name)
    if throttle.fail(source) {
      let text = "many wrong passwords or tokens came from there; for a while none is looked at: "
      tell(Note(.warning, "wrong-passwords", text + Escaped.line(source, limit: 200)))
    }
    return .wrong
  }

  /// Behind a proxy on this machine all come from one address: there, each name counts for itself.
  private func source(_ peer: Peer, _ name: String?) -> String {
    peer.isHere ? "\(peer.address) \(name ?? "")" : peer.network
  }

  private func tokenHolder(_ name: String?, _ digest: SHA256Digest, _ peer: Peer) -> Verdict {
    guard isPrivate(peer) else { return .inClear }
    let source = source(peer, name)
    do throws(Failure) {
      guard let token = try tokens.find(digest, now: .now()), name == nil || name == token.name
      else {
        // A token cannot be guessed, but who tries is to be seen.
        guard throttle.allows(source) else { return .tooMany }
        return refuse(name ?? "", peer)
      }
      return .caller(
        Caller(name: "token:\(token.name)", address: peer.address, rights: token.rights)
      )
    } catch {
      tell(Note(.warning, error.code, FailureLine.text(error)))
      return .wrong
    }
  }

  private func isPrivate(_ peer: Peer) -> Bool { peer.isPrivate || settings.allowsClear }

  /// A client that shows a certificate is who that says; others are anybody.
  private func withoutPassword(_ peer: Peer) -> Caller {
    if let name = peer.certificateName { return named(name, peer) }
    return anybody(at: peer.address)
  }

  /// Somebody of whom nothing is known.
  func anybody(at address: String) -> Caller {
    let rights = state.withLock { state in
      state.rights.map { $0["*"] ?? .none } ?? (knowsUsers ? .none : .reading)
    }
    return Caller(name: nil, address: address, rights: rights)
  }

  /// Users have their own rights and everybody's; all may read where nobody has said who may what.
  private func named(_ name: String, _ peer: Peer) -> Caller {
    let rights = state.withLock { state in
      state.rights.map { ($0[name] ?? .none).joined($0["*"] ?? .none) } ?? .reading
    }
    return Caller(name: name, address: peer.address, rights: rights)
  }
}
#endif
