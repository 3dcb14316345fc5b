#if Network
internal import NIOPosix

/// The one place where the API asks whether somebody may do something.
struct APIGate: Sendable {
  private let site: Site

  init(_ site: Site) { self.site = site }

  /// Who asks.
  func caller(_ authorization: String?, _ peer: Peer) async throws -> Caller {
    let access = site.access
    let verdict = try await site.checking.runIfActive { access.check(authorization, peer) }
    switch verdict {
    case .caller(let caller): return caller
    case .wrong: throw APIRefusal(401, "the name, the password or the token is not right")
    case .tooMany: throw APIRefusal(429, "too many wrong passwords came from there; wait a minute")
    case .inClear: throw APIRefusal(403, "passwords and tokens are taken over TLS only")
    }
  }

  /// Refuses what the caller may not do.
  ///
  /// What only tells of the whole depot needs `read` everywhere, or a right to change something;
  /// a publication needs `read` or `release` at its prefix. Publications are changed with `release` at
  /// their prefix, everything else with `operate`.
  func check(_ call: APICall) throws(APIRefusal) {
    let (role, prefix) = APIGate.need(of: call)
    let rights = call.caller.rights
    guard !rights.allow(role, at: prefix) else { return }
    if role == .read, rights.allow(.operate, at: nil) { return }
    // Who changes one publication chooses among all snapshots, and sees no other publication.
    if role == .read, rights.allow(.release, at: prefix == "*" ? nil : prefix) { return }
    let place = prefix.map { " at \($0)" } ?? ""
    guard call.caller.name == nil, site.access.knowsUsers else {
      throw APIRefusal(
        403,
        "this caller may not do that: it needs the right “\(role.rawValue)”\(place)"
      )
    }
    throw APIRefusal(401, "log in first: this needs the right “\(role.rawValue)”\(place)")
  }

  /// The right that a request needs, and where; nil for anywhere.
  static func need(of call: APICall) -> (role: Role, prefix: String?) {
    guard let (route, parameters) = APIRoute.find(call) else {
      return call.method == "GET" ? (.read, "*") : (.operate, nil)
    }
    switch route.need {
    case .readAnywhere: return (.read, nil)
    case .readEverywhere: return (.read, "*")
    case .readThere: return (.read, APIPrefix(parameters.first ?? "").house)
    case .operate: return (.operate, nil)
    case .releaseThere: return (.release, APIPrefix(parameters.first ?? "").house)
    }
  }
}
#endif
