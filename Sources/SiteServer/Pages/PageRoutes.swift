#if Network
internal import Depot
internal import Documents
internal import Hummingbird
internal import Operations
internal import Publishing
private import NIOPosix
internal import SafeIO
internal import Transfer
internal import Trust

/// The pages for people, below `/-/`.
struct PageRoutes: Sendable {
  let site: Site

  init(_ site: Site) { self.site = site }

  /// How many rows a page shows of what may be long.
  private static let rows = 200

  /// Adds all routes.
  func addRoutes(to router: Router<SiteContext>) {
    router.get("/-/style.css") { _, _ in
      PageAnswer.style
    }
    addListPages(to: router)
    LoginRoutes(site).addRoutes(to: router)
    router.post("/-/mirrors") { request, context in
      try await SiteAction(site, .operate, at: nil).answer(request, context) { fields, caller in
        try await MirrorAction(site, caller).update(fields["mirror"] ?? "")
      }
    }
    router.post("/-/bundles") { request, context in
      try await SiteAction(site, .operate, at: nil).answer(request, context) { fields, caller in
        try await ImportAction(site, caller).take(fields)
      }
    }
    router.post("/-/publications/**") { request, context in
      let prefix = context.parameters.getCatchAll().joined(separator: "/")
      return try await PublicationAction(site, prefix).answer(request, context)
    }
    router.get("/-/publications/**") { _, context in
      let prefix = context.parameters.getCatchAll().joined(separator: "/")
      return try await page(.publications, context) { (session, frame) throws(Failure) in
        try publicationPage(prefix, session, frame, forms(prefix, context, session))
      }
    }
    router.get("/-/packages") { request, context in
      let name = request.uri.queryParameters["name"].map { String($0) }
      return try await page(.packages, context) { (session, frame) throws(Failure) in
        try packagePage(name, session, frame)
      }
    }
    router.get("/-/snapshots") { request, context in
      let after = request.uri.queryParameters["after"].map { String($0) } ?? ""
      return try await page(.snapshots, context) { (session, frame) throws(Failure) in
        let all = try session.depot().catalogue.snapshots().filter { $0.name > after }
        return SnapshotsPage.text(
          Array(all.prefix(PageRoutes.rows)),
          more: all.count > PageRoutes.rows,
          in: frame
        )
      }
    }
  }

  private func addListPages(to router: Router<SiteContext>) {
    router.get("/-") { _, context in
      try await page(.overview, context) { (session, frame) throws(Failure) in
        OverviewPage.text(try session.overview(), in: frame)
      }
    }
    router.get("/-/publications") { _, context in
      try await page(.publications, context) { (session, frame) throws(Failure) in
        PublicationsPage.text(try Publications.list(session.depot()), in: frame)
      }
    }
    router.get("/-/bundles") { _, context in
      try await page(.bundles, context) { (session, frame) throws(Failure) in
        let depot = try session.depot()
        return BundlesPage.text(
          try LedgerReport(of: depot),
          try depot.unfinishedWork(),
          actions: try imports(context, depot),
          in: frame
        )
      }
    }
    router.get("/-/mirrors") { _, context in
      try await page(.mirrors, context) { (session, frame) throws(Failure) in
        MirrorsPage.text(try session.mirrors(), token: operatorToken(context), in: frame)
      }
    }
    router.get("/-/jobs") { _, context in
      let work = site.work
      return try await page(.jobs, context) { (session, frame) throws(Failure) in
        try work.tasks.load(session)
        return JobsPage.text(PageRoutes.rows(of: work.tasks), in: frame)
      }
    }
    router.get("/-/trust") { _, context in
      try await page(.trust, context) { (session, frame) throws(Failure) in
        let depot = try session.depot()
        return TrustPage.text(try depot.catalogue.trust(), try Vendors(depot), in: frame)
      }
    }
    router.get("/-/audit") { _, context in
      try await page(.audit, context) { (session, frame) throws(Failure) in
        AuditPage.text(try session.newestAuditRecords(PageRoutes.rows), in: frame)
      }
    }
  }

  private static func rows(of tasks: APITasks) -> [JobsPage.Row] {
    tasks.list.map { task in
      JobsPage.Row(
        number: task.id,
        name: task.name,
        state: ["waiting", "running", "done", "failed"][task.state.rawValue],
        isRunning: !task.isOver,
        output: tasks.output(task)
      )
    }
  }

  private func publicationPage(
    _ prefix: String,
    _ session: Session,
    _ frame: PageFrame,
    _ forms: HTML
  ) throws(Failure) -> String {
    let publication = try Publications.show(prefix, in: session.depot())
    let history = try session.publicationHistory(of: prefix)
    let changes = try session.publicationChanges(of: prefix)
    var (facts, text): (ClientFacts?, ClientText?) = (nil, nil)
    do throws(Failure) {
      let found = try session.clientFacts(of: prefix, ClientFacts.Selection())
      (facts, text) = (found, try client(found))
    } catch {
      guard error.kind == .integrity || error.kind == .trust else { throw error }
    }
    return PublicationPage(publication, facts, text, history, changes: changes, actions: forms)
      .text(in: frame)
  }

  /// What forms of the site carry, for whoever may operate it.
  private func operatorToken(_ context: SiteContext) -> String? {
    guard let caller = context.caller, caller.rights.allow(.operate, at: nil) else { return nil }
    return site.formTokens.token(for: caller)
  }

  /// The form that takes a medium in, with where the caller may publish.
  private func imports(_ context: SiteContext, _ depot: Depot) throws(Failure) -> HTML {
    guard let caller = context.caller, let token = operatorToken(context) else { return "" }
    let prefixes = try Publications.list(depot).map(\.prefix).filter {
      caller.rights.allow(.release, at: $0)
    }
    return SiteForms.imports(MediaPlaces(site.media).found(), prefixes: prefixes, token: token)
  }

  /// What the caller may do there.
  private func forms(
    _ prefix: String,
    _ context: SiteContext,
    _ session: Session
  ) throws(Failure) -> HTML {
    guard let caller = context.caller, caller.rights.allow(.release, at: prefix) else { return "" }
    let depot = try session.depot()
    return PublicationForms(
      try Publications.show(prefix, in: depot),
      snapshots: try depot.catalogue.snapshots().map(\.name),
      token: site.formTokens.token(for: caller)
    ).markup
  }

  /// What a client's files say; nil while nobody has said where clients reach it.
  private func client(_ facts: ClientFacts) throws(Failure) -> ClientText? {
    guard let url = facts.url else { return nil }
    let address = try ClientAddress(url)
    return ClientText(
      facts,
      ClientSource.all(for: facts, at: address, withSources: false, now: .now())
    )
  }

  private func packagePage(
    _ name: String?,
    _ session: Session,
    _ frame: PageFrame
  ) throws(Failure) -> String {
    guard let name, !name.isEmpty else { return PackagePage.search(in: frame) }
    let found = try session.findPackages(named: name)
    let isAuditor = frame.sections.contains(.audit)
    let trail =
      found.isEmpty || !isAuditor ? nil : try session.trailOfPackage(name, version: nil)
    return PackagePage.text(name, found, trail, in: frame)
  }

  /// Makes a page on a thread, for a caller who may see it.
  private func page(
    _ section: PageFrame.Section,
    _ context: SiteContext,
    _ make: @escaping @Sendable (Session, PageFrame) throws(Failure) -> String
  ) async throws -> Response {
    guard let caller = context.caller else { return context.login }
    let sections = PageRoutes.sections(caller)
    guard sections.contains(section) else {
      return caller.name == nil && site.access.knowsUsers
        ? context.login : PageAnswer.plain(.forbidden, "403 Forbidden\n")
    }
    let (site, isSession) = (site, context.session != nil)
    return try await site.threads.runIfActive {
      do throws(Failure) {
        let session = site.session(caller) { _ in }
        let frame = PageFrame(
          site: try session.depot().configuration.site,
          sections: sections,
          user: caller.name,
          now: session.now,
          logOut: caller.name != nil && isSession ? site.formTokens.token(for: caller) : nil,
          mayLogIn: caller.name == nil && site.access.knowsUsers
        )
        return PageAnswer.html(try make(session, frame))
      } catch {
        return PageAnswer.failure(error, site)
      }
    }
  }

  /// What a caller may see: what is published and how it came to whoever reads everything; trust
  /// and audit to whoever operates the site.
  static func sections(_ caller: Caller) -> [PageFrame.Section] {
    guard caller.rights.allow(.read, at: "*") else { return [] }
    return PageFrame.Section.allCases.filter { section in
      switch section {
      case .trust, .audit, .jobs: caller.rights.allow(.operate, at: nil)
      default: true
      }
    }
  }
}
#endif
