#if Network
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
private import NIOPosix
internal import SafeIO

/// Who answers what is no published file: the router of the API and of the pages.
struct SiteAnswers: Sendable {
  private let site: Site
  private let responder: RouterResponder<SiteContext>
  private let api: AptlyAPI

  init(_ site: Site) {
    self.site = site
    let router = Router(context: SiteContext.self)
    api = AptlyAPI(site)
    PageRoutes(site).addRoutes(to: router)
    responder = router.buildResponder()
  }

  /// What answers the requests of a client.
  func responder(_ peer: Peer) -> HTTPChannelHandler.Responder {
    { [site, responder, api] request, writer, channel in
      var context = SiteContext(
        source: ApplicationRequestContextSource(channel: channel, logger: SiteChannel.logger)
      )
      context.peer = peer
      context.knowsUsers = site.access.knowsUsers
      var response: Response
      guard !RequestOrigin.isForeign(request) else {
        let text = "403 Forbidden: this request comes from a page of another site\n"
        let refused = PageAnswer.plain(.forbidden, text)
        return try await writer.write(response: refused.head, body: refused.body)
      }
      peer.note(request)
      if AptlyAPI.isMeant(request.uri.path) {
        response = await api.respond(to: request, peer)
        if response.status == .unauthorized {
          response.headers[.wwwAuthenticate] = SiteContext.challenge
        }
        response.headers[.date] = HTTPDate.text(.now())
        response.headers[.server] = "aptferry"
        return try await writer.write(response: response.head, body: response.body)
      }
      do {
        // Before anything is looked for: who may not ask does not learn what there is.
        context.arrive(request, peer, site)
        context.caller = try await SiteAnswers.caller(request, context, peer, site)
        peer.user = context.caller?.text
        response = try await responder.respond(to: request, context: context)
      } catch let refused as PageRefusal {
        response = refused.response
      } catch let error as any HTTPResponseError {
        response = try error.response(from: request, context: context)
      } catch {
        response = Response(status: .internalServerError)
      }
      response.headers[.date] = HTTPDate.text(.now())
      response.headers[.server] = "aptferry"
      try await writer.write(response: response.head, body: response.body)
    }
  }
}

extension SiteAnswers {
  /// Who asks; refuses who is nobody that it knows.
  private static func caller(
    _ request: Request,
    _ context: SiteContext,
    _ peer: Peer,
    _ site: Site
  ) async throws -> Caller {
    if request.headers[.authorization] == nil, let token = context.session,
      let caller = site.access.caller(session: token, peer)
    {
      return caller
    }
    let authorization = request.headers[.authorization]
    let verdict = try await site.checking.runIfActive {
      site.access.check(authorization, peer)
    }
    switch verdict {
    case .caller(let caller):
      guard !caller.isStranger(site.access) || caller.rights != .none || context.isOpen else {
        throw PageRefusal(response: context.login)
      }
      return caller
    case .wrong: throw SiteContext.login
    case .tooMany: throw HTTPError(.tooManyRequests, headers: [.retryAfter: "60"])
    case .inClear:
      throw HTTPError(.forbidden, message: "passwords and tokens are taken over TLS only")
    }
  }
}

extension SiteContext {
  static let challenge = "Basic realm=\"aptferry\", charset=\"UTF-8\""

  /// Asks for a name and a password.
  static var login: HTTPError {
    HTTPError(.unauthorized, headers: [.wwwAuthenticate: challenge])
  }

  /// Notes what a request says of the browser that sends it.
  mutating func arrive(_ request: Request, _ peer: Peer, _ site: Site) {
    isSecure = LoginCookie.isSecure(request, peer, site)
    session = LoginCookie.token(request, isSecure: isSecure)
    let path = request.uri.path
    isOpen = site.access.knowsUsers && ["/-/login", "/-/style.css"].contains(path)
    let takesPages = request.headers[.accept]?.contains("text/html") ?? false
    if takesPages, path == "/-" || path.hasPrefix("/-/") {
      // A form that came too late is not sent again.
      target = request.method == .get ? path + (request.uri.query.map { "?" + $0 } ?? "") : "/-/"
    }
  }

  /// Sends a browser to the form; whoever else asks is asked for a name and a password.
  var login: Response {
    guard knowsUsers, let target else { return PageAnswer.login }
    return PageAnswer.seeOther("/-/login?to=" + DirectoryPage.encoded(target))
  }

  /// Refuses whoever has not this role at a prefix; with nil, at any.
  func require(_ role: Role, at prefix: String?) throws {
    guard let caller, caller.rights.allow(role, at: prefix) else {
      if knowsUsers, caller?.name == nil { throw SiteContext.login }
      throw HTTPError(.forbidden, message: "this needs the right to \(role.rawValue)")
    }
  }
}

/// An answer instead of the one that was asked for.
struct PageRefusal: Error {
  let response: Response
}

/// One request behind the files, with the client that sent it.
struct SiteContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Where the request comes from; set for each request that comes over a connection.
  var peer: Peer?
  /// Who asks; set when access was checked.
  var caller: Caller?
  /// Whether there are users who can log in.
  var knowsUsers = false
  /// What the browser carries of a session; nil for nothing.
  var session: String?
  /// Whether the browser has TLS.
  var isSecure = false
  /// Where a browser comes back to after its user has logged in; nil for who asks for no page.
  var target: String?
  /// Whether whoever asks may: for the form to log in.
  var isOpen = false

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
  }

  /// Uploads stream; what is collected has a limit of its own.
  var maxUploadSize: Int { 1 << 20 }
}
#endif
