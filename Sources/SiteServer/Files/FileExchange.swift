#if Network
private import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Publishing
internal import SafeIO

/// One request for something published, and its answer.
struct FileExchange {
  let handler: FilesHandler
  private let head: HTTPRequestHead
  private let context: ChannelHandlerContext
  let sender: AnswerSender

  init(_ handler: FilesHandler, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    (self.handler, self.head, self.context) = (handler, head, context)
    sender = AnswerSender(handler, head, context)
  }

  var site: Site { handler.site }

  /// Answers, now or when a thread has done its part.
  func answer() {
    let target: RequestTarget
    do {
      target = try RequestTarget(head.uri)
    } catch {
      return sender.send(error == .long ? .uriTooLong : .badRequest)
    }
    let authorization = head.headers.first(name: "Authorization")
    switch site.access.reader(authorization, handler.peer) {
    case .verdict(let verdict): answer(target, verdict)
    case .unchecked:
      let (access, peer) = (site.access, handler.peer)
      onThread(site.checking, { access.check(authorization, peer) }) { verdict in
        answer(target, verdict)
      }
    }
  }

  private func answer(_ target: RequestTarget, _ verdict: AccessControl.Verdict) {
    switch verdict {
    case .caller(let caller): answer(target, caller)
    case .wrong: sender.sendLogin()
    case .tooMany: sender.send(.tooManyRequests, [("Retry-After", "60")])
    case .inClear: sender.send(.forbidden)
    }
  }

  private func answer(_ target: RequestTarget, _ caller: Caller) {
    handler.line.user = caller.text
    // Who must log in first does not learn what there is, nor what may be done with it.
    guard !caller.isStranger(site.access) || caller.rights != .none else {
      return sender.sendLogin()
    }
    guard head.method == .GET || head.method == .HEAD else {
      return sender.send(.methodNotAllowed, [("Allow", "GET, HEAD")])
    }
    if target.components == ["repos"] {
      guard target.isDirectory else { return sender.sendDirectory(target) }
      return sender.send(
        DirectoryPage(target.components, [ServedDirectory.Child(name: "-", size: nil)]).text
      )
    }
    if let plain = target.behindStorage {
      if plain.components.isEmpty, !target.isDirectory { return sender.sendDirectory(target) }
      return answer(plain, caller)
    }
    if let far = site.far { return answer(target, caller, from: far) }
    attempt { () throws(Failure) in
      guard let place = try site.trees.place(target.components) else {
        return try answerAbove(target, caller)
      }
      guard caller.rights.allow(.read, at: place.prefix.text) else { return refuse(caller) }
      handler.line.prefix = place.prefix.text
      handler.line.generation = String(place.generation)
      if site.trees.isReady(place) { return try answer(target, place) }
      let trees = site.trees
      onThread({ () throws(Failure) in try trees.prepare(place) }) {
        (outcome: Result<Void, Failure>) in
        attempt { () throws(Failure) in
          try outcome.get()
          try answer(target, place)
        }
      }
    }
  }

  /// Answers with what is at a place; when nothing is, with what was there before, or is since a
  /// switch that came in between.
  private func answer(_ target: RequestTarget, _ place: ServedPlace) throws(Failure) {
    if let item = try site.trees.look(at: place) { return answer(target, place, item) }
    let (trees, components) = (site.trees, target.components)
    onThread({ () throws(Failure) -> ServedItem? in
      if let now = try trees.place(components), now.generation != place.generation,
        let item = try trees.look(at: now)
      {
        return item
      }
      return try trees.lookEarlier(than: place)
    }) { outcome in
      attempt { () throws(Failure) in
        guard let item = try outcome.get() else { return sender.send(.notFound) }
        answer(target, place, item)
      }
    }
  }

  private func answer(_ target: RequestTarget, _ place: ServedPlace, _ item: ServedItem) {
    show(target, item, path: place.path)
  }

  /// Sends what is at a path of a tree.
  func show(_ target: RequestTarget, _ item: ServedItem, path: String) {
    switch item {
    case .file(let file):
      if target.isDirectory { return sender.send(.notFound) }
      sender.send(file, path: path)
    case .directory(let children):
      guard target.isDirectory else { return sender.sendDirectory(target) }
      sender.send(DirectoryPage(target.components, children).text)
    }
  }

  /// What is above the publications: the directories that lead to those that the caller may read.
  private func answerAbove(_ target: RequestTarget, _ caller: Caller) throws(Failure) {
    let prefixes = try site.trees.prefixes().map(\.text)
    let above = target.components.isEmpty ? "" : target.components.joined(separator: "/") + "/"
    let below = prefixes.filter {
      $0.hasPrefix(above) && caller.rights.allow(.read, at: $0)
    }
    showAbove(below, target, caller)
  }

  /// Sends the directories that lead to these prefixes, all of which are below the path.
  func showAbove(_ below: [String], _ target: RequestTarget, _ caller: Caller) {
    let above = target.components.isEmpty ? "" : target.components.joined(separator: "/") + "/"
    guard !below.isEmpty || target.components.isEmpty && !caller.isStranger(site.access) else {
      // Where somebody may read nothing, what is there and what is not are answered alike.
      let place = target.components.joined(separator: "/")
      return caller.rights.allow(.read, at: place) ? sender.send(.notFound) : refuse(caller)
    }
    guard target.isDirectory else { return sender.sendDirectory(target) }
    let names = Set(below.map { String($0.dropFirst(above.count).prefix { $0 != "/" }) }).sorted()
    sender.send(
      DirectoryPage(
        target.components,
        names.map { ServedDirectory.Child(name: $0, size: nil) }
      ).text
    )
  }

  func refuse(_ caller: Caller) {
    if caller.isStranger(site.access) { return sender.sendLogin() }
    sender.send(.forbidden)
  }

  /// How often what this process has no file left for is tried again, and after how many milliseconds.
  private static let (mostRetries, pause) = (50, 20)

  /// Whether a failure is over in a moment: connections that are turned away have a file until then, too.
  private static func mayPass(_ failure: Failure) -> Bool {
    failure.kind == .resource && failure.name == "limit"
  }

  /// A failure on the way is no answer for clients to believe: they try again.
  func attempt(
    _ retries: Int = FileExchange.mostRetries,
    _ body: @escaping () throws(Failure) -> Void
  ) {
    do throws(Failure) {
      try body()
    } catch {
      if FileExchange.mayPass(error), retries > 0 {
        context.eventLoop.assumeIsolated()
          .scheduleTask(in: .milliseconds(Int64(FileExchange.pause))) {
            attempt(retries - 1, body)
          }
        return
      }
      site.tell(error)
      sender.send(error.kind == .integrity ? .internalServerError : .serviceUnavailable)
    }
  }

  func onThread<Value: Sendable>(
    _ threads: NIOThreadPool,
    _ work: @escaping @Sendable () -> Value,
    _ then: @escaping (Value) -> Void
  ) {
    threads.runIfActive(eventLoop: context.eventLoop, work).assumeIsolated().whenComplete {
      switch $0 {
      case .success(let value): then(value)
      case .failure: sender.send(.serviceUnavailable)
      }
    }
  }

  private func onThread<Value: Sendable>(
    _ work: @escaping @Sendable () throws(Failure) -> Value,
    _ then: @escaping (Result<Value, Failure>) -> Void
  ) {
    onThread(
      site.threads,
      { () -> Result<Value, Failure> in
        var retries = FileExchange.mostRetries
        while true {
          do throws(Failure) {
            return .success(try work())
          } catch {
            guard FileExchange.mayPass(error), retries > 0 else { return .failure(error) }
            retries -= 1
            usleep(useconds_t(FileExchange.pause) * 1000)
          }
        }
      },
      then
    )
  }
}
#endif
