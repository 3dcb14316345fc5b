private import Foundation
private import Glibc

/// One connection of an `UpstreamServer`.
final class UpstreamConnection: Sendable {
  let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  func end() { close(descriptor) }

  /// The next request; nil at the end of the connection.
  func readRequest() -> UpstreamServer.Request? {
    var text: [UInt8] = []
    while !text.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      var byte: UInt8 = 0
      guard unsafe recv(descriptor, &byte, 1, 0) == 1, text.count < 1 << 16 else { return nil }
      text.append(byte)
    }
    let lines = String(decoding: text, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] =
        String(line[line.index(after: colon)...]).trimmingCharacters(in: .whitespaces)
    }
    return UpstreamServer.Request(target: String(words[1]), headers: headers)
  }

  /// Answers; false when the connection is of no more use.
  func answer(_ request: UpstreamServer.Request, tree: String, fault: UpstreamFault?) -> Bool {
    let file = tree + "/" + request.path
    switch fault {
    case .status(let status, let headers): return page(status, headers, "no\n")
    case .page: return page(200, ["Content-Type": "text/html"], "<html>Please log in</html>\n")
    case .reset:
      var linger = linger(l_onoff: 1, l_linger: 0)
      unsafe setsockopt(
        descriptor,
        SOL_SOCKET,
        SO_LINGER,
        &linger,
        socklen_t(MemoryLayout<linger>.size)
      )
      return false
    default: break
    }
    guard !request.path.contains(".."), let data = FileManager.default.contents(atPath: file),
      let date = date(of: file)
    else { return page(404, [:], "not here\n") }
    if request.headers["if-modified-since"] == date { return head(304, 0, ["Last-Modified": date]) }
    return send(Array(data), date, rangeStart(request), fault)
  }

  private func rangeStart(_ request: UpstreamServer.Request) -> Int? {
    guard let range = request.headers["range"], range.hasPrefix("bytes=") else { return nil }
    return Int(range.dropFirst(6).prefix { $0 != "-" })
  }

  private func send(_ data: [UInt8], _ date: String, _ start: Int?, _ fault: UpstreamFault?) -> Bool
  {
    var (body, status, headers) = (data, 200, ["Last-Modified": date])
    if let start, !isWithoutRanges(fault) {
      guard start < data.count else { return page(416, [:], "beyond the end\n") }
      status = 206
      var told = start
      if case .wrongRange = fault { told = max(0, start - 1) }
      headers["Content-Range"] = "bytes \(told)-\(data.count - 1)/\(data.count)"
      body = Array(data[told...])
      if case .wrongBytesOfRange = fault { body = body.map { ~$0 } }
    }
    switch fault {
    case .truncated(let count):
      return head(status, body.count, headers) && write(Array(body.prefix(count))) && false
    case .wrongLength(let more):
      return head(status, body.count + more, headers) && write(body) && false
    case .flipped:
      if !body.isEmpty { body[body.count / 2] ^= 1 }
    case .endless:
      guard write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") else { return false }
      let block = [UInt8](repeating: 0x41, count: 1 << 16)
      while write("10000\r\n") && write(block) && write("\r\n") {}
      return false
    case .stalled(let count):
      guard head(status, body.count, headers), write(Array(body.prefix(count))) else {
        return false
      }
      // Until the client has had enough.
      var byte: UInt8 = 0
      while unsafe recv(descriptor, &byte, 1, 0) > 0 {}
      return false
    case .dripping:
      guard head(status, body.count, headers) else { return false }
      for byte in body {
        guard write([byte]) else { return false }
        usleep(250_000)
      }
    case .trickling(let count, let pause):
      guard head(status, body.count, headers) else { return false }
      for start in stride(from: 0, to: body.count, by: count) {
        guard write(Array(body[start..<min(start + count, body.count)])) else { return false }
        usleep(pause * 1000)
      }
      return true
    default: break
    }
    return head(status, body.count, headers) && write(body)
  }

  private func isWithoutRanges(_ fault: UpstreamFault?) -> Bool {
    if case .noRanges = fault { true } else { false }
  }

  private func page(_ status: Int, _ headers: [String: String], _ text: String) -> Bool {
    head(status, text.utf8.count, headers) && write(text)
  }

  private func head(_ status: Int, _ length: Int, _ headers: [String: String]) -> Bool {
    var lines = ["HTTP/1.1 \(status) Whatever", "Server: test"]
    if status != 304 { lines.append("Content-Length: \(length)") }
    lines += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return write(lines.joined(separator: "\r\n") + "\r\n\r\n")
  }

  private func write(_ text: String) -> Bool { write(Array(text.utf8)) }

  private func write(_ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(
          descriptor,
          buffer.baseAddress.unsafelyUnwrapped + done,
          buffer.count - done,
          Int32(MSG_NOSIGNAL)
        )
      }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  private func date(of path: String) -> String? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    // Any text will do: it comes back as it was said.
    return "Thu, 01 Jan 1970 00:00:00 GMT; \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }
}
