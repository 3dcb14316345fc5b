#if Network
private import Glibc
internal import NIOCore
internal import NIOPosix
internal import SafeIO
internal import Synchronization

/// A SOCKS server on loopback, for this process alone, that logs in at the real one: async-http-client has
/// SOCKS without a login only.
final class SOCKSLogin: Sendable {
  /// Where it listens.
  let port: Int
  private let channel: any Channel
  private let told: Told

  init(_ proxy: ProxySettings.Proxy, group: any EventLoopGroup) throws {
    let told = Told()
    channel = try ServerBootstrap(group: group)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard SOCKSLogin.isOwn(channel) else { throw Refused() }
          try channel.pipeline.syncOperations.addHandler(SOCKSFront(proxy, told))
        }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
    port = channel.localAddress?.port ?? 0
    self.told = told
  }

  /// What the proxy said at last, for people; empty when there was nothing wrong.
  var lastTrouble: String { told.text.withLock { $0 } }

  func close() {
    do { try channel.close().wait() } catch {}
  }

  /// What went wrong at the proxy.
  final class Told: Sendable {
    let text = Mutex("")
  }

  private struct Refused: Error {}

  /// Whether the other end belongs to this user: others on this machine may not use the login.
  private static func isOwn(_ channel: any Channel) -> Bool {
    guard let port = channel.remoteAddress?.port else { return false }
    let table: [UInt8]
    do throws(Failure) {
      table = try NamedPath.contents("/proc/net/tcp", limit: 16 << 20) ?? []
    } catch {
      return false
    }
    var digits = String(port, radix: 16, uppercase: true)
    digits = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    for line in String(decoding: table, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 7, words[1] == "0100007F:\(digits)" else { continue }
      return words[7] == "\(geteuid())"
    }
    return false
  }
}
#endif
