#if Network
internal import NIOCore
private import NIOPosix

/// Ends connections of clients that are idle, have stalled or trickle.
///
/// It stands first in the pipeline and sees bytes; what they mean it is told.
final class ConnectionWatch: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  /// How long a client may take, in seconds.
  struct Limits: Sendable {
    /// Between two requests, and before the first.
    var idle: Int64 = 60
    /// From the first byte of a request to the end of its header.
    var header: Int64 = 15
    /// Without taking one byte of an answer; a body has its own pace.
    var stall: Int64 = 60
    /// To send what is left of a request that was answered before it had ended.
    var rest: Int64 = 15
  }

  private enum Phase {
    case waiting
    case header
    /// See `BodyPace`.
    case body
    /// The server works: the client may wait for long.
    case working
    case answering
    /// The request was answered before it had ended, and what is left of it is passed over.
    case rest
  }

  private let limits: Limits
  private var phase = Phase.waiting
  private var since = NIODeadline.now()
  private var pace = BodyPace()
  /// Whether all of the request is here.
  private var isWhole = true
  private var acknowledged: UInt64 = 0
  private var timer: RepeatedTask?
  private var channel: (any Channel)?
  /// Whether the server is to end: what is being answered is the last answer.
  private(set) var isLast = false
  /// Whether an answer began before its request had ended: it is the last one, too.
  private(set) var isEarly = false

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
    pace.take(unwrapInboundIn(data).readableBytes, at: NIODeadline.now().uptimeNanoseconds)
    // Nothing else that comes gives more time: a header must be here within its own, however often
    // a byte of it comes, and an answer must be taken.
    if phase == .waiting { enter(.header) }
    context.fireChannelRead(data)
  }

  /// Somebody wants bytes: from now on it is the client who is waited for.
  func read(context: ChannelHandlerContext) {
    pace.wait(at: NIODeadline.now().uptimeNanoseconds)
    context.read()
  }

  /// The header of a request is complete.
  func headerEnded() {
    isWhole = false
    pace = BodyPace()
    enter(.body)
  }

  /// All of a request is here.
  func requestEnded() {
    isWhole = true
    switch phase {
    case .answering: break
    case .rest: channel?.close(promise: nil)
    case .waiting, .header, .body, .working: enter(.working)
    }
  }

  /// The answer begins.
  func answerBegan() {
    if !isWhole { isEarly = true }
    enter(.answering)
  }

  /// All of the answer is on its way.
  func answerEnded() {
    enter(isEarly ? .rest : .waiting)
    if isLast || isEarly && isWhole { channel?.close(promise: nil) }
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
    if phase == .body, pace.isTooSlow(at: NIODeadline.now().uptimeNanoseconds) {
      channel.close(promise: nil)
      return
    }
    let limit: Int64? =
      switch phase {
      case .waiting: limits.idle
      case .header: limits.header
      case .answering: limits.stall
      case .rest: limits.rest
      case .body, .working: nil
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
