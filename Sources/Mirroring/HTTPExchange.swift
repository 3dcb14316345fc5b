#if Network
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SafeIO
private import Synchronization

/// One request and its answer: what arrives on the event loop is handed to the thread that waits
/// for it, and no more is read from the connection while that thread is busy.
final class HTTPExchange: HTTPClientResponseDelegate, Sendable {
  typealias Response = Void

  /// What the event loop hands over.
  enum Event: Sendable {
    case head(HTTPResponseHead)
    case body(ByteBuffer)
    case end
    case failed(String)
  }

  /// How much may wait for the thread, in bytes.
  private static let window = 512 << 10

  private struct Flow {
    var waiting = 0
    var promise: EventLoopPromise<Void>?
    var isAbandoned = false
  }

  private let events = BoundedQueue<Event>(limit: .max)
  private let flow = Mutex(Flow())

  func didReceiveHead(
    task: HTTPClient.Task<Void>,
    _ head: HTTPResponseHead
  ) -> EventLoopFuture<Void> {
    _ = events.send(.head(head))
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didReceiveBodyPart(
    task: HTTPClient.Task<Void>,
    _ buffer: ByteBuffer
  ) -> EventLoopFuture<Void> {
    let future: EventLoopFuture<Void>? = flow.withLock { flow in
      guard !flow.isAbandoned else { return nil }
      flow.waiting += buffer.readableBytes
      guard flow.waiting >= HTTPExchange.window else {
        return task.eventLoop.makeSucceededVoidFuture()
      }
      let promise = task.eventLoop.makePromise(of: Void.self)
      flow.promise = promise
      return promise.futureResult
    }
    guard let future else { return task.eventLoop.makeFailedFuture(Abandoned()) }
    _ = events.send(.body(buffer))
    return future
  }

  func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
    _ = events.send(.failed(HTTPExchange.reason(error)))
    release { $0.succeed() }
  }

  func didFinishRequest(task: HTTPClient.Task<Void>) throws {
    _ = events.send(.end)
  }

  /// Waits for what comes next, at most some seconds.
  func next(within seconds: Double) -> BoundedQueue<Event>.Reception {
    let reception = events.receive(within: seconds)
    if case .element(.body(let buffer)) = reception {
      let promise: EventLoopPromise<Void>? = flow.withLock { flow in
        flow.waiting -= buffer.readableBytes
        guard flow.waiting < HTTPExchange.window / 2 else { return nil }
        defer { flow.promise = nil }
        return flow.promise
      }
      promise?.succeed()
    }
    return reception
  }

  /// Says that nobody waits any more.
  func abandon() {
    flow.withLock { $0.isAbandoned = true }
    events.cancel()
    release { $0.fail(Abandoned()) }
  }

  private func release(_ complete: (EventLoopPromise<Void>) -> Void) {
    let promise = flow.withLock { flow in
      defer { flow.promise = nil }
      return flow.promise
    }
    if let promise { complete(promise) }
  }

  private struct Abandoned: Error {}

  /// What went wrong, for people.
  static func reason(_ error: any Error) -> String {
    switch error {
    case let error as HTTPClientError where error == .connectTimeout:
      "the connection could not be made in time"
    case let error as HTTPClientError where error == .readTimeout:
      "nothing came in time"
    case let error as HTTPClientError where error == .remoteConnectionClosed:
      "the server closed the connection"
    case let error as HTTPParserError where error == .invalidEOFState:
      "the server closed the connection too early, fewer bytes than it said"
    case let error as HTTPClientError where error == .proxyAuthenticationRequired:
      "the proxy wants credentials (407)"
    case let error as HTTPClientError where error == .invalidProxyResponse:
      "the proxy does not let through to there, or cannot reach it"
    case let error as HTTPClientError where error == .httpProxyHandshakeTimeout:
      "the proxy did not answer in time"
    case let error as HTTPClientError where error == .socksHandshakeTimeout:
      "the proxy did not answer in time"
    case let error as NIOConnectionError:
      error.dnsAError != nil && error.connectionErrors.isEmpty
        ? "the host \(error.host) has no address"
        : otherReason(error.connectionErrors.first.map { "\($0.error)" } ?? "\(error)")
    default: otherReason("\(error)")
    }
  }

  /// BoringSSL's errors say where in its sources they were found, which is of no use to people.
  private static func otherReason(_ text: String) -> String {
    if text.contains("CERTIFICATE_VERIFY_FAILED") {
      return "the server's certificate is not one that this machine trusts"
    }
    if text.contains("handshakeFailed") { return "TLS could not be agreed on with the server" }
    if text.contains("Connection refused") { return "no connection: the server refuses it" }
    if text.contains("reset by peer") { return "the server broke the connection off" }
    if text.contains("unreachable") || text.contains("No route to host") {
      return "no connection: the network has no way to the server"
    }
    return "the connection failed: " + Escaped.line(String(text.prefix(200)), limit: 200)
  }
}
#endif
