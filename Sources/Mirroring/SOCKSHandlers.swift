#if Network
internal import NIOCore
internal import NIOPosix
internal import SafeIO
internal import Synchronization

/// The side that the client of this process speaks to: it takes the greeting and the request, has them
/// brought to the real proxy, and from then on passes on what comes.
final class SOCKSFront: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    case greeting, request, connecting
    case open(any Channel)
  }

  private let proxy: ProxySettings.Proxy
  private let told: SOCKSLogin.Told
  private var state = State.greeting
  private var waiting = ByteBuffer()

  init(_ proxy: ProxySettings.Proxy, _ told: SOCKSLogin.Told) {
    (self.proxy, self.told) = (proxy, told)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if case .open(let other) = state {
      other.writeAndFlush(bytes, promise: nil)
      return
    }
    waiting.writeBuffer(&bytes)
    if case .greeting = state { takeGreeting(context) }
    if case .request = state { takeRequest(context) }
  }

  /// Version, number of methods, methods: answered with “no login”.
  private func takeGreeting(_ context: ChannelHandlerContext) {
    guard let count = waiting.getInteger(at: waiting.readerIndex + 1, as: UInt8.self),
      waiting.readSlice(length: 2 + Int(count)) != nil
    else { return }
    state = .request
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [5, 0])), promise: nil)
  }

  /// Version, command, 0, kind of address, address, port.
  private func takeRequest(_ context: ChannelHandlerContext) {
    let start = waiting.readerIndex
    guard let kind = waiting.getInteger(at: start + 3, as: UInt8.self),
      let first = waiting.getInteger(at: start + 4, as: UInt8.self)
    else { return }
    let length = kind == 1 ? 10 : kind == 4 ? 22 : 7 + Int(first)
    guard let request = waiting.readSlice(length: length) else { return }
    state = .connecting
    connect(context, request)
  }

  private func connect(_ context: ChannelHandlerContext, _ request: ByteBuffer) {
    let (front, proxy, told) = (context.channel, proxy, told)
    let connected = ClientBootstrap(group: context.eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(SOCKSBack(proxy, told, front, request))
        }
      }
      .connect(host: proxy.host, port: proxy.port)
    connected.assumeIsolated().whenComplete { [self] result in
      switch result {
      case .success(let back):
        state = .open(back)
        if waiting.readableBytes > 0 { back.writeAndFlush(waiting, promise: nil) }
      case .failure(let error):
        told.text.withLock { $0 = HTTPExchange.reason(error) }
        front.close(promise: nil)
      }
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    guard case .open(let other) = state else { return }
    _ = other.setOption(.autoRead, value: context.channel.isWritable)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if case .open(let other) = state { other.close(promise: nil) }
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

/// The side that speaks to the real proxy: it logs in, makes the request, and then passes on what comes.
final class SOCKSBack: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    case method, login, open
  }

  private let proxy: ProxySettings.Proxy
  private let told: SOCKSLogin.Told
  private let front: any Channel
  private let request: ByteBuffer
  private var state = State.method
  private var waiting = ByteBuffer()

  init(
    _ proxy: ProxySettings.Proxy,
    _ told: SOCKSLogin.Told,
    _ front: any Channel,
    _ request: ByteBuffer
  ) {
    (self.proxy, self.told, self.front, self.request) = (proxy, told, front, request)
  }

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [5, 1, 2])), promise: nil)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    guard state != .open else {
      front.writeAndFlush(bytes, promise: nil)
      return
    }
    waiting.writeBuffer(&bytes)
    guard let answer = waiting.readBytes(length: 2) else { return }
    switch state {
    case .method where answer == [5, 2]: logIn(context)
    case .method: refuse(context, "the proxy takes no user name and password")
    case .login where answer[1] == 0:
      state = .open
      context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    case .login: refuse(context, "the proxy refuses the user name and password")
    case .open: break
    }
  }

  private func logIn(_ context: ChannelHandlerContext) {
    state = .login
    let login = Array((proxy.login ?? "").utf8.prefix(255))
    let password = Array(proxy.password.utf8.prefix(255))
    let bytes = [1, UInt8(login.count)] + login + [UInt8(password.count)] + password
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
  }

  private func refuse(_ context: ChannelHandlerContext, _ reason: String) {
    told.text.withLock { $0 = reason }
    // “Not allowed”, from nowhere.
    front.writeAndFlush(ByteBuffer(bytes: [5, 2, 0, 1, 0, 0, 0, 0, 0, 0]), promise: nil)
    context.close(promise: nil)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    _ = front.setOption(.autoRead, value: context.channel.isWritable)
  }

  func channelInactive(context: ChannelHandlerContext) {
    front.close(promise: nil)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
#endif
