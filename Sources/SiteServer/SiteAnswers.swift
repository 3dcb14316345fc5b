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

  init(_ site: Site) {
    self.site = site
    let router = Router(context: SiteContext.self)
    AptlyAPI(site).addRoutes(to: router)
    PageRoutes(site).addRoutes(to: router)
    responder = router.buildResponder()
  }

  /// What answers the requests of a client.
  func responder(_ peer: Peer) -> HTTPChannelHandler.Responder {
    { [site, responder] request, writer, channel in
      var context = SiteContext(
        source: ApplicationRequestContextSource(channel: channel, logger: SiteChannel.logger)
      )
      context.peer = peer
      let authorization = request.headers[.authorization]
      context.caller = try await site.threads.runIfActive {
        site.access.check(authorization, peer)
      }
      var response: Response
      do {
        response = try await responder.respond(to: request, context: context)
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

/// One request behind the files, with the client that sent it.
struct SiteContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Where the request comes from; set for each request that comes over a connection.
  var peer: Peer?
  /// Who asks; set when access was checked.
  var caller: Caller?

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
  }

  /// Uploads stream; what is collected has a limit of its own.
  var maxUploadSize: Int { 1 << 20 }
}
#endif
