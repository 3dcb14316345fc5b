#if Network
internal import Documents
internal import Hummingbird
private import NIOCore
private import NIOPosix
internal import SafeIO

/// Logging in with a form, and out.
struct LoginRoutes: Sendable {
  private let site: Site

  init(_ site: Site) { self.site = site }

  /// Adds the routes; a server without users has none.
  func addRoutes(to router: Router<SiteContext>) {
    guard site.access.knowsUsers else { return }
    router.get("/-/login") { request, context in
      let target = LoginRoutes.local(
        request.uri.query.flatMap { FormFields($0)["to"] } ?? ""
      )
      return form(context, target)
    }
    router.post("/-/login") { request, context in try await logIn(request, context) }
    router.post("/-/logout") { request, context in try await logOut(request, context) }
  }

  private func form(
    _ context: SiteContext,
    _ target: String,
    _ trouble: String? = nil,
    _ status: HTTPResponse.Status = .ok
  ) -> Response {
    let text = LoginPage.text(
      target: target,
      token: site.formTokens.token(for: site.access.anybody(at: context.peer?.address ?? "")),
      trouble: trouble,
      now: .now()
    )
    var answer = PageAnswer.html(text)
    answer.status = status
    return answer
  }

  private func logIn(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let peer = context.peer else { return PageAnswer.login }
    let fields = FormFields(String(buffer: try await request.body.collect(upTo: 1 << 14)))
    let target = LoginRoutes.local(fields["to"] ?? "")
    guard site.formTokens.accept(fields["token"] ?? "", from: site.access.anybody(at: peer.address))
    else { return form(context, target, "This form is too old: try again.", .forbidden) }
    let (name, password) = (fields["name"] ?? "", Array((fields["password"] ?? "").utf8))
    let access = site.access
    let outcome = try await site.checking.runIfActive { access.logIn(name, password, peer) }
    switch outcome {
    case .session(let token):
      peer.user = name
      // Whatever session the browser had is another one's from now on.
      if let old = context.session { access.logOut(session: old) }
      var answer = PageAnswer.seeOther(target)
      answer.headers[.setCookie] = LoginCookie.set(token, isSecure: context.isSecure)
      return answer
    case .wrong:
      return form(context, target, "The name or the password is not right.", .forbidden)
    case .tooMany:
      let text = "Too many wrong passwords came from there; wait a minute."
      var answer = form(context, target, text, .tooManyRequests)
      answer.headers[.retryAfter] = "60"
      return answer
    case .inClear:
      let text = "Passwords are taken over TLS only: open this page with https."
      return form(context, target, text, .forbidden)
    }
  }

  private func logOut(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = FormFields(String(buffer: try await request.body.collect(upTo: 1 << 14)))
    guard let caller = context.caller, site.formTokens.accept(fields["token"] ?? "", from: caller)
    else { return PageAnswer.seeOther("/-/login") }
    if let token = context.session { site.access.logOut(session: token) }
    var answer = PageAnswer.seeOther("/-/login")
    answer.headers[.setCookie] = LoginCookie.clear(isSecure: context.isSecure)
    return answer
  }

  /// A page of this server; whatever else somebody put there leads to the first page.
  static func local(_ target: String) -> String {
    let isPage = target == "/-" || target.hasPrefix("/-/")
    let isPlain = target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x5c }
    let isForm = target.hasPrefix("/-/login") || target.hasPrefix("/-/logout")
    return isPage && isPlain && !isForm && target.utf8.count < 2000 ? target : "/-/"
  }
}
#endif
