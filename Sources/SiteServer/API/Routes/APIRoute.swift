#if Network

/// One path of the API with one method: what it needs, and who answers it.
///
/// The tables of these are the router. `docs/reference/openapi.json` describes them, and a test compares
/// the two.
struct APIRoute: Sendable {
  /// What a caller must be allowed to do.
  enum Need: String, Sendable {
    /// Says nothing of the whole depot, or only what the caller may see.
    case readAnywhere = "read anywhere"
    case readEverywhere = "read everywhere"
    case readThere = "read at the prefix"
    case operate
    case releaseThere = "release at the prefix"
  }

  typealias Answer = @Sendable (APIRoutes, [String]) throws -> APIOutcome

  private enum Part: Hashable, Sendable {
    case word(String)
    /// Any text behind this one.
    case name(after: String)
  }

  let method: String
  /// The path below `/api/`, with its parameters in braces.
  let path: String
  let need: Need
  /// Answers with the parameters of the path; nil for an upload, whose body is never in memory.
  let answer: Answer?
  /// Whether the body is a list.
  var takesList = false
  private let parts: [Part]

  init(_ method: String, _ path: String, _ need: Need, _ answer: Answer?) {
    (self.method, self.path, self.need, self.answer) = (method, path, need, answer)
    parts = path.split(separator: "/").map { part in
      guard let brace = part.firstIndex(of: "{") else { return .word(String(part)) }
      return .name(after: String(part[..<brace]))
    }
  }

  /// An upload.
  static func upload(_ method: String, _ path: String) -> APIRoute {
    APIRoute(method, path, .operate, nil)
  }

  /// A route that answers at once.
  static func reply(
    _ method: String,
    _ path: String,
    _ need: Need,
    _ answer: @escaping @Sendable (APIRoutes, [String]) throws -> APIReply
  ) -> APIRoute {
    APIRoute(method, path, need) { .reply(try answer($0, $1)) }
  }

  /// The parameters of a request's path; nil when it is another route's.
  func parameters(of call: APICall) -> [String]? {
    guard call.method == method, call.path.count == parts.count else { return nil }
    var found: [String] = []
    for (part, text) in zip(parts, call.path) {
      switch part {
      case .word(let word): guard word == text else { return nil }
      case .name(let start):
        guard text.hasPrefix(start) else { return nil }
        found.append(String(text.dropFirst(start.count)))
      }
    }
    return found
  }

  /// The route of a request with the parameters of its path; nil when there is none.
  static func find(_ call: APICall) -> (route: APIRoute, parameters: [String])? {
    for route in all {
      if let parameters = route.parameters(of: call) { return (route, parameters) }
    }
    return nil
  }

  /// All routes.
  static let all: [APIRoute] =
    APIRoutes.serviceRoutes + APIRoutes.repoRoutes + APIRoutes.fileRoutes
    + APIRoutes.packageRoutes + APIRoutes.snapshotRoutes + APIRoutes.mirrorRoutes
    + APIRoutes.publicationRoutes + APIRoutes.stagedRoutes + APIRoutes.careRoutes
    + APIRoutes.taskRoutes + APIRoutes.ownRoutes
}
#endif
