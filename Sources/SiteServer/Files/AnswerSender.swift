#if Network
private import Glibc
internal import NIOCore
internal import NIOHTTP1
private import NIOPosix
internal import Publishing
internal import SafeIO

/// Sends the answer to one request.
struct AnswerSender {
  private let handler: FilesHandler
  private let head: HTTPRequestHead
  private let context: ChannelHandlerContext

  /// What is read at once, in bytes: one such buffer is on its way to a client.
  private static let piece = 1 << 16

  init(_ handler: FilesHandler, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    (self.handler, self.head, self.context) = (handler, head, context)
  }

  /// Sends a status with its name as a line of text.
  func send(_ status: HTTPResponseStatus, _ fields: [(String, String)] = []) {
    let text = "\(status.code) \(status.reasonPhrase)\n"
    send(status, fields, text, type: "text/plain; charset=utf-8")
  }

  /// Asks for a name and a password.
  func sendLogin() {
    send(.unauthorized, [("WWW-Authenticate", "Basic realm=\"aptferry\", charset=\"UTF-8\"")])
  }

  /// Sends a page.
  func send(_ page: String) {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    send(.ok, [("Content-Security-Policy", policy)], page, type: "text/html; charset=utf-8")
  }

  /// Sends the client to the same path with a slash, on this host.
  func sendDirectory(_ target: RequestTarget) {
    let path = target.components.map(DirectoryPage.encoded).joined(separator: "/")
    send(.movedPermanently, [("Location", "/" + path + "/")])
  }

  /// Sends what a client wants of a file.
  func send(_ file: ServedFile, path: String) {
    let facts = FileFacts(
      size: file.status.size,
      modified: UTCTime(seconds: file.status.modified),
      tag: FileHeader.tag(file.digest)
    )
    let answer = FileAnswer(to: request, facts)
    let (status, fields, length) = FileHeader.fields(answer, facts, path: path)
    write(HTTPResponseStatus(statusCode: status), fields)
    guard head.method == .GET, length > 0 else { return finish() }
    var offset: UInt64 = 0
    if case .part(let range) = answer { offset = range.lowerBound }
    if length <= UInt64(AnswerSender.piece) {
      return sendPiece(file.file, offset, Int(length)) { finish() }
    }
    if handler.site.isSecure { return sendPieces(file.file, offset, length) }
    sendRegion(file.file, offset, length)
  }

  /// Whether the connection ends behind this answer.
  private var isLast: Bool { !head.isKeepAlive || handler.watch.isLast }

  private var request: FileRequest {
    let headers = head.headers
    return FileRequest(
      isHead: head.method == .HEAD,
      range: headers.first(name: "Range"),
      ifRange: headers.first(name: "If-Range"),
      ifMatch: list("If-Match"),
      ifNoneMatch: list("If-None-Match"),
      ifModifiedSince: headers.first(name: "If-Modified-Since"),
      ifUnmodifiedSince: headers.first(name: "If-Unmodified-Since")
    )
  }

  /// A field that may come several times.
  private func list(_ name: String) -> String? {
    let values = head.headers[name]
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }

  private func send(
    _ status: HTTPResponseStatus,
    _ fields: [(String, String)],
    _ text: String,
    type: String
  ) {
    let length = [("Content-Type", type), ("Content-Length", "\(text.utf8.count)")]
    let more = [("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-cache")]
    write(status, length + more + fields)
    if head.method != .HEAD {
      context.write(
        handler.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))),
        promise: nil
      )
      handler.line.bytes = UInt64(text.utf8.count)
    }
    finish()
  }

  private func write(_ status: HTTPResponseStatus, _ fields: [(String, String)]) {
    handler.watch.answerBegan()
    handler.line.status = Int(status.code)
    var headers = HTTPHeaders([("Server", "aptferry"), ("Date", HTTPDate.text(.now()))] + fields)
    if isLast {
      headers.add(name: "Connection", value: "close")
    } else if head.version.major == 1, head.version.minor == 0 {
      headers.add(name: "Connection", value: "keep-alive")
    }
    let answer = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    context.write(handler.wrapOutboundOut(.head(answer)), promise: nil)
  }

  private func finish() {
    let promise = context.eventLoop.makePromise(of: Void.self)
    let isLast = isLast
    promise.futureResult.assumeIsolated().whenComplete { [handler, context] _ in
      handler.ended()
      if isLast { context.close(promise: nil) }
    }
    context.writeAndFlush(handler.wrapOutboundOut(.end(nil)), promise: promise)
  }

  /// The file got shorter, or cannot be read: an answer that has begun can only be broken off.
  private func breakOff() { context.close(promise: nil) }

  /// Reads a small part and sends it.
  private func sendPiece(
    _ file: SharedFile,
    _ offset: UInt64,
    _ length: Int,
    then: () -> Void
  ) {
    guard let buffer = AnswerSender.read(file, offset, length, context.channel.allocator) else {
      return breakOff()
    }
    handler.line.bytes += UInt64(length)
    context.write(handler.wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    then()
  }

  /// Has the kernel send it from the file.
  private func sendRegion(_ file: SharedFile, _ offset: UInt64, _ length: UInt64) {
    let own: Int32
    do throws(Failure) {
      own = try file.file.duplicate().takeDescriptor()
    } catch {
      handler.site.tell(error)
      return breakOff()
    }
    let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: own)
    let region = FileRegion(
      fileHandle: handle,
      readerIndex: Int(offset),
      endIndex: Int(offset + length)
    )
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { [handler] result in
      // The number is free again whatever close(2) says.
      _ = try? handle.close()
      if case .success = result { handler.line.bytes += length }
    }
    context.write(handler.wrapOutboundOut(.body(.fileRegion(region))), promise: promise)
    finish()
  }

  /// Reads on threads and sends, one buffer after the other.
  private func sendPieces(_ file: SharedFile, _ offset: UInt64, _ length: UInt64) {
    let count = Int(min(length, UInt64(AnswerSender.piece)))
    let allocator = context.channel.allocator
    let read = handler.site.threads.runIfActive(eventLoop: context.eventLoop) {
      AnswerSender.read(file, offset, count, allocator)
    }
    read.assumeIsolated().whenComplete { result in
      guard case .success(let buffer?) = result, context.channel.isActive else {
        return breakOff()
      }
      handler.line.bytes += UInt64(count)
      let promise = context.eventLoop.makePromise(of: Void.self)
      promise.futureResult.assumeIsolated().whenComplete { result in
        guard case .success = result else { return breakOff() }
        let rest = length - UInt64(count)
        if rest == 0 { return finish() }
        sendPieces(file, offset + UInt64(count), rest)
      }
      context.writeAndFlush(
        handler.wrapOutboundOut(.body(.byteBuffer(buffer))),
        promise: promise
      )
    }
  }

  /// All of a part of a file; nil when it cannot be read.
  private static func read(
    _ file: SharedFile,
    _ offset: UInt64,
    _ length: Int,
    _ allocator: ByteBufferAllocator
  ) -> ByteBuffer? {
    var buffer = allocator.buffer(capacity: length)
    var done = 0
    while done < length {
      let count = unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length - done) {
        unsafe max(
          0,
          pread(
            file.file.descriptor,
            $0.baseAddress,
            min($0.count, length - done),
            off_t(offset) + off_t(done)
          )
        )
      }
      guard count > 0 else { return nil }
      done += count
    }
    return buffer
  }
}
#endif
