#if Network
internal import Documents
internal import Hummingbird
internal import NIOCore
private import NIOPosix
internal import Operations
internal import SafeIO

/// A form of a publication's page that came back.
struct PublicationAction: Sendable {
  private let site: Site
  private let prefix: String

  init(_ site: Site, _ prefix: String) { (self.site, self.prefix) = (site, prefix) }

  /// Does what the form says, when it is the caller's to do; answers with the page again.
  func answer(_ request: Request, _ context: SiteContext) async throws -> Response {
    let (site, prefix) = (site, prefix)
    return try await SiteAction(site, .release, at: prefix).answer(request, context) {
      fields,
      caller in
      try await site.threads.runIfActive {
        try PublicationAction.perform(fields, prefix, site.session(caller) { _ in })
      }
      return PageAnswer.seeOther("/-/publications/" + prefix)
    }
  }

  private static func perform(
    _ fields: FormFields,
    _ prefix: String,
    _ session: Session
  ) throws(Failure) {
    var order = PublicationOrder(prefix)
    order.reason = fields["reason"] ?? ""
    switch fields["action"] {
    case "publish":
      _ = try session.publish(PublishOrder([fields["snapshot"] ?? ""], at: prefix))
    case "rollback":
      guard !order.reason.isEmpty else { throw lacking("a reason") }
      guard let number = fields["generation"].flatMap({ UInt64($0) }) else {
        throw lacking("a generation")
      }
      _ = try session.rollBack(order, to: number, mode: nil)
    case "hold":
      guard !order.reason.isEmpty else { throw lacking("a reason") }
      _ = try session.holdAddress(of: fields["snapshot"] ?? "", order)
    default: throw lacking("an action")
    }
  }

  private static func lacking(_ what: String) -> Failure {
    Failure(.usage, "arguments", "the form has not \(what)", hint: "open the page again")
  }
}

/// The fields of a form (`application/x-www-form-urlencoded`), the first of each name.
struct FormFields: Sendable {
  private var values: [String: String] = [:]

  init(_ text: String) {
    for pair in text.split(separator: "&").prefix(100) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = FormFields.decoded(parts[0]),
        let value = FormFields.decoded(parts.count > 1 ? parts[1] : "")
      else { continue }
      if values[name] == nil { values[name] = value }
    }
  }

  subscript(name: String) -> String? { values[name] }

  private static func decoded(_ text: Substring) -> String? {
    PercentEncoding.decoded(text.utf8.map { $0 == 0x2b ? 0x20 : $0 }).flatMap {
      String(validating: $0, as: UTF8.self)
    }
  }
}
#endif
