#if Network
private import Glibc
internal import NIOCore

/// Whose the sockets of this machine are, as /proc/net/tcp and /proc/net/tcp6 say (proc(5)).
enum SocketOwners {
  /// A socket that a process has open.
  struct Socket: Hashable, Sendable {
    let user: UInt32
    let inode: UInt64
  }

  /// The user id at the client's end of a connection within this machine; nil when it is not clear.
  ///
  /// A socket that is closed while its line is written can be user 0's there, and established. It
  /// is never established again: what stands there a second time was not closed the first time.
  static func owner(of client: SocketEnd, connectedTo server: SocketEnd) -> UInt32? {
    guard let first = socket(in: tables(), of: client, connectedTo: server),
      socket(in: tables(), of: client, connectedTo: server) == first
    else { return nil }
    return first.user
  }

  /// The one established socket with these two ends; nil unless there is exactly one.
  ///
  /// Ports alone name nobody: 127.0.0.1 and 127.0.0.2 can have the same one, of different users.
  static func socket(
    in tables: [String],
    of client: SocketEnd,
    connectedTo server: SocketEnd
  ) -> Socket? {
    let ends = Array(zip(client.texts, server.texts))
    var lines: [Substring] = []
    for table in tables {
      for line in table.split(separator: "\n") {
        let words = line.split(separator: " ", maxSplits: 4)
        guard words.count > 4, words[3] == "01",
          ends.contains(where: { words[1] == $0.0 && words[2] == $0.1 })
        else { continue }
        lines.append(words[4])
      }
    }
    return lines.count == 1 ? socket(lines[0]) : nil
  }

  /// What a line says behind the state; a socket that no process has is nobody's.
  private static func socket(_ line: Substring) -> Socket? {
    // Queues, timer, retransmissions, user, timeout, inode.
    let words = line.split(separator: " ", maxSplits: 6)
    guard words.count > 5, let user = UInt32(words[3]), let inode = UInt64(words[5]), inode != 0
    else { return nil }
    return Socket(user: user, inode: inode)
  }

  private static func tables() -> [String] { ["/proc/net/tcp", "/proc/net/tcp6"].map(text(of:)) }

  private static func text(of path: String) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
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
    return String(decoding: text, as: UTF8.self)
  }
}

/// One end of a TCP connection; an IPv4 address that is written as IPv6 is the IPv4 address.
struct SocketEnd: Hashable, Sendable {
  /// Four bytes or sixteen, in the order of the network.
  private let address: [UInt8]
  private let port: Int

  /// What stands before an IPv4 address in IPv6 (RFC 4291, section 2.5.5.2).
  private static let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]

  /// Reads an address without brackets or a zone; nil when the text is not one.
  init?(_ text: String, port: Int) {
    let isLong = text.contains(":")
    var bytes = [UInt8](repeating: 0, count: isLong ? 16 : 4)
    let code = unsafe bytes.withUnsafeMutableBytes {
      unsafe inet_pton(isLong ? AF_INET6 : AF_INET, text, $0.baseAddress)
    }
    guard code == 1, (0...65535).contains(port) else { return nil }
    address = isLong && bytes.starts(with: SocketEnd.mapped) ? Array(bytes.suffix(4)) : bytes
    self.port = port
  }

  /// An end as the library has it; nil for a socket in the file system.
  init?(_ end: SocketAddress) {
    guard let text = end.ipAddress, let port = end.port else { return nil }
    self.init(text, port: port)
  }

  /// How the tables can write it: IPv4 in its own form first, then in that of IPv6.
  var texts: [String] {
    let isShort = address.count == 4
    return (isShort ? [address, SocketEnd.mapped + address] : [address]).map(text)
  }

  private func text(_ bytes: [UInt8]) -> String {
    let words = stride(from: 0, to: bytes.count, by: 4).map { start in
      // The kernel writes the words of an address as numbers of this machine.
      let word = bytes[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return SocketEnd.hex(UInt32(bigEndian: word), 8)
    }
    return words.joined() + ":" + SocketEnd.hex(UInt32(port), 4)
  }

  private static func hex(_ number: UInt32, _ digits: Int) -> String {
    let text = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }
}
#endif
