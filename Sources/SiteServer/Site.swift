#if Network
internal import NIOPosix
internal import Operations
internal import Publishing
internal import SafeIO

/// What all connections of a server share.
struct Site: Sendable {
  /// What is published.
  let trees: ServedTrees
  /// What is published elsewhere, and answered instead; nil for the depot's own.
  let far: (any FarTrees)?
  /// The depot's directory.
  let depot: String
  /// Who does the work of the API.
  let work: APIWorkers
  /// Who may do what.
  let access: AccessControl
  /// What shows that a form came from a page of this server.
  let formTokens = FormTokens()
  /// The memory for the bodies of requests.
  let bodies = BodyMemory(256 << 20)
  /// The same for those whom nobody knows: they take nothing away from the others.
  let bodiesOfNobody = BodyMemory(16 << 20)
  /// What was answered.
  let log: AccessLog
  /// What the server counts of itself.
  let metrics = Metrics()
  /// How many connections there are.
  let openConnections: @Sendable () -> Int
  /// Reads files.
  let threads: NIOThreadPool
  /// Fetches what is published elsewhere: each waits for a network.
  let fetching: NIOThreadPool
  /// Checks passwords, two at a time: more would leave no processor for anybody else.
  let checking: NIOThreadPool
  /// The session of one call: a depot, who asks, where what is told goes.
  let session: @Sendable (Caller, @escaping @Sendable (Note) -> Void) -> Session
  /// Where media are mounted.
  let media: [String]
  /// Whether the connections have TLS.
  let isSecure: Bool
  /// Takes what went wrong, for the operator.
  let tell: @Sendable (Failure) -> Void

  /// Whether a target belongs to the server itself: it is answered behind the files.
  func isReserved(_ target: String) -> Bool {
    let path = target.hasPrefix("/") ? target.dropFirst() : target[...]
    if path == "metrics" || path.hasPrefix("metrics?") { return true }
    return SitePlaces.reserved.contains { path.hasPrefix($0 + "/") || path == $0 }
  }
}
#endif
