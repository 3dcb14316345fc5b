#if Network
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import SafeIO
private import Synchronization

/// Connections to a store: one request, its body as it is read, and the whole of its short answer.
///
/// Event loops only move bytes; whoever asks waits on a thread of its own and reads the body there.
final class StoreConnection: Sendable {
  private let group: MultiThreadedEventLoopGroup
  private let client: HTTPClient
  private let timeout: Double

  /// Seconds.
  private static let connectTimeout = 10.0
  /// How much of a body is on its way at a time, in blocks.
  private static let ahead = 2

  /// Connections of so many at a time; `authorities` are the certificates that the store's own must
  /// lead to, nil for this machine's, and `addresses` those of names, instead of the resolver's.
  init(
    width: Int,
    timeout: Double,
    authorities: String?,
    addresses: [String: String] = [:]
  ) throws(Failure) {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.decompression = .disabled
    configuration.timeout = HTTPClient.Configuration.Timeout(
      connect: .seconds(Int64(StoreConnection.connectTimeout)),
      read: .milliseconds(Int64(timeout * 1000)),
      write: .milliseconds(Int64(timeout * 1000))
    )
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = width
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.dnsOverride = addresses
    if let authorities {
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.trustRoots = .certificates(try StoreConnection.certificates(authorities))
      configuration.tlsConfiguration = tls
    }
    self.timeout = timeout
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
  }

  deinit {
    // Nothing is in flight: whoever asked has got an answer or given up.
    do { try client.syncShutdown() } catch {}
    do { try group.syncShutdownGracefully() } catch {}
  }

  private static func certificates(_ path: String) throws(Failure) -> [NIOSSLCertificate] {
    do {
      return try NIOSSLCertificate.fromPEMFile(path)
    } catch {
      throw Failure(
        .configuration,
        "tls-file",
        "the file with the authorities of the object store cannot be used",
        subject: path,
        hint: "it has to be PEM, and readable for this user"
      )
    }
  }

  private enum Event: Sendable {
    case begin(HTTPClient.Body.StreamWriter)
    case written
    case broken
    case done(Result<HTTPClient.Response, any Error>)
  }

  /// Sends a request and waits for its answer.
  func send(
    _ method: String,
    _ url: String,
    _ headers: [(name: String, value: String)],
    _ payload: StorePayload,
    answerLimit: Int
  ) throws(StoreProblem) -> StoreAnswer {
    let events = BoundedQueue<Event>(limit: .max)
    let end = BodyEnd(group.any())
    defer {
      end.close()
      events.cancel()
    }
    let request: HTTPClient.Request
    do {
      request = try HTTPClient.Request(
        url: url,
        method: HTTPMethod(rawValue: method),
        headers: HTTPHeaders(headers.map { ($0.name, $0.value) }),
        body: StoreConnection.body(payload, end, events)
      )
    } catch {
      throw .trouble("the request cannot be made: \(error)")
    }
    let accumulator = ResponseAccumulator(request: request, maxBodySize: answerLimit)
    let task = client.execute(request: request, delegate: accumulator)
    task.futureResult.whenComplete { _ = events.send(.done($0)) }
    do throws(StoreProblem) {
      return try follow(events, payload, end)
    } catch {
      task.cancel()
      throw error
    }
  }

  private static func body(
    _ payload: StorePayload,
    _ end: BodyEnd,
    _ events: BoundedQueue<Event>
  ) -> HTTPClient.Body? {
    switch payload {
    case .bytes(let bytes): bytes.isEmpty ? nil : .byteBuffer(ByteBuffer(bytes: bytes))
    case .part(_, _, let size, _):
      .stream(contentLength: Int64(clamping: size)) { writer in
        _ = events.send(.begin(writer))
        return end.future
      }
    }
  }

  /// Feeds the body, and waits for the answer.
  private func follow(
    _ events: BoundedQueue<Event>,
    _ payload: StorePayload,
    _ end: BodyEnd
  ) throws(StoreProblem) -> StoreAnswer {
    var feed = BodyFeed(payload)
    var watch = Stopwatch()
    let patience = 2 * timeout + StoreConnection.connectTimeout
    while true {
      let reception = events.receive(within: 0.25)
      if case .element = reception { watch = Stopwatch() }
      switch reception {
      case .element(.begin(let writer)):
        feed.writer = writer
        for _ in 0..<StoreConnection.ahead { try pump(&feed, events, end) }
      case .element(.written): try pump(&feed, events, end)
      // The answer says why.
      case .element(.broken): end.close()
      case .element(.done(.success(let response))): return StoreAnswer(response)
      case .element(.done(.failure(let error))): throw .trouble(StoreConnection.reason(error))
      case .ended: throw .trouble("the answer broke off")
      case .timedOut:
        do throws(Failure) { try Interruption.check() } catch { throw .failure(error) }
        if watch.seconds > patience { throw .trouble("no answer within \(Int(patience)) seconds") }
      }
    }
  }

  /// Sends the next block of the body, or says that it has ended.
  private func pump(
    _ feed: inout BodyFeed,
    _ events: BoundedQueue<Event>,
    _ end: BodyEnd
  ) throws(StoreProblem) {
    guard let writer = feed.writer else { return }
    let buffer: ByteBuffer?
    do throws(Failure) { buffer = try feed.next() } catch { throw .failure(error) }
    guard let buffer else { return end.finish() }
    writer.write(.byteBuffer(buffer)).whenComplete { result in
      switch result {
      case .success: _ = events.send(.written)
      case .failure: _ = events.send(.broken)
      }
    }
  }

  /// What went wrong, for people.
  private static func reason(_ error: any Error) -> String {
    let text: String
    switch error {
    case let error as HTTPClientError where error == .connectTimeout:
      return "the connection could not be made in time"
    case let error as HTTPClientError where error == .readTimeout || error == .writeTimeout:
      return "nothing went on in time"
    case let error as HTTPClientError where error == .remoteConnectionClosed:
      return "the store closed the connection"
    case let error as NIOConnectionError:
      if error.dnsAError != nil, error.connectionErrors.isEmpty {
        return "the host \(error.host) has no address"
      }
      text = error.connectionErrors.first.map { "\($0.error)" } ?? "\(error)"
    default: text = "\(error)"
    }
    if text.contains("CERTIFICATE_VERIFY_FAILED") {
      return "the store's certificate is not one that this machine trusts"
    }
    if text.contains("Connection refused") { return "no connection: the store refuses it" }
    if text.contains("reset by peer") { return "the store broke the connection off" }
    return "the connection failed: " + Escaped.line(String(text.prefix(200)), limit: 200)
  }
}

/// What of a body is still to be sent.
private struct BodyFeed {
  var writer: HTTPClient.Body.StreamWriter?
  private let source: StoreSource?
  private var offset: UInt64 = 0
  private var left: UInt64 = 0
  private let block = Block()

  init(_ payload: StorePayload) {
    switch payload {
    case .bytes: source = nil
    case .part(let source, let offset, let size, _):
      (self.source, self.offset, left) = (source, offset, size)
    }
  }

  /// The next bytes; nil when there are no more.
  mutating func next() throws(Failure) -> ByteBuffer? {
    guard let source, left > 0 else { return nil }
    block.clear()
    let count = try source.read(offset, Int(min(UInt64(block.capacity), left)), block)
    guard count > 0 else {
      throw Failure(
        .integrity,
        .damagedObject,
        "an object of the depot is shorter than it should be",
        subject: source.digest.hex,
        hint: "run: aptferry depot check --repair-from DIR"
      )
    }
    offset += UInt64(count)
    left -= min(left, UInt64(count))
    return unsafe block.bytes.withUnsafeBytes { unsafe ByteBuffer(bytes: $0) }
  }
}

/// The end of a body, which the client is told once.
private final class BodyEnd: Sendable {
  private let promise: EventLoopPromise<Void>
  private let isTold = Mutex(false)

  init(_ loop: any EventLoop) { promise = loop.makePromise(of: Void.self) }

  var future: EventLoopFuture<Void> { promise.futureResult }

  func finish() { tell { $0.succeed() } }

  func close() { tell { $0.fail(Closed()) } }

  private func tell(_ body: (EventLoopPromise<Void>) -> Void) {
    let isFirst = isTold.withLock { told in
      defer { told = true }
      return !told
    }
    if isFirst { body(promise) }
  }

  private struct Closed: Error {}
}

extension StoreAnswer {
  fileprivate init(_ response: HTTPClient.Response) {
    status = Int(response.status.code)
    var found: [String: String] = [:]
    for (name, value) in response.headers where found[name.lowercased()] == nil {
      found[name.lowercased()] = value
    }
    headers = found
    body = response.body.map { Array($0.readableBytesView) } ?? []
  }
}
#endif
