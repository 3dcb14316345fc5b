#if Network
/// An answer of the API.
struct APIReply: Sendable {
  enum Body: Sendable {
    case json(JSONValue)
    case text(String, type: String)
    case none
  }

  var status: Int
  var body: Body

  init(_ body: JSONValue, status: Int = 200) { (self.status, self.body) = (status, .json(body)) }

  init(_ body: Body, status: Int) { (self.status, self.body) = (status, body) }

  /// Done, and nothing to say.
  static let noContent = APIReply(.none, status: 204)
  static let done = APIReply(.object([]))

  init(_ refusal: APIRefusal) {
    status = refusal.status
    body =
      refusal.isUnknownRoute
      ? .text(refusal.text, type: "text/plain")
      : .json(.fields(["error": .string(refusal.text)]))
  }

  /// What `return_value` says of it; null itself is said without a code.
  var returned: JSONValue {
    guard case .json(let value) = body else {
      return .fields(["Code": .count(status), "Value": .null])
    }
    if case .null = value { return .null }
    return .fields(["Code": .count(status), "Value": value])
  }
}

/// What a route makes of a request.
enum APIOutcome: Sendable {
  case reply(APIReply)
  /// Something that is asked again until it answers.
  case wait(@Sendable () throws -> APIReply?)
  /// Work that takes its time: waited for, or a task of its own when the client asks for that.
  case work(APIWork)
}

/// Work that changes something; its checks are done.
struct APIWork: Sendable {
  /// What people see in the list of tasks.
  let name: String
  /// Whether it fetches from elsewhere: what changes the depot only does not wait for it.
  var isFetching = false
  let run: @Sendable (APITaskLog) throws -> APIReply

  init(_ name: String, run: @escaping @Sendable (APITaskLog) throws -> APIReply) {
    (self.name, self.run) = (name, run)
  }
}
#endif
