#if Network
private import Depot
internal import Operations
internal import Publishing
internal import SafeIO
private import Synchronization

/// What the server counts of itself, for whoever watches it.
final class Metrics: Sendable {
  /// Who answered.
  enum Area: String, Sendable {
    case files, api, pages

    init(_ target: String) {
      let path = target.prefix { $0 != "?" }
      self =
        path == "/-" || path.hasPrefix("/-/")
        ? .pages : path == "/metrics" || AptlyAPI.isMeant(String(path)) ? .api : .files
    }
  }

  private struct Kind: Hashable {
    let area: Area
    let status: Int
  }

  private struct APIKind: Hashable {
    let method: String
    let path: String
    let status: Int
  }

  private struct Counts {
    var requests: [Kind: UInt64] = [:]
    var bytes: [Area: UInt64] = [:]
    var api: [APIKind: UInt64] = [:]
    var inFlight = 0
  }

  private let counts = Mutex(Counts())

  /// Counts an answer that was sent.
  func count(_ area: Area, _ status: Int, bytes: UInt64) {
    counts.withLock { counts in
      counts.requests[Kind(area: area, status: status), default: 0] += 1
      counts.bytes[area, default: 0] += bytes
    }
  }

  /// Counts a request to the API that begins.
  func beginCall() { counts.withLock { $0.inFlight += 1 } }

  /// Counts its end; `path` is the route's, so that names of things make no series of their own.
  func endCall(_ method: String, _ path: String?, _ status: Int) {
    let known = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"].contains(method)
    let kind = APIKind(
      method: known ? method : "other",
      path: path.map { "/api/" + $0 } ?? "none",
      status: status
    )
    counts.withLock { counts in
      counts.inFlight -= 1
      counts.api[kind, default: 0] += 1
    }
  }

  /// What a watcher reads: Prometheus' text format 0.0.4.
  func text(_ site: Site, _ session: Session) throws(Failure) -> String {
    let counts = counts.withLock { $0 }
    var page = MetricsText()
    page.add("aptferry_build_info", .gauge, "The program.", [([("program", session.program)], 1)])
    page.add(
      "aptferry_http_requests_total",
      .counter,
      "Answers sent, by who answered and status.",
      counts.requests.map {
        ([("area", $0.key.area.rawValue), ("code", String($0.key.status))], Double($0.value))
      }
    )
    page.add(
      "aptferry_http_response_bytes_total",
      .counter,
      "Bytes of bodies sent.",
      counts.bytes.map { ([("area", $0.key.rawValue)], Double($0.value)) }
    )
    page.add(
      "aptferry_http_connections",
      .gauge,
      "Connections that are open.",
      [([], Double(site.openConnections()))]
    )
    page.add(
      "aptly_api_http_requests_total",
      .counter,
      "Calls of the API, by route.",
      counts.api.map {
        (
          [("code", String($0.key.status)), ("method", $0.key.method), ("path", $0.key.path)],
          Double($0.value)
        )
      }
    )
    page.add(
      "aptly_api_http_requests_in_flight",
      .gauge,
      "Calls of the API that are being answered.",
      [([], Double(counts.inFlight))]
    )
    try Metrics.addDepot(to: &page, site, session)
    return page.text
  }

  private static func addDepot(
    to page: inout MetricsText,
    _ site: Site,
    _ session: Session
  ) throws(Failure) {
    let depot = try session.depot()
    let publications = try Publications.list(depot)
    page.add(
      "aptferry_publication_generation",
      .gauge,
      "The generation that clients get.",
      publications.map { ([("prefix", $0.prefix)], Double($0.current.number)) }
    )
    page.add(
      "aptferry_publication_generation_age_seconds",
      .gauge,
      "How long ago the generation that clients get was made.",
      publications.map {
        ([("prefix", $0.prefix)], Double(session.now.seconds - $0.current.made.seconds))
      }
    )
    page.add(
      "aptferry_depot_free_bytes",
      .gauge,
      "Free space where content stays.",
      [([], Double(try depot.freeSpace().bytes))]
    )
    try site.work.tasks.load(session)
    let tasks = site.work.tasks.list
    page.add(
      "aptferry_jobs",
      .gauge,
      "Jobs that are not forgotten, by state.",
      ["waiting", "running", "succeeded", "failed"].enumerated().map { index, name in
        ([("state", name)], Double(tasks.count { $0.state.rawValue == index }))
      }
    )
  }
}

/// A page in Prometheus' text format.
private struct MetricsText {
  enum Kind: String { case gauge, counter }

  private(set) var text = ""

  mutating func add(
    _ name: String,
    _ kind: Kind,
    _ help: String,
    _ values: [(labels: [(String, String)], value: Double)]
  ) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    let lines = values.map { labels, value in
      let words = labels.map { "\($0.0)=\"\(MetricsText.escaped($0.1))\"" }.joined(separator: ",")
      return name + (words.isEmpty ? "" : "{\(words)}") + " \(MetricsText.number(value))\n"
    }
    text += lines.sorted().joined()
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e18 ? String(Int64(value)) : String(value)
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
#endif
