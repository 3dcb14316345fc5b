#if Network
internal import Operations
internal import SafeIO

/// Finds who answers a request, and has what the answers share.
struct APIRoutes: Sendable {
  let site: Site
  let call: APICall

  init(_ site: Site, _ call: APICall) { (self.site, self.call) = (site, call) }

  /// A session of the caller; what is told meanwhile goes to `log`.
  func session(_ log: APITaskLog? = nil) -> Session {
    // Who only asks has nobody to tell: answers have a form of their own.
    site.session(call.caller) { note in log?.take(note) }
  }

  /// What becomes of the request.
  func outcome() throws -> APIOutcome {
    guard let (route, parameters) = APIRoute.find(call), let answer = route.answer else {
      throw APIRefusal.noRoute
    }
    if let body = call.body, !body.isObject {
      guard route.takesList, body.array != nil else {
        throw APIRefusal(400, "json: cannot unmarshal the body: it must be an object")
      }
    }
    try site.work.tasks.load(session())
    return try answer(self, parameters)
  }

  /// What a snapshot is called in this depot: clients begin names with `_`, a depot's begin otherwise.
  static func house(_ name: String) -> String { name.hasPrefix("_") ? "aptly\(name)" : name }

  /// What clients call a snapshot of this depot.
  static func shown(_ name: String) -> String {
    name.hasPrefix("aptly_") ? String(name.dropFirst("aptly".count)) : name
  }

  /// A name that a depot can have; refused with the words of `what`.
  static func checkName(_ name: String, _ what: String) throws(APIRefusal) {
    guard (1...100).contains(name.utf8.count),
      name.utf8.first.map(isAlphanumeric) ?? false,
      name.utf8.allSatisfy({ isAlphanumeric($0) || "._+~-".utf8.contains($0) })
    else {
      throw APIRefusal(
        400,
        "\(what): a name has letters, digits and ._+~- only, at most 100, and begins with a letter "
          + "or digit"
      )
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }
}
#endif
