#if Network
internal import NIOCore
internal import NIOHTTP1

/// Names the whole address in requests to a proxy, as it wants it for `http:`.
///
/// async-http-client has `CONNECT` only, which proxies refuse for anything but TLS.
final class ProxyTarget: ChannelOutboundHandler, RemovableChannelHandler, Sendable {
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  func write(
    context: ChannelHandlerContext,
    data: NIOAny,
    promise: EventLoopPromise<Void>?
  ) {
    guard case .head(var head) = unwrapOutboundIn(data),
      let host = head.headers.first(name: "Host")
    else { return context.write(data, promise: promise) }
    head.uri = "http://\(host)\(head.uri)"
    context.write(wrapOutboundOut(.head(head)), promise: promise)
  }

  /// Puts the handler directly before the one that writes requests out.
  static func install(in channel: any Channel) -> EventLoopFuture<Void> {
    channel.eventLoop.submit {
      let pipeline = channel.pipeline.syncOperations
      let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
      try pipeline.addHandler(ProxyTarget(), position: .after(encoder))
    }
  }
}
#endif
