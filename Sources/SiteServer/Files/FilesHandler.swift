#if Network
internal import NIOCore
internal import NIOHTTP1
private import NIOPosix
internal import Publishing
internal import SafeIO

/// Answers requests for what is published, and passes all others on.
///
/// It stands behind the handler that keeps pipelined requests apart, so there is one request at a
/// time. Looks at the file system that are quick are done on the event loop, as any web server
/// does; listings and passwords are read on threads.
final class FilesHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case waiting
    /// Somebody behind this handler answers.
    case passing
    case receiving(HTTPRequestHead)
    case answering
  }

  let site: Site
  let peer: Peer
  let watch: ConnectionWatch
  private var state = State.waiting
  private var isCertificateKnown = false
  /// Whether the connection ends: whatever else came over it is no request.
  private var isOver = false
  /// Whether a refusal was answered, here or by the parser below: nobody else's answer may follow.
  private var isRefused = false
  /// The request that came last.
  private var head: HTTPRequestHead?
  /// How much may still come of a body that nobody reads; nil where another limit holds.
  private var rest: Int?
  /// What is known of the answer, for the access log.
  var line = AccessLog.Line()
  private var area = Metrics.Area.files

  init(_ site: Site, _ peer: Peer, _ watch: ConnectionWatch) {
    (self.site, self.peer, self.watch) = (site, peer, watch)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    let part = unwrapInboundIn(data)
    switch part {
    case .head(let head):
      // What was answered too early said that nothing follows.
      guard !watch.isEarly else {
        isOver = true
        return
      }
      watch.headerEnded()
      guard learnCertificate(context) else { return context.close(promise: nil) }
      begin(head)
      guard HeaderRules.hold(head) else { return refuse(head, .badRequest, context) }
      guard BodyRules.hold(head, within: rest) else {
        return refuse(head, .payloadTooLarge, context)
      }
      if case .passing = state { invite(head, context) }
    case .end:
      watch.requestEnded()
      peer.hasWholeRequest = true
    case .body(let bytes):
      guard takes(bytes.readableBytes) else { return refuseRest(context) }
    }
    switch (state, part) {
    case (.passing, _): context.fireChannelRead(data)
    case (.receiving(let head), .end):
      state = .answering
      FileExchange(self, head, context).answer()
    default: break
    }
  }

  /// What passes on its way out: the answers of others are logged here too.
  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !isRefused else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    let part = unwrapOutboundIn(data)
    switch part {
    case .head(var head):
      watch.answerBegan()
      line.status = Int(head.status.code)
      guard watch.isEarly else { break }
      // The rest of the request is passed over, and nothing behind it is a request.
      head.headers.replaceOrAdd(name: "Connection", value: "close")
      context.write(wrapOutboundOut(.head(head)), promise: promise)
      return
    case .body(let body): line.bytes += UInt64(body.readableBytes)
    case .end:
      let promise = promise ?? context.eventLoop.makePromise()
      promise.futureResult.assumeIsolated().whenComplete { [self] _ in ended() }
      context.write(data, promise: promise)
      return
    }
    context.write(data, promise: promise)
  }

  /// A parser's refusal is answered below; whoever is behind only hears that it is over.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    (isOver, isRefused) = (true, true)
    context.close(promise: nil)
  }

  /// What can be read in two ways, or is too long, gets one answer, and nothing behind it is a
  /// request.
  private func refuse(
    _ head: HTTPRequestHead,
    _ status: HTTPResponseStatus,
    _ context: ChannelHandlerContext
  ) {
    state = .answering
    isOver = true
    var head = head
    head.headers.replaceOrAdd(name: "Connection", value: "close")
    AnswerSender(self, head, context).send(status)
  }

  /// Counts what comes of a body that nobody reads; false when it is too much.
  private func takes(_ count: Int) -> Bool {
    guard let rest else { return true }
    self.rest = rest - count
    return count <= rest
  }

  /// Ends a request whose body nobody reads, and which is longer than such a body may be.
  private func refuseRest(_ context: ChannelHandlerContext) {
    // Whoever is behind may be about to answer.
    isRefused = true
    if let head, !watch.isEarly { return refuse(head, .payloadTooLarge, context) }
    isOver = true
    context.close(promise: nil)
  }

  /// Looks at the client's certificate before the first request is.
  private func learnCertificate(_ context: ChannelHandlerContext) -> Bool {
    guard site.isSecure, !isCertificateKnown else { return true }
    isCertificateKnown = true
    do {
      try peer.learnCertificate(context.pipeline.syncOperations)
      return true
    } catch {
      return false
    }
  }

  /// Tells a client that waits for that to send its body.
  private func invite(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard head.version.major == 1, head.version.minor >= 1,
      head.headers[canonicalForm: "Expect"].contains(where: { $0.lowercased() == "100-continue" })
    else { return }
    let go = HTTPResponseHead(version: head.version, status: .continue)
    context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
  }

  private func begin(_ head: HTTPRequestHead) {
    peer.user = nil
    peer.hasWholeRequest = false
    line = AccessLog.Line(
      address: peer.address,
      request:
        "\(head.method.rawValue) \(head.uri) HTTP/\(head.version.major).\(head.version.minor)",
      agent: head.headers.first(name: "User-Agent") ?? "-"
    )
    let isReserved = site.isReserved(head.uri)
    self.head = head
    rest = BodyRules.limit(head, isForFile: !isReserved)
    area = isReserved ? Metrics.Area(head.uri) : .files
    state = isReserved ? .passing : .receiving(head)
  }

  /// All of the answer is with the kernel.
  func ended() {
    guard case .waiting = state else {
      state = .waiting
      rest = nil
      watch.answerEnded()
      if let user = peer.user { line.user = user }
      site.metrics.count(area, line.status, bytes: line.bytes)
      site.log.write(line, at: .now())
      return
    }
  }
}
#endif
