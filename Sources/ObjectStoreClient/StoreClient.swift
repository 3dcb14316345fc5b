#if Network
private import Glibc
package import SafeIO
private import Synchronization

/// Speaks S3 to one bucket: signs, asks again where that may help, and says what the store refused.
package final class StoreClient: Sendable {
  /// How the store is reached.
  package struct Settings: Sendable {
    package let address: BucketAddress
    package let endpoint: StoreEndpoint
    package var region: String
    /// Whether the bucket stands in the name of the host instead of the path.
    package var isVirtualHosted = false
    /// The certificates that the store's own must lead to; nil for those that this machine trusts.
    package var authorities: String?
    package var userAgent = "aptferry"
    /// Requests at a time.
    package var width = 16
    /// Seconds in which something has to go on.
    package var timeout = 30.0
    /// How often a request is made before it is given up.
    package var attempts = 5
    /// Addresses of names, instead of what the resolver says.
    package var addresses: [String: String] = [:]

    package init(address: BucketAddress, endpoint: StoreEndpoint, region: String) {
      (self.address, self.endpoint, self.region) = (address, endpoint, region)
    }
  }

  package let settings: Settings
  private let credentials: StoreCredentials
  private let connection: StoreConnection
  private let pace: StorePace
  private let count = Atomic<Int>(0)

  package init(_ settings: Settings, _ credentials: StoreCredentials) throws(Failure) {
    self.settings = settings
    self.credentials = credentials
    pace = StorePace(most: settings.width)
    connection = try StoreConnection(
      width: settings.width,
      timeout: settings.timeout,
      authorities: settings.authorities,
      addresses: settings.addresses
    )
  }

  /// How many requests were made so far.
  package var requests: Int { count.load(ordering: .relaxed) }

  /// How many requests may go on at a time now.
  package var parallelism: Int { pace.limit }

  /// Makes a request, again where that may help; answers what the store said last.
  ///
  /// - Throws: `io` when there was no answer, and what the source of the body throws.
  func send(_ request: StoreRequest) throws(Failure) -> StoreAnswer {
    var attempt = 0
    while true {
      attempt += 1
      let isLast = attempt >= settings.attempts
      do throws(StoreProblem) {
        let answer = try once(request)
        if isLast || !StoreClient.mayPass(answer) { return answer }
      } catch {
        switch error {
        case .failure(let failure): throw failure
        case .trouble(let reason): if isLast { throw unreachable(reason, attempt) }
        }
      }
      try StoreClient.pause(after: attempt)
    }
  }

  /// Makes a request once.
  func once(_ request: StoreRequest) throws(StoreProblem) -> StoreAnswer {
    do throws(Failure) { try pace.enter() } catch { throw .failure(error) }
    count.wrappingAdd(1, ordering: .relaxed)
    var isSlowedDown = false
    defer { pace.leave(isSlowedDown: isSlowedDown) }
    let answer = try connection.send(
      request.method,
      url(request),
      headers(request),
      request.payload,
      answerLimit: request.answerLimit
    )
    isSlowedDown = answer.status == 503 || answer.status == 429
    return answer
  }

  func unreachable(_ reason: String, _ attempts: Int) -> Failure {
    Failure(
      .io,
      "store-unreachable",
      "the object store cannot be reached: \(reason)" + (attempts > 1 ? ", \(attempts) times" : ""),
      subject: settings.endpoint.text,
      hint: "run the same command again when it answers; what was done is used again"
    )
  }

  /// Whether the same request may do better later.
  static func mayPass(_ answer: StoreAnswer) -> Bool {
    switch answer.status {
    case 408, 429, 500, 502, 503, 504: true
    case 409: ["ConditionalRequestConflict", "OperationAborted"].contains(answer.code)
    case 400: answer.code == "RequestTimeout"
    default: false
    }
  }

  /// Waits longer each time, and never as long as others.
  package static func pause(after attempt: Int) throws(Failure) {
    var left = 0.1 * Double(1 << min(attempt, 6)) * Double.random(in: 0.5...1.5)
    while left > 0 {
      try Interruption.check()
      let step = min(left, 0.2)
      usleep(useconds_t(step * 1_000_000))
      left -= step
    }
  }

  // MARK: the request on the wire

  private var host: String {
    let name = settings.endpoint.host
    return settings.endpoint.authority(
      settings.isVirtualHosted ? settings.address.bucket + "." + name : name
    )
  }

  private func path(_ request: StoreRequest) -> String {
    let key = KeyEncoding.path(request.key)
    if settings.isVirtualHosted { return "/" + key }
    return "/" + settings.address.bucket + (key.isEmpty ? "" : "/" + key)
  }

  private func url(_ request: StoreRequest) -> String {
    let query = KeyEncoding.query(request.parameters)
    return settings.endpoint.scheme + "://" + host + path(request)
      + (query.isEmpty ? "" : "?" + query)
  }

  private func headers(_ request: StoreRequest) -> [(name: String, value: String)] {
    let agent = [(name: "User-Agent", value: settings.userAgent)]
    guard !request.isAnonymous else { return [("Host", host)] + request.headers + agent }
    let time = RequestSigner.time(.now())
    let payload = request.payload.digest.hex
    var signed =
      [("Host", host), ("x-amz-date", time), ("x-amz-content-sha256", payload)] + request.headers
    if let token = credentials.sessionToken { signed.append(("x-amz-security-token", token)) }
    let authorization = RequestSigner(credentials: credentials, region: settings.region)
      .authorization(
        of: RequestSigner.Subject(
          method: request.method,
          path: path(request),
          query: KeyEncoding.query(request.parameters),
          headers: signed,
          payload: payload
        ),
        at: time
      )
    return signed + agent + [("Authorization", authorization)]
  }
}
#endif
