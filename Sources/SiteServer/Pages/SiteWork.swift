#if Network
internal import Documents
internal import Hummingbird
internal import Operations
private import NIOPosix
private import Publishing
internal import SafeIO
private import Transfer

/// Updates of mirrors that a page asks for.
struct MirrorAction: Sendable {
  private let site: Site
  private let caller: Caller

  init(_ site: Site, _ caller: Caller) { (self.site, self.caller) = (site, caller) }

  /// Begins an update as a job; the same that the API would begin.
  func update(_ mirror: String) async throws -> Response {
    let call = APICall(method: "PUT", path: ["mirrors", mirror], query: [], caller: caller)
    let routes = APIRoutes(site, call)
    let outcome = try await site.threads.runIfActive { try routes.outcome() }
    guard case .work(let work) = outcome else { throw APIRefusal.noRoute }
    _ = try await site.work.begin(work, routes.session())
    return PageAnswer.seeOther("/-/jobs")
  }
}

/// Imports from a mounted medium that a page asks for.
struct ImportAction: Sendable {
  private let site: Site
  private let caller: Caller

  init(_ site: Site, _ caller: Caller) { (self.site, self.caller) = (site, caller) }

  /// Begins an import as a job.
  func take(_ fields: FormFields) async throws -> Response {
    let (site, caller) = (site, caller)
    let media = MediaPlaces(site.media)
    let given = fields["medium"] ?? ""
    let medium = try await site.threads.runIfActive { try media.checked(given) }
    let prefix = fields["prefix"].flatMap { $0.isEmpty ? nil : $0 }
    if let prefix, !caller.rights.allow(.release, at: prefix) {
      return PageAnswer.plain(
        .forbidden,
        "403 Forbidden: publishing at \(Escaped.line(prefix, limit: 200)) needs the right to "
          + "release there\n"
      )
    }
    var order = ImportOrder([medium])
    order.prefix = prefix
    if fields["older"] == "yes" {
      guard let reason = fields["reason"], !reason.isEmpty else {
        throw Failure(
          .usage,
          "arguments",
          "what is older than what is here comes in with a reason only",
          hint: "write why into the form"
        )
      }
      order.reasonForOlder = reason
    }
    let work = APIWork("Import from \(Escaped.line(medium, limit: 200))") { [order] log in
      let outcome = try site.session(caller) { log.say($0.text) }.importBundles(order)
      for bundle in outcome.bundles { log.say("\(bundle.name): \(bundle.outcome.rawValue)") }
      if let published = outcome.published {
        log.say("published at \(prefix ?? ""), generation \(published.generation)")
      }
      return APIReply(.strings(outcome.bundles.map(\.name)))
    }
    _ = try await site.work.begin(work, site.session(caller) { _ in })
    return PageAnswer.seeOther("/-/jobs")
  }
}
#endif
