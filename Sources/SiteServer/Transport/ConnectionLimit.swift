#if Network
internal import NIOCore
private import Synchronization

/// How many connections there are, and from where: one client cannot take them all.
final class ConnectionLimit: Sendable {
  private struct Count {
    var open: [ObjectIdentifier: any Channel] = [:]
    var each: [String: Int] = [:]
  }

  private let count = Mutex(Count())
  private let most: Int
  private let mostEach: Int

  init(_ most: Int, each: Int) { (self.most, mostEach) = (most, each) }

  /// Counts a connection in until it ends; false when there are too many.
  ///
  /// Connections from this machine count together only: a proxy in front has all of them.
  func admit(_ channel: any Channel) -> Bool {
    let address = Peer.isHere(channel.remoteAddress) ? nil : channel.remoteAddress?.ipAddress
    let isIn = count.withLock { count in
      guard count.open.count < most, address.map({ count.each[$0, default: 0] < mostEach }) ?? true
      else { return false }
      count.open[ObjectIdentifier(channel)] = channel
      if let address { count.each[address, default: 0] += 1 }
      return true
    }
    guard isIn else { return false }
    channel.closeFuture.whenComplete { [self] _ in
      count.withLock { count in
        count.open[ObjectIdentifier(channel)] = nil
        guard let address, let here = count.each[address] else { return }
        count.each[address] = here > 1 ? here - 1 : nil
      }
    }
    return true
  }

  /// How many there are now.
  var open: Int { count.withLock { $0.open.count } }

  /// Ends all connections, whatever goes over them.
  func closeAll() {
    for channel in count.withLock({ Array($0.open.values) }) { channel.close(promise: nil) }
  }
}

/// Closes connections that are too many, before anything is read from them.
final class ConnectionLimitHandler: ChannelInboundHandler {
  typealias InboundIn = any Channel
  typealias InboundOut = any Channel

  private let limit: ConnectionLimit

  init(_ limit: ConnectionLimit) { self.limit = limit }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let channel = unwrapInboundIn(data)
    guard limit.admit(channel) else {
      channel.close(promise: nil)
      return
    }
    context.fireChannelRead(data)
  }
}
#endif
