private import Glibc
internal import SafeIO
private import Synchronization

/// Where the bytes of a file that is fetched go.
protocol FetchSink: AnyObject {
  /// How many bytes it has: what is asked for begins there.
  var count: UInt64 { get }
  /// Forgets what it has.
  func restart() throws(Failure)
  /// Whether what it has is of use after the connection broke: only where a hash tells in the end
  /// that both parts are of one file.
  var canGoOn: Bool { get }
  /// Told that what comes next was asked for in the middle of the file.
  func goesOn()
  /// Takes the next bytes in.
  func write(_ bytes: RawSpan) throws(Failure)
}

extension FetchSink {
  func goesOn() {}
}

/// Asks an upstream for one file after the other, again where that may help.
struct Fetcher: Sendable {
  let upstream: any Upstream
  let root: UpstreamAddress
  /// How often a request is repeated after trouble that may pass.
  let retries: Int
  let rate: RateLimit?
  var leastRate = LeastRate()
  let health = Health()

  /// What came of asking for one file.
  enum Outcome {
    case done(AnswerHead)
    case absent
    case notModified
    /// The same request may do better later, from where the file is now.
    case refused(String)
    /// There is none for this client, says the server; some say so of files that are not there.
    case forbidden(String)
    /// The upstream has something else with that name.
    case otherSize(String)
    /// Nobody answered at all.
    case unanswered(String)
  }

  /// What an attempt must bring so that trouble after it does not count, in bytes.
  private static let leastProgress: UInt64 = 256 << 10
  /// Most redirects that are followed for one request, as `apt` does.
  private static let redirectLimit = 10
  /// Seconds that a server may make us wait.
  private static let longestWait: UInt64 = 60

  /// Asks for a file until it is there, or asking is of no use.
  ///
  /// - Throws: what `sink` throws, interruptions, and `io` when the upstream seems to be gone.
  func fetch(
    _ path: String,
    size: UInt64?,
    limit: UInt64,
    ifModifiedSince: String = "",
    isFresh: Bool = false,
    into sink: some FetchSink
  ) throws(Failure) -> Outcome {
    var restarted = false
    var attempt = 0
    var isSlowAgain = false
    let watch = Stopwatch()
    let seconds = sink.canGoOn ? .infinity : leastRate.smallFileLimit
    while true {
      try Interruption.check()
      let before = sink.count
      let result = try once(
        UpstreamRequest(
          address: root.appending(path),
          offset: sink.canGoOn ? before : 0,
          ifModifiedSince: ifModifiedSince,
          isFresh: isFresh
        ),
        size: size,
        limit: limit,
        until: { watch.seconds < seconds },
        into: sink
      )
      switch result {
      case .slow(let reason):
        // Another server behind the address may do better, once.
        if isSlowAgain || retries == 0 || watch.seconds >= seconds { throw slow(reason, path) }
        isSlowAgain = true
      case .outcome(let outcome):
        health.isAnswering()
        return outcome
      case .restart(let reason):
        try sink.restart()
        if restarted { return .refused(reason) }
        restarted = true
      case .short(let reason):
        // A connection that broke, or a page in place of a file, of which nobody said how long it is.
        attempt = goesForward(sink, from: before) ? 0 : attempt + 1
        guard attempt <= retries else { return .otherSize(reason) }
        try pause(attempt, nil)
      case .again(let reason, let after), .unanswered(let reason, let after):
        attempt = goesForward(sink, from: before) ? 0 : attempt + 1
        guard attempt <= retries else {
          try health.isFailing(reason, root)
          let told = reason + (retries > 0 ? ", \(attempt) times" : "")
          if case .unanswered = result { return .unanswered(told) }
          return .refused(told)
        }
        try pause(attempt, after)
      }
    }
  }

  /// Whether an attempt was of use: what goes forward is no failed one, but a few bytes each time are no way
  /// forward.
  private func goesForward(_ sink: some FetchSink, from before: UInt64) -> Bool {
    sink.count > before && sink.count - before >= Fetcher.leastProgress
  }

  private enum Attempt {
    case outcome(Outcome)
    case again(String, UInt64?)
    case unanswered(String, UInt64?)
    case restart(String)
    /// It ended early, and there was no word of how long it is.
    case short(String)
    /// What comes is too little to wait for.
    case slow(String)
  }

  private func slow(_ reason: String, _ path: String) -> Failure {
    Failure(
      .io,
      "upstream-slow",
      "the upstream is too slow: \(reason)",
      subject: root.appending(path).text,
      hint: "run the same command again later, it goes on with what was fetched;"
        + " --least-rate 0 waits however slow it is"
    )
  }

  /// One request, with the redirects that it meets.
  private func once(
    _ request: UpstreamRequest,
    size: UInt64?,
    limit: UInt64,
    until isInTime: () -> Bool,
    into sink: some FetchSink
  ) throws(Failure) -> Attempt {
    var request = request
    for _ in 0...Fetcher.redirectLimit {
      let answer: any UpstreamAnswer
      do throws(UpstreamTrouble) {
        answer = try upstream.send(request)
      } catch {
        return .unanswered(error.reason, nil)
      }
      let decision = AnswerRules.decide(
        answer.head,
        AnswerRules.Question(
          address: request.address,
          offset: request.offset,
          size: size,
          limit: limit,
          isConditional: !request.ifModifiedSince.isEmpty
        )
      )
      guard case .take(let start) = decision else {
        drain(answer)
        switch decision {
        case .redirect(let target):
          request.address = target
          continue
        case .take, .absent: return .outcome(.absent)
        case .notModified: return .outcome(.notModified)
        case .again(let reason, let after): return .again(reason, after)
        case .restart(let reason): return .restart(reason)
        case .refuse(let reason): return .outcome(.refused(reason))
        case .forbid(let reason): return .outcome(.forbidden(reason))
        case .otherSize(let reason): return .outcome(.otherSize(reason))
        }
      }
      if start > 0 { sink.goesOn() } else if sink.count > 0 { try sink.restart() }
      return try take(answer, size: size, limit: limit, until: isInTime, into: sink)
    }
    return .outcome(.refused("the server redirects more than \(Fetcher.redirectLimit) times"))
  }

  /// Reads the short page that comes with a refusal, so that the connection can be used again.
  private func drain(_ answer: any UpstreamAnswer) {
    var count = 0
    do throws(ReadError) {
      while count < 1 << 16, try answer.read({ count += $0.byteCount }) {}
      if count < 1 << 16 { return }
    } catch {
      // It is of no interest; the connection is closed.
    }
    answer.abandon()
  }

  private func take(
    _ answer: any UpstreamAnswer,
    size: UInt64?,
    limit: UInt64,
    until isInTime: () -> Bool,
    into sink: some FetchSink
  ) throws(Failure) -> Attempt {
    let most = size ?? limit
    do throws(ReadError) {
      var tooLong = false
      while true {
        let more = try answer.read { (bytes) throws(Failure) in
          try Interruption.check()
          guard UInt64(bytes.byteCount) <= most - min(most, sink.count) else {
            tooLong = true
            return
          }
          try rate?.wait(for: bytes.byteCount)
          try sink.write(bytes)
        }
        if tooLong {
          answer.abandon()
          try restart(sink)
          let reason = "the server sends more than the \(most) bytes that it has"
          return .outcome(size == nil ? .refused(reason) : .otherSize(reason))
        }
        if !more { break }
        if !isInTime() {
          throw .trouble(UpstreamTrouble("a small file takes too long", isSlow: true))
        }
      }
    } catch {
      answer.abandon()
      switch error {
      case .failure(let failure): throw failure
      case .trouble(let trouble):
        return trouble.isSlow ? .slow(trouble.reason) : .again(trouble.reason, nil)
      }
    }
    if let size, sink.count < size {
      let reason = "the server sent \(sink.count) of \(size) bytes"
      return answer.head.contentLength == nil ? .short(reason) : .again(reason, nil)
    }
    return .outcome(.done(answer.head))
  }

  private func restart(_ sink: some FetchSink) throws(ReadError) {
    do throws(Failure) { try sink.restart() } catch { throw .failure(error) }
  }

  /// Waits before a request is repeated, longer each time.
  private func pause(_ attempt: Int, _ wanted: UInt64?) throws(Failure) {
    let own = 0.25 * Double(1 << min(max(0, attempt - 1), 6))
    var left = max(own, Double(min(wanted ?? 0, Fetcher.longestWait)))
    while left > 0 {
      try Interruption.check()
      let step = min(left, 0.2)
      usleep(useconds_t(step * 1_000_000))
      left -= step
    }
  }

  /// Whether the upstream answers at all: asking it for thousands of files that it cannot give
  /// would take hours to say what is clear after a few.
  final class Health: Sendable {
    private let failures = Mutex(0)
    private static let most = 10

    func isAnswering() { failures.withLock { $0 = 0 } }

    func isFailing(_ reason: String, _ root: UpstreamAddress) throws(Failure) {
      let count = failures.withLock { failures in
        failures += 1
        return failures
      }
      guard count >= Health.most else { return }
      throw Failure(
        .io,
        "upstream-unreachable",
        "the upstream gives no file any more: \(reason)",
        subject: root.text,
        hint: "run the same command again when it answers; what was fetched is kept"
      )
    }
  }
}
