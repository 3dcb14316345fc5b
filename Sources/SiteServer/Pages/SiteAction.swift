#if Network
internal import Hummingbird
internal import NIOCore
internal import SafeIO

/// A form of a page that came back: whoever sent it must have had it from this server, and be allowed
/// to do what it asks for.
struct SiteAction: Sendable {
  private let site: Site
  private let role: Role
  private let prefix: String?

  init(_ site: Site, _ role: Role, at prefix: String?) {
    (self.site, self.role, self.prefix) = (site, role, prefix)
  }

  /// Does what the form says, when it is the caller's to do.
  func answer(
    _ request: Request,
    _ context: SiteContext,
    _ perform: (FormFields, Caller) async throws -> Response
  ) async throws -> Response {
    guard let caller = context.caller, caller.rights.allow(role, at: prefix) else {
      return context.caller?.name == nil && site.access.knowsUsers
        ? context.login : PageAnswer.plain(.forbidden, "403 Forbidden\n")
    }
    let body = try await request.body.collect(upTo: 1 << 16)
    // Of a form that broke off a name or a number could be the beginning of another one.
    guard context.peer?.hasWholeRequest ?? false else {
      return PageAnswer.plain(.badRequest, "400 Bad Request: the form broke off. Send it again.\n")
    }
    let fields = FormFields(String(buffer: body))
    guard site.formTokens.accept(fields["token"] ?? "", from: caller) else {
      return PageAnswer.plain(
        .forbidden,
        "403 Forbidden: this form is not of a page of this server, or the server was started "
          + "anew since. Open the page again.\n"
      )
    }
    do {
      return try await perform(fields, caller)
    } catch let failure as Failure {
      return PageAnswer.refused(failure)
    } catch let refusal as APIRefusal {
      return PageAnswer.plain(.init(code: refusal.status), refusal.text + "\n")
    }
  }
}
#endif
