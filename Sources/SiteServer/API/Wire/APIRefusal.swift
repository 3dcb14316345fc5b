#if Network
internal import SafeIO

/// A request that is not done, as the client is told.
struct APIRefusal: Error, Sendable {
  let status: Int
  let text: String
  /// Whether no route has this path: the client is told as aptly tells it.
  var isUnknownRoute = false

  init(_ status: Int, _ text: String) { (self.status, self.text) = (status, text) }

  /// No route has this path, or not for this method.
  static var noRoute: APIRefusal {
    var refusal = APIRefusal(404, "404 page not found")
    refusal.isUnknownRoute = true
    return refusal
  }

  static func missing(_ field: String) -> APIRefusal {
    APIRefusal(
      400,
      "Key: '\(field)' Error:Field validation for '\(field)' failed on the 'required' tag"
    )
  }

  static func wrongType(_ field: String, _ type: String) -> APIRefusal {
    APIRefusal(400, "json: cannot unmarshal the field \(field): it must be of type \(type)")
  }

  /// What lowers the trust of the site is refused, whoever asks.
  static func lowersTrust(_ what: String, _ instead: String) -> APIRefusal {
    APIRefusal(403, "\(what) is not allowed at this site: \(instead)")
  }

  /// A failure of a use case; `status` where the route has one of its own.
  init(_ failure: Failure, _ status: Int? = nil, prefix: String = "") {
    var text = prefix + failure.reason
    if let subject = failure.subject { text += ": \(subject)" }
    if let hint = failure.hint { text += " (\(hint))" }
    self.init(status ?? APIRefusal.status(failure), text)
  }

  private static func status(_ failure: Failure) -> Int {
    switch failure.kind {
    case .usage: 400
    case .state: 409
    case .busy: 409
    case .trust, .integrity, .unsafe, .freshness, .policy, .incomplete: 400
    case .resource: 507
    default: 500
    }
  }

  /// Whatever was thrown, as the client is told.
  init(any error: any Error) {
    switch error {
    case let refusal as APIRefusal: self = refusal
    case let failure as Failure: self.init(failure)
    default: self.init(500, "\(error)")
    }
  }
}
#endif
