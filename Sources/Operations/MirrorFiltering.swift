internal import Choosing
internal import Composing
internal import DebianRepository
internal import Depot
internal import Mirroring
internal import SafeIO
internal import Solving
internal import VendorChain

/// Another filter of a mirror.
package enum MirrorFilterEdit: Sendable {
  /// What is taken from now on: the query, and whether what its packages need comes along; nil for what
  /// was said before.
  case filter(String?, withDependencies: Bool?)
  /// Everything is taken.
  case everything

  /// For the audit log.
  var words: [String] {
    switch self {
    case .everything: ["none"]
    case .filter(let query, let withDependencies):
      (query.map { [$0] } ?? [])
        + (withDependencies.map { [$0 ? "with-deps" : "without-deps"] } ?? [])
    }
  }

  func applied(to before: MirrorFilter?, _ mirror: String) throws(Failure) -> MirrorFilter? {
    guard case .filter(let query, let withDependencies) = self else { return nil }
    guard let text = query ?? before?.query else {
      throw Failure(
        .usage,
        "arguments",
        "the mirror has no filter whose packages could come with what they need",
        subject: mirror,
        hint: "say which packages are wanted: --filter QUERY"
      )
    }
    let filter = MirrorFilter(
      query: text,
      withDependencies: withDependencies ?? before?.withDependencies ?? false
    )
    try filter.check()
    return filter
  }
}

extension MirrorFilter {
  /// Refuses a query that cannot be understood.
  func check() throws(Failure) { _ = try PackageQuery(query) }

  /// What chooses the packages of an update.
  func choosing(
    for mirror: MirrorRecord,
    _ order: MirrorUpdateOrder
  ) throws(Failure) -> MirrorChoosing {
    try check()
    return MirrorChoosing(needsIndexes: withDependencies) { (suites, open) throws(Failure) in
      let query = try PackageQuery(self.query)
      guard withDependencies else {
        return MirrorChoosing.Choice(StanzaChoice { stanza, _ in query.matches(stanza) })
      }
      let closure = try MirrorClosure(
        of: query,
        options(for: mirror),
        inMirror: mirror.name,
        suites.map { MirrorClosure.Suite($0.suite, indexes: $0.indexes) },
        opening: open
      )
      guard closure.problems.isEmpty else {
        let refusal = unsatisfiable(closure.problems, mirror, order.explain)
        guard order.takesAllWhereNeedsLack else { throw refusal }
        return MirrorChoosing.Choice(
          StanzaChoice { _, _ in true },
          notes: closure.notes + [.note("all packages are fetched: \(refusal.reason)")]
        )
      }
      return MirrorChoosing.Choice(
        StanzaChoice { stanza, index in closure.takes(stanza, of: index) },
        notes: closure.notes
      )
    }
  }

  /// Sources come with the packages where the mirror takes sources.
  private func options(for mirror: MirrorRecord) -> ClosureOptions {
    var options = ClosureOptions()
    options.request.sources = mirror.kinds.contains(IndexFamily.sources.rawValue)
    return options
  }

  private func unsatisfiable(
    _ problems: [DependencyProblem],
    _ mirror: MirrorRecord,
    _ explain: (DependencyProblem) -> [String]
  ) -> Failure {
    Failure(
      .incomplete,
      "unsatisfiable",
      "\(problems.count) of the packages that the filter asks for cannot be installed from the mirror's "
        + "suites",
      subject: problems.first?.root,
      hint:
        "mirror the suites that have what they need as well, or fetch the packages alone: aptferry "
        + "mirror edit \(mirror.name) --no-filter-with-deps",
      details: problems.prefix(100).flatMap(explain)
    )
  }
}

extension Job {
  /// A snapshot of a mirror with a filter: composed, for the vendor's own lists name more than there is.
  ///
  /// - Returns: nil where the states have all that their lists name.
  func freezeFiltered(
    mirror: MirrorRecord,
    _ name: String,
    suites: [String]
  ) throws(Failure) -> FrozenSnapshot? {
    let (mirrorName, depot) = (mirror.name, depot)
    func states() throws(Failure) -> [MirrorState] {
      try MirrorSnapshot.chosen(suites, of: depot.catalogue.mirror(mirrorName), depot)
    }
    guard try states().contains(where: { $0.filter != nil }) else { return nil }
    let outcome = try Composer.compose(
      ComposingOrder(name, from: [mirrorName], .mirror(states)),
      depot: depot,
      now: now,
      facts: facts
    )
    return FrozenSnapshot(
      snapshot: outcome.snapshot,
      isNew: outcome.isNew,
      notes: outcome.notes
    )
  }
}
