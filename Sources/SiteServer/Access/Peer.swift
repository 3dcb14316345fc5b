#if Network
private import Glibc
internal import NIOCore

/// Where a request comes from.
struct Peer: Sendable {
  /// The client's end of the connection.
  private let remote: SocketAddress?
  /// This server's end.
  private let local: SocketAddress?
  /// Whether passwords may go over it: it has TLS, or does not leave this machine.
  let isPrivate: Bool

  init(_ channel: any Channel, isSecure: Bool) {
    (remote, local) = (channel.remoteAddress, channel.localAddress)
    isPrivate = isSecure || Peer.isHere(channel.localAddress)
  }

  /// The address for people and logs, without a port; `unix` for a socket in the file system.
  var address: String { remote?.ipAddress ?? "unix" }

  /// Whether an address cannot be reached from another machine.
  static func isHere(_ address: SocketAddress?) -> Bool {
    guard let address else { return true }
    switch address {
    case .v4: return address.ipAddress?.hasPrefix("127.") ?? false
    case .v6:
      let text = address.ipAddress ?? ""
      return text == "::1" || text.hasPrefix("::ffff:127.")
    case .unixDomainSocket: return true
    }
  }

  /// Whether a process of the server's own account, or of root, on this machine is at the other
  /// end; looks into /proc.
  func isOwnProcess() -> Bool {
    guard let remote, let local else { return false }
    switch remote {
    case .unixDomainSocket: return true
    case .v4, .v6: break
    }
    guard Peer.isHere(local), Peer.isHere(remote) else { return false }
    guard let owner = SocketOwners.owner(of: remote, connectedTo: local) else { return false }
    return owner == 0 || owner == getuid()
  }
}

/// Whose the sockets of this machine are, as /proc/net/tcp and /proc/net/tcp6 say (proc(5)).
enum SocketOwners {
  /// The user id at the client's end of a connection within this machine; nil when it is not found.
  static func owner(of client: SocketAddress, connectedTo server: SocketAddress) -> UInt32? {
    guard let port = client.port, let serverPort = server.port else { return nil }
    let ends = (":" + hex(port), ":" + hex(serverPort))
    for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
      for line in lines(of: path) {
        let words = line.split(separator: " ", maxSplits: 8)
        guard words.count > 8, words[1].hasSuffix(ends.0), words[2].hasSuffix(ends.1),
          words[3] == "01", isLoopback(words[1]), isLoopback(words[2])
        else { continue }
        return UInt32(words[7])
      }
    }
    return nil
  }

  private static func hex(_ port: Int) -> String {
    let text = String(port, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - text.utf8.count)) + text
  }

  /// The kernel writes the words of an address as numbers of this machine, which is little-endian.
  private static func isLoopback(_ end: Substring) -> Bool {
    let address = end.prefix { $0 != ":" }
    return address.utf8.count == 8
      ? address.hasSuffix("7F")
      : address == "00000000000000000000000001000000"
        || address.hasPrefix("0000000000000000FFFF0000") && address.hasSuffix("7F")
  }

  private static func lines(of path: String) -> [Substring] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { _ = close(descriptor) }
    var text: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    // Some 150 bytes a line: 64 MB are more connections than there can be.
    while text.count < 1 << 26 {
      let count = unsafe block.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress, $0.count)
      }
      guard count > 0 else { break }
      text += block[..<count]
    }
    return String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst().map { $0 }
  }
}
#endif
