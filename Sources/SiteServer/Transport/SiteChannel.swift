#if Network
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
private import NIOHTTPTypesHTTP1
private import NIOSSL

/// One connection: TLS, HTTP/1.1, published files, and behind them whoever answers the rest.
struct SiteChannel: HTTPChannelHandler {
  typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  let responder: Responder

  /// What the library has to say is of no use to an operator: the access log and `tell` are.
  static let logger = Logger(label: "aptferry") { _ in SwiftLogNoOpLogHandler() }

  /// Builds the pipeline of an accepted connection.
  static func setUp(
    _ channel: any Channel,
    _ site: Site,
    _ certificates: Certificates?
  ) -> EventLoopFuture<(Value, Peer)> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      let watch = ConnectionWatch(ConnectionWatch.Limits())
      let peer = Peer(channel, isSecure: certificates != nil)
      try pipeline.addHandler(watch)
      if let certificates {
        try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context))
      }
      var limits = NIOHTTPDecoderLimitConfiguration()
      limits.maxHeaderFieldSize = 12 << 10
      limits.maxHeaderListSize = 16 << 10
      limits.maxHeaderFieldCount = 100
      try pipeline.configureHTTPServerPipeline(
        withPipeliningAssistance: true,
        withErrorHandling: true,
        withOutboundHeaderValidation: false,
        withEncoderConfiguration: .init(),
        withDecoderLimitConfiguration: limits
      )
      try pipeline.addHandler(FilesHandler(site, peer, watch))
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: certificates != nil))
      let value = try Value(
        wrappingChannelSynchronously: channel,
        configuration: .init(isOutboundHalfClosureEnabled: true)
      )
      return (value, peer)
    }
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeFailedFuture(ChannelError.inappropriateOperationForState)
  }

  func handle(value: Value, logger: Logger) async {
    await handleHTTP(asyncChannel: value, logger: logger)
  }
}
#endif
