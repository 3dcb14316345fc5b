#if Network
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import SafeIO

/// Who answers what is no published file: the router of the API and of the pages.
struct SiteAnswers: Sendable {
  private let responder: RouterResponder<SiteContext>
  private let api: AptlyAPI

  init(_ site: Site) {
    let router = Router(context: SiteContext.self)
    api = AptlyAPI(site)
    responder = router.buildResponder()
  }

  /// What answers the requests of a client.
  func responder(_ peer: Peer) -> HTTPChannelHandler.Responder {
    { [responder, api] request, writer, channel in
      var context = SiteContext(
        source: ApplicationRequestContextSource(channel: channel, logger: SiteChannel.logger)
      )
      context.peer = peer
      var response: Response
      if AptlyAPI.isMeant(request.uri.path) {
        response = await api.respond(to: request, peer)
        response.headers[.date] = HTTPDate.text(.now())
        response.headers[.server] = "aptferry"
        return try await writer.write(response: response.head, body: response.body)
      }
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
