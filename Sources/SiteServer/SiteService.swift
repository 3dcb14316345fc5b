#if Network
internal import Depot
private import Glibc
internal import HummingbirdCore
internal import NIOCore
private import NIOExtras
internal import NIOHTTPTypes
private import NIOPosix
internal import Operations
internal import Publishing
package import SafeIO
private import UnixSignals

/// The server of a site: what is published, for apt; and what else a site shows and lets do.
package struct SiteService: Sendable {
  private let settings: ServerSettings
  private let site: Site
  private let certificates: Certificates?
  private let limit: ConnectionLimit
  private let tell: @Sendable (Note) -> Void

  /// What an accepted connection is.
  private typealias Connection = (SiteChannel.Value, Peer)
  private typealias Listener = NIOAsyncChannel<Connection, Never>

  /// Reads what the settings name; nothing listens yet.
  package init(
    _ settings: ServerSettings,
    tell: @escaping @Sendable (Note) -> Void
  ) throws(Failure) {
    self.settings = settings
    self.tell = tell
    certificates = try settings.tls.map { (files) throws(Failure) in try Certificates(files) }
    let limit = ConnectionLimit(
      min(settings.connections, OpenFiles.connections(OpenFiles.most())),
      each: settings.connectionsEach
    )
    self.limit = limit
    let (path, program) = (settings.depot, settings.program)
    let work = APIWorkers()
    site = Site(
      trees: try ServedTrees { () throws(Failure) in
        try Session(at: path, program: program).depot()
      },
      far: settings.far,
      depot: path,
      work: work,
      access: try AccessControl(
        AccessControl.Settings(
          users: settings.users,
          rights: settings.rights,
          allowsClear: settings.takesPasswordsInClear
        ),
        tokens: KnownTokens(depot: path),
        tell: tell
      ),
      log: try AccessLog(settings.accessLog),
      openConnections: { limit.open },
      threads: NIOThreadPool(numberOfThreads: 8),
      fetching: NIOThreadPool(numberOfThreads: settings.far == nil ? 1 : 32),
      checking: NIOThreadPool(numberOfThreads: 2),
      session: { caller, tell in
        Session(
          at: path,
          program: program,
          actor: .current(for: .init(name: caller.name, address: caller.address)),
          interruption: work.interruption,
          patience: 600,
          tell: tell
        )
      },
      media: MediaPlaces.standard + settings.media,
      isSecure: settings.tls != nil
    ) { failure in
      tell(Note(.warning, failure.code, FailureLine.text(failure)))
    }
  }

  /// Serves until a signal says that it is enough, on the thread that calls.
  ///
  /// SIGHUP reads certificates anew and opens the access log anew. SIGTERM and SIGINT take no new
  /// connections and let the transfers that go on end within the grace.
  package func run(
    whenListening: @escaping @Sendable ([String]) -> Void
  ) throws(Failure) {
    try Privileges.keepFromGrowing()
    if geteuid() == 0 {
      let text = "the server runs as root; run it as the depot's owner, as its unit does"
      tell(Note(.warning, "runs-as-root", text))
    }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: Threads.processors)
    site.threads.start()
    site.fetching.start()
    site.work.start()
    site.checking.start()
    try UploadPlace(depot: settings.depot).dropUnfinished()
    let done = group.next().makePromise(of: Result<Void, Failure>.self)
    done.completeWithTask {
      do throws(Failure) {
        try await serve(group, whenListening)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    let outcome: Result<Void, Failure>
    do {
      outcome = try done.futureResult.wait()
      try site.work.stop()
      try group.syncShutdownGracefully()
      try site.threads.syncShutdownGracefully()
      try site.fetching.syncShutdownGracefully()
      try site.checking.syncShutdownGracefully()
    } catch {
      throw Failure(.internal, "server", "the server could not end in order: \(error)")
    }
    try outcome.get()
  }

  private func serve(
    _ group: MultiThreadedEventLoopGroup,
    _ whenListening: @escaping @Sendable ([String]) -> Void
  ) async throws(Failure) {
    let quiescing = ServerQuiescingHelper(group: group)
    var listeners: [Listener] = []
    for address in addresses {
      let listener = try await bind(address, group, quiescing)
      try requirePrivate(listener.channel.localAddress)
      listeners.append(listener)
    }
    whenListening(listeners.map { name(of: $0.channel) })
    ServiceManager.tell("READY=1")
    let all = listeners
    await withTaskGroup(of: Void.self) { tasks in
      for listener in all { tasks.addTask { await accept(listener) } }
      tasks.addTask { await obeySignals(group, quiescing) }
      await tasks.waitForAll()
    }
  }

  private var addresses: [ListenAddress] {
    if !settings.addresses.isEmpty { return settings.addresses }
    let inherited = ServiceManager.sockets()
    return inherited.isEmpty ? [.standard] : inherited
  }

  /// Refuses users where everybody on the way could read their passwords.
  private func requirePrivate(_ address: SocketAddress?) throws(Failure) {
    guard settings.users != nil, settings.tls == nil, !settings.takesPasswordsInClear,
      !Peer.isHere(address)
    else { return }
    throw Failure(
      .configuration,
      "passwords-in-clear",
      "users would send their passwords so that everybody on the way can read them",
      subject: address?.description,
      hint:
        "serve HTTPS with --tls-certificate and --tls-key, listen on this machine alone behind a "
        + "server that does, or say --passwords-in-clear"
    )
  }

  private func name(of channel: any Channel) -> String {
    guard let address = channel.localAddress else { return "?" }
    if let path = address.pathname { return "unix:\(path)" }
    let host = address.ipAddress ?? "?"
    let scheme = certificates == nil ? "http" : "https"
    return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(address.port ?? 0)/"
  }

  private func bind(
    _ address: ListenAddress,
    _ group: MultiThreadedEventLoopGroup,
    _ quiescing: ServerQuiescingHelper
  ) async throws(Failure) -> Listener {
    let (site, certificates, limit) = (site, certificates, limit)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(AcceptBackoffHandler())
          try pipeline.addHandler(ConnectionLimitHandler(limit))
          try pipeline.addHandler(quiescing.makeServerChannelHandler(channel: channel))
        }
      }
    let setUp: @Sendable (any Channel) -> EventLoopFuture<Connection> = { channel in
      SiteChannel.setUp(channel, site, certificates)
    }
    do {
      switch address {
      case .network(let host, let port):
        return try await bootstrap.bind(host: host, port: port, childChannelInitializer: setUp)
      case .unix(let path):
        return try await bootstrap.bind(
          unixDomainSocketPath: path,
          cleanupExistingSocketFile: true,
          childChannelInitializer: setUp
        )
      case .inherited(let number):
        return try await bootstrap.bind(number, childChannelInitializer: setUp)
      }
    } catch {
      throw Failure(
        .io,
        "listen",
        "the server cannot listen there: \(error)",
        subject: address.description,
        hint: "name another address with --listen, or end what listens there"
      )
    }
  }

  private func accept(_ listener: Listener) async {
    let answers = SiteAnswers(site)
    await withDiscardingTaskGroup { connections in
      do {
        try await listener.executeThenClose { inbound in
          for try await (value, peer) in inbound {
            connections.addTask {
              await SiteChannel(responder: answers.responder(peer)).handle(
                value: value,
                logger: SiteChannel.logger
              )
            }
          }
        }
      } catch {
        tell(Note(.warning, "listener", "no new connections can be taken: \(error)"))
      }
    }
  }

  private func obeySignals(
    _ group: MultiThreadedEventLoopGroup,
    _ quiescing: ServerQuiescingHelper
  ) async {
    for await signal in await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint) {
      guard signal == .sighup else { break }
      reload()
    }
    ServiceManager.tell("STOPPING=1")
    let ended = group.next().makePromise(of: Void.self)
    quiescing.initiateShutdown(promise: ended)
    let timer = group.next().scheduleTask(in: .milliseconds(Int64(settings.grace * 1000))) {
      ended.succeed()
    }
    do {
      try await ended.futureResult.get()
    } catch {
      tell(Note(.warning, "listener", "a listener did not end in order: \(error)"))
    }
    timer.cancel()
    // Whoever still takes bytes has had its time.
    limit.closeAll()
  }

  private func reload() {
    ServiceManager.tell("RELOADING=1\nMONOTONIC_USEC=\(NIODeadline.now().uptimeNanoseconds / 1000)")
    let (certificates, site) = (certificates, site)
    reload { () throws(Failure) in try certificates?.reload() }
    reload { () throws(Failure) in try site.access.reload() }
    reload { () throws(Failure) in try site.log.reopen() }
    ServiceManager.tell("READY=1")
  }
}

extension SiteService {
  private func reload(_ part: () throws(Failure) -> Void) {
    do throws(Failure) {
      try part()
    } catch {
      tell(Note(.warning, error.code, "what was in use stays: " + FailureLine.text(error)))
    }
  }
}

/// A failure in one line, for the operator's log.
enum FailureLine {
  static func text(_ failure: Failure) -> String {
    failure.reason + (failure.subject.map { ": \($0)" } ?? "")
  }
}
#endif
