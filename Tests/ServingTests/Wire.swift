import Foundation
import Glibc
import SafeIO
import TestSupport

/// One connection to a server, byte by byte.
final class Wire {
  /// An answer as it came.
  struct Answer {
    var version = ""
    var status = 0
    /// In the order in which they came.
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []

    subscript(_ name: String) -> String? {
      fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { String(decoding: body, as: UTF8.self) }
  }

  private let descriptor: Int32
  private var pending: [UInt8] = []

  /// Connects to a port of loopback; a small `window` makes a slow reader slow for the server too.
  init(_ port: Int, window: Int32? = nil, seconds: Int = 20) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw TestSupportError("no socket: error \(errno)") }
    if var window {
      _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &window, 4)
    }
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
    let (own, length) = (descriptor, socklen_t(MemoryLayout<sockaddr_in>.size))
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(own, $0, length)
      }
    }
    guard code == 0 else {
      close(descriptor)
      throw TestSupportError("cannot connect: error \(errno)")
    }
  }

  deinit { _ = close(descriptor) }

  /// Sends bytes; false when the other end takes no more.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = Array(rest)
      let count = unsafe Glibc.send(descriptor, piece, piece.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Ends this direction.
  func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// What came, at most so much; empty at the end or when nothing comes in time.
  func receive(_ most: Int = 1 << 16) -> [UInt8] {
    if !pending.isEmpty {
      let taken = Array(pending.prefix(most))
      pending.removeFirst(taken.count)
      return taken
    }
    var block = [UInt8](repeating: 0, count: most)
    let count = unsafe block.withUnsafeMutableBytes {
      unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
    }
    return count > 0 ? Array(block[..<count]) : []
  }

  /// Everything until the other end closes or is silent.
  func drain() -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let more = receive()
      if more.isEmpty { return all }
      all += more
    }
  }

  /// The next answer; nil when the connection ends before one.
  func answer(isHead: Bool = false) -> Answer? {
    guard let head = head() else { return nil }
    var answer = head
    let hasNone = isHead || [204, 304].contains(answer.status) || answer.status < 200
    if hasNone { return answer }
    if answer["Transfer-Encoding"] == "chunked" {
      answer.body = chunks()
    } else if let length = answer["Content-Length"].flatMap({ Int($0) }) {
      answer.body = take(length)
    } else {
      answer.body = drain()
    }
    return answer
  }

  /// The header of the next answer, and nothing behind it.
  func head() -> Answer? {
    let end = Array("\r\n\r\n".utf8)
    var bytes: [UInt8] = []
    while !bytes.suffix(4).elementsEqual(end) {
      let byte = receive(1 << 14)
      guard !byte.isEmpty else { return nil }
      bytes += byte
      if let place = Wire.place(of: end, in: bytes) {
        pending = Array(bytes[(place + 4)...]) + pending
        bytes = Array(bytes[..<(place + 4)])
      }
    }
    var answer = Answer()
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
    let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
    answer.version = words.first.map(String.init) ?? ""
    answer.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
    for line in lines.dropFirst() where !line.isEmpty {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
      answer.fields.append((String(parts[0]), value))
    }
    return answer
  }

  /// So many bytes, or fewer when the connection ends.
  func take(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let more = receive(min(1 << 18, count - bytes.count))
      if more.isEmpty { break }
      bytes += more
    }
    return bytes
  }

  private func chunks() -> [UInt8] {
    var body: [UInt8] = []
    while let size = line().flatMap({ Int($0, radix: 16) }) {
      body += take(size)
      _ = line()
      if size == 0 { break }
    }
    return body
  }

  private func line() -> String? {
    var bytes: [UInt8] = []
    while bytes.last != 0x0a {
      let byte = receive(1)
      if byte.isEmpty { return nil }
      bytes += byte
    }
    return String(decoding: bytes.dropLast(2), as: UTF8.self)
  }

  private static func place(of end: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= end.count else { return nil }
    return (0...(bytes.count - end.count)).first { bytes[$0..<($0 + end.count)].elementsEqual(end) }
  }

  /// Sends one request on a connection of its own and answers what came.
  static func ask(_ port: Int, _ request: String, seconds: Int = 10) throws -> Answer? {
    let wire = try Wire(port, seconds: seconds)
    wire.send(request)
    return wire.answer(isHead: request.hasPrefix("HEAD "))
  }

  /// Fetches a path with these further fields.
  static func get(
    _ port: Int,
    _ path: String,
    _ fields: [String: String] = [:],
    method: String = "GET"
  ) throws -> Answer {
    let more = fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
    let text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\(more)Connection: close\r\n\r\n"
    guard let answer = try ask(port, text) else {
      throw TestSupportError("no answer to \(method) \(path)")
    }
    return answer
  }
}
