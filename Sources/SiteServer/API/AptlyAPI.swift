#if Network
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import NIOPosix
internal import Operations
internal import SafeIO

/// The REST API that automation for aptly speaks, below `/api/`.
struct AptlyAPI: Sendable {
  /// The version that it reports: scripts parse its first three numbers and expect its routes.
  static let version = "1.6.3"

  let site: Site

  init(_ site: Site) { self.site = site }

  /// Whether a request is one for the API.
  static func isMeant(_ path: String) -> Bool {
    path == "/api" || path.hasPrefix("/api/") || path == "/metrics"
  }

  /// Answers a request.
  func respond(to request: Request, _ peer: Peer) async -> Response {
    site.metrics.beginCall()
    let reply: APIReply
    do {
      reply = try await self.reply(to: request, peer)
    } catch {
      reply = APIReply(APIRefusal(any: error))
    }
    site.metrics.endCall(request.method.rawValue, AptlyAPI.route(request)?.path, reply.status)
    return APIResponse.response(reply)
  }

  /// The parts of a path below `/api/`; the metrics are at a place that watchers know, too.
  private static func parts(_ request: Request) -> [String]? {
    let path = request.uri.path
    return path == "/metrics" ? ["metrics"] : APICall.parts(path.dropFirst("/api/".count))
  }

  private static func route(_ request: Request) -> APIRoute? {
    guard let parts = parts(request) else { return nil }
    let nobody = Caller(name: nil, address: "", rights: .none)
    let call = APICall(method: request.method.rawValue, path: parts, query: [], caller: nobody)
    return APIRoute.find(call)?.route
  }

  private func reply(to request: Request, _ peer: Peer) async throws -> APIReply {
    guard let parts = AptlyAPI.parts(request) else {
      throw APIRefusal(400, "the path is not encoded as it should be")
    }
    let gate = APIGate(site)
    let caller = try await gate.caller(request.headers[.authorization], peer)
    peer.user = caller.text
    var call = APICall(
      method: request.method.rawValue,
      path: parts,
      query: try APICall.fields(request.uri.query ?? ""),
      caller: caller
    )
    try gate.check(call)
    if let reply = try await upload(request, call, peer) { return reply }
    var reading = BodyReading(site, for: caller)
    defer { reading.end() }
    try await readBody(of: request, peer, with: &reading, into: &call)
    let routes = APIRoutes(site, call)
    let outcome = try await site.threads.runIfActive { try routes.outcome() }
    switch outcome {
    case .reply(let reply): return reply
    case .wait(let look):
      while true {
        if let reply = try look() { return reply }
        try await Task.sleep(for: .milliseconds(30))
      }
    case .work(let work): return try await site.work.run(work, routes.session(), call)
    }
  }

  /// Reads the body as JSON; a body of another type is none, as for aptly.
  private func readBody(
    of request: Request,
    _ peer: Peer,
    with reading: inout BodyReading,
    into call: inout APICall
  ) async throws {
    var bytes: [UInt8] = []
    if request.method == .get {
      // Nobody reads it, and it is short: see BodyRules.
      for try await _ in request.body {}
    } else {
      bytes = try await reading.bytes(of: request)
    }
    // Of a body that broke off nothing may be done, whatever it can be read as.
    guard peer.hasWholeRequest else { throw APIRefusal(400, "the body broke off") }
    let type = request.headers[.contentType]?.split(separator: ";").first ?? ""
    // Clients that send the type with every request ask with GET all the same.
    guard request.method != .get, type.lowercased().contains("application/json") else { return }
    let value: JSONValue?
    do {
      value = try JSONReader.read(bytes)
    } catch {
      throw APIRefusal(400, error.reason)
    }
    call.isBodyEmpty = value == nil
    call.body = value == .null ? nil : value
  }
}

/// An answer as the connection sends it.
enum APIResponse {
  static func response(_ reply: APIReply) -> Response {
    var headers = HTTPFields()
    let body: ByteBuffer
    switch reply.body {
    case .json(let value):
      headers[.contentType] = "application/json; charset=utf-8"
      body = ByteBuffer(string: value.text)
    case .text(let text, let type):
      headers[.contentType] = type
      body = ByteBuffer(string: text)
    case .none:
      // Clients look at the type of every answer.
      headers[.contentType] = "application/json; charset=utf-8"
      body = ByteBuffer()
    }
    if reply.status == 401 { headers[.wwwAuthenticate] = "Basic realm=\"aptferry\"" }
    if reply.status == 503 { headers[.retryAfter] = "10" }
    headers[.cacheControl] = "no-store"
    return Response(
      status: .init(code: reply.status),
      headers: headers,
      body: ResponseBody(byteBuffer: body)
    )
  }
}
#endif
