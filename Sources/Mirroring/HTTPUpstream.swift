#if Network
internal import AsyncHTTPClient
internal import DebianRepository
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SafeIO
private import Synchronization

/// Web servers as an upstream, over HTTP/1.1 with connections that are kept, or HTTP/2 where TLS
/// offers it.
///
/// Event loops only move bytes between sockets and queues; whoever asks waits on a thread of its
/// own, hashes there and writes there.
final class HTTPUpstream: Upstream {
  /// How connections are made and watched.
  struct Settings: Sendable {
    /// Connections a host.
    var connections = 8
    /// Seconds without a byte after which a connection counts as stalled.
    var timeout = 30.0
    /// The least that must come in `timeout` seconds of waiting, in bytes.
    var leastBytes: UInt64 = 1024
    /// The least of all connections together, over a longer time.
    var leastRate = LeastRate()
    var userAgent = "aptferry"
  }

  private let group: MultiThreadedEventLoopGroup
  /// How a client goes where it goes.
  private struct Way: Hashable {
    let proxy: ProxySettings.Proxy?
    /// Whether the proxy takes whole addresses, as it does for `http:`.
    let namesTarget: Bool
    let tls: TLSSettings
  }

  private let meter = LeastRate.Meter()
  private let clients = Mutex<[Way: HTTPClient]>([:])
  private let logins = Mutex<[ProxySettings.Proxy: SOCKSLogin]>([:])
  private let settings: Settings
  private let proxies: ProxySettings
  private let credentials: Credentials
  private let apt: AptConfiguration

  init(
    settings: Settings,
    proxies: ProxySettings,
    credentials: Credentials,
    apt: AptConfiguration = AptConfiguration()
  ) {
    self.apt = apt
    self.settings = settings
    self.proxies = proxies
    self.credentials = credentials
    // The threads that hash and write need the processors more.
    group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, Threads.processors / 2))
  }

  deinit {
    for client in clients.withLock({ $0.values }) {
      // Nothing is in flight: whoever asked has got its answer or abandoned it.
      do { try client.syncShutdown() } catch {}
    }
    for login in logins.withLock({ $0.values }) { login.close() }
    do { try group.syncShutdownGracefully() } catch {}
  }

  func send(_ request: UpstreamRequest) throws(UpstreamTrouble) -> any UpstreamAnswer {
    let exchange = HTTPExchange()
    let task: HTTPClient.Task<Void>
    let way: Way
    var through = ""
    do {
      let proxy = try proxies.proxy(for: request.address)
      if let proxy { through = " (through the proxy \(Escaped.line(proxy.place, limit: 100)))" }
      let prepared = try prepared(request, proxy)
      way = self.way(proxy, request.address)
      task = try client(way).execute(request: prepared, delegate: exchange)
    } catch let failure as Failure {
      throw UpstreamTrouble(failure.reason)
    } catch {
      throw UpstreamTrouble(HTTPExchange.reason(error) + through)
    }
    // Connecting has a limit of its own.
    switch HTTPUpstream.wait(exchange, settings.timeout + HTTPUpstream.connectTimeout) {
    case .element(.head(let head)):
      return Answer(AnswerHead(head), exchange, task, settings, meter)
    case .element(.failed(let reason)): throw UpstreamTrouble(saidByProxy(way, reason) + through)
    case .element, .ended: throw UpstreamTrouble("the server gave no answer" + through)
    case .timedOut:
      exchange.abandon()
      task.cancel()
      if HTTPUpstream.isInterrupted { throw UpstreamTrouble("interrupted") }
      throw UpstreamTrouble("no answer within \(Int(settings.timeout)) seconds" + through)
    }
  }

  /// Seconds.
  private static let connectTimeout = 10.0

  /// Waits for what comes next, not longer than some seconds and not beyond a signal.
  static func wait(
    _ exchange: HTTPExchange,
    _ seconds: Double
  ) -> BoundedQueue<HTTPExchange.Event>.Reception {
    let watch = Stopwatch()
    while true {
      let left = seconds - watch.seconds
      let reception = exchange.next(within: min(max(left, 0), 0.25))
      guard case .timedOut = reception, left > 0, !isInterrupted else { return reception }
    }
  }

  private static var isInterrupted: Bool {
    do throws(Failure) {
      try Interruption.check()
      return false
    } catch {
      return true
    }
  }

  private func way(_ proxy: ProxySettings.Proxy?, _ address: UpstreamAddress) -> Way {
    Way(
      proxy: proxy,
      namesTarget: HTTPUpstream.namesTarget(proxy, address),
      tls: TLSSettings(for: address, apt)
    )
  }

  private static func namesTarget(
    _ proxy: ProxySettings.Proxy?,
    _ address: UpstreamAddress
  ) -> Bool {
    proxy.map { !$0.isSOCKS && address.scheme == .http } ?? false
  }

  /// What a proxy that wants a login said, where that is known; else what the client says.
  private func saidByProxy(_ way: Way, _ reason: String) -> String {
    let said = way.proxy.flatMap { proxy in logins.withLock { $0[proxy] } }?.lastTrouble ?? ""
    return said.isEmpty ? reason : said
  }

  /// The port on loopback that stands for a SOCKS proxy with a login.
  private func port(of proxy: ProxySettings.Proxy) throws(Failure) -> Int {
    do {
      return try logins.withLock { logins in
        if let login = logins[proxy] { return login.port }
        let login = try SOCKSLogin(proxy, group: group)
        logins[proxy] = login
        return login.port
      }
    } catch {
      throw Failure(
        .io,
        "proxy",
        "could not listen on loopback for the proxy's login: \(HTTPExchange.reason(error))",
        subject: proxy.place
      )
    }
  }

  /// Where the client finds a SOCKS proxy.
  private func place(of proxy: ProxySettings.Proxy) throws(Failure) -> (host: String, port: Int) {
    guard proxy.login != nil else { return (proxy.host, proxy.port) }
    return ("127.0.0.1", try port(of: proxy))
  }

  private func client(_ way: Way) throws(Failure) -> HTTPClient {
    if let client = clients.withLock({ $0[way] }) { return client }
    let tls = try way.tls.configuration()
    let socks = try way.proxy.flatMap { (proxy) throws(Failure) in
      proxy.isSOCKS ? try place(of: proxy) : nil
    }
    return clients.withLock { clients in
      if let client = clients[way] { return client }
      var configuration = HTTPClient.Configuration()
      configuration.redirectConfiguration = .disallow
      configuration.decompression = .disabled
      configuration.tlsConfiguration = tls
      configuration.timeout.connect = .seconds(Int64(HTTPUpstream.connectTimeout))
      configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
        settings.connections
      // Retrying is ours, with a limit and a word about it.
      configuration.connectionPool.retryConnectionEstablishment = false
      if way.namesTarget {
        configuration.http1_1ConnectionDebugInitializer = { ProxyTarget.install(in: $0) }
      }
      configuration.proxy = (way.namesTarget ? nil : way.proxy).map { proxy in
        socks.map { .socksServer(host: $0.host, port: $0.port) }
          ?? .server(
            host: proxy.host,
            port: proxy.port,
            authorization: proxy.login.map { .basic(username: $0, password: proxy.password) }
          )
      }
      let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
      clients[way] = client
      return client
    }
  }

  private func prepared(
    _ request: UpstreamRequest,
    _ proxy: ProxySettings.Proxy?
  ) throws -> HTTPClient.Request {
    var headers = HTTPHeaders([("User-Agent", settings.userAgent), ("Accept", "*/*")])
    if request.offset > 0 { headers.add(name: "Range", value: "bytes=\(request.offset)-") }
    if !request.ifModifiedSince.isEmpty {
      headers.add(name: "If-Modified-Since", value: request.ifModifiedSince)
    }
    if request.isFresh { headers.add(name: "Cache-Control", value: "max-age=0") }
    if let (login, password) = credentials.find(for: request.address) {
      let value = HTTPClient.Authorization.basic(username: login, password: password).headerValue
      headers.add(name: "Authorization", value: value)
    }
    guard let proxy, HTTPUpstream.namesTarget(proxy, request.address) else {
      return try HTTPClient.Request(url: request.address.text, headers: headers)
    }
    headers.add(name: "Host", value: request.address.authority)
    if let login = proxy.login {
      let value = HTTPClient.Authorization.basic(username: login, password: proxy.password)
      headers.add(name: "Proxy-Authorization", value: value.headerValue)
    }
    return try HTTPClient.Request(
      url: "http://\(proxy.place)\(request.address.path)",
      headers: headers
    )
  }
}

extension AnswerHead {
  init(_ head: HTTPResponseHead) {
    self.init(status: Int(head.status.code))
    func value(_ name: String) -> String? { head.headers.first(name: name) }
    contentLength = value("Content-Length").flatMap { UInt64($0) }
    range = value("Content-Range").flatMap { AnswerHead.range($0) }
    location = value("Location")
    retryAfter = value("Retry-After").flatMap {
      AnswerHead.seconds(ofRetryAfter: $0, date: value("Date"), now: .now())
    }
    contentEncoding = value("Content-Encoding")
    contentType = value("Content-Type")
    lastModified = value("Last-Modified")
  }
}

extension ByteBuffer {
  func withBytes(_ body: (RawSpan) throws(Failure) -> Void) throws(Failure) {
    // The closure of NIO forgets the type of what is thrown.
    var thrown: Failure?
    unsafe withUnsafeReadableBytes { bytes in
      do throws(Failure) {
        try unsafe body(RawSpan(_unsafeBytes: bytes))
      } catch {
        thrown = error
      }
    }
    if let thrown { throw thrown }
  }
}
#endif
