#if Network
internal import NIOCore
private import NIOPosix

/// Ends connections of clients that are idle or have stalled.
///
/// It stands first in the pipeline and sees bytes; what they mean it is told.
final class ConnectionWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// How long a client may take, in seconds.
  struct Limits: Sendable {
    /// Between two requests, and before the first.
    var idle: Int64 = 60
    /// From the first byte of a request to the end of its header.
    var header: Int64 = 15
    /// Without taking or sending one byte while it should.
    var stall: Int64 = 60
  }

  private enum Phase {
    case waiting
    case header
    case body
    /// The server works: the client may wait for long.
    case working
    case answering
  }

  private let limits: Limits
  private var phase = Phase.waiting
  private var since = NIODeadline.now()
  private var acknowledged: UInt64 = 0
  private var timer: RepeatedTask?
  private var channel: (any Channel)?
  /// Whether the server is to end: what is being answered is the last answer.
  private(set) var isLast = false

  init(_ limits: Limits) { self.limits = limits }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { start(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    start(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    timer = nil
    channel = nil
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch phase {
    case .waiting: enter(.header)
    // A header must come within its time, however often a byte of it comes.
    case .header: break
    case .body, .working, .answering: since = .now()
    }
    context.fireChannelRead(data)
  }

  /// The header of a request is complete.
  func headerEnded() { enter(.body) }

  /// All of a request is here.
  func requestEnded() { if phase != .answering { enter(.working) } }

  /// The answer begins.
  func answerBegan() { enter(.answering) }

  /// All of the answer is on its way.
  func answerEnded() {
    enter(.waiting)
    if isLast { channel?.close(promise: nil) }
  }

  /// The server is to end: who waits is sent away at once, everybody else after the answer.
  ///
  /// The library's own handler takes an answer for sent when it is queued, and would cut it off: it
  /// does not hear of this.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is ChannelShouldQuiesceEvent else {
      context.fireUserInboundEventTriggered(event)
      return
    }
    isLast = true
    if phase == .waiting { context.close(promise: nil) }
  }

  private func enter(_ phase: Phase) {
    self.phase = phase
    since = .now()
  }

  private func start(_ context: ChannelHandlerContext) {
    guard timer == nil else { return }
    let channel = context.channel
    self.channel = channel
    let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleRepeatedTask(
      initialDelay: .seconds(5),
      delay: .seconds(5)
    ) { _ in
      loopBound.value.look(at: channel)
    }
  }

  private func look(at channel: any Channel) {
    let limit: Int64? =
      switch phase {
      case .waiting: limits.idle
      case .header: limits.header
      case .body, .answering: limits.stall
      case .working: nil
      }
    guard let limit, NIODeadline.now() - since > .seconds(limit) else {
      if phase == .answering || phase == .waiting { lookAtProgress(of: channel) {} }
      return
    }
    guard phase == .answering || phase == .waiting else {
      channel.close(promise: nil)
      return
    }
    lookAtProgress(of: channel) { channel.close(promise: nil) }
  }

  /// Counts what the client has acknowledged as progress; without any, does `otherwise`.
  private func lookAtProgress(of channel: any Channel, otherwise: @escaping @Sendable () -> Void) {
    guard let provider = channel as? any SocketOptionProvider else { return otherwise() }
    let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
    // SOL_TCP and TCP_INFO; a Unix socket has none.
    let info: EventLoopFuture<TransmissionInfo> = provider.unsafeGetSocketOption(
      level: .tcp,
      name: NIOBSDSocket.Option(rawValue: 11)
    )
    info.whenComplete { result in
      guard case .success(let info) = result, info.acknowledged != bound.value.acknowledged else {
        return otherwise()
      }
      bound.value.acknowledged = info.acknowledged
      bound.value.since = .now()
    }
  }
}

/// The beginning of `struct tcp_info` of linux/tcp.h.
private struct TransmissionInfo: Sendable {
  private var head: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) =
    (0, 0, 0, 0, 0, 0, 0, 0)
  private var more: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) =
    (0, 0, 0, 0, 0, 0, 0)
  /// `tcpi_bytes_acked`, at offset 120.
  var acknowledged: UInt64 = 0
}

extension ConnectionWatch: RemovableChannelHandler {}
#endif
