internal import Archives
package import Choosing
package import Composing
internal import DebianRepository
internal import Depot
package import SafeIO
package import Solving
internal import VendorChain

/// A snapshot that is to be composed of others.
package struct CompositionOrder: Sendable {
  /// What is composed, and how.
  package enum Kind: Sendable {
    /// Of all packages, as a rule for those that several sources have.
    case merge(MergeRule)
    /// Of what the queries ask for, as they were written.
    case filter([String])
    /// Of the first source, with what the queries ask for from the second.
    case pull([String], PullRule)
  }

  /// The new snapshot's name.
  package let name: String
  /// The snapshots that it is composed of, from the left to the right.
  package let sources: [String]
  package let kind: Kind
  /// What the suite is called; nil for what the first source calls its first.
  package var suite: String?
  /// How indexes are compressed, as their names end: `xz`, `gz`, `zst`, `none`; empty for xz alone.
  package var compressions: [String] = []
  /// How what a filter's packages need is followed; nil for not at all.
  package var closure: ClosureOptions?
  /// Files with what machines have, of `machine state` or dpkg's status: only what these lack is taken.
  package var machines: [String] = []
  /// What somebody says of it; nil for nothing.
  package var description: String?

  package init(_ name: String, of sources: [String], _ kind: Kind) {
    (self.name, self.sources, self.kind) = (name, sources, kind)
  }

  /// The ways in which indexes can be compressed.
  package static let compressions = ["xz", "gz", "zst", "none"]

  fileprivate var subject: AuditSubject {
    var about = [AuditField("name", [name]), AuditField("sources", sources)]
    let command: String
    switch kind {
    case .merge(let rule):
      command = "snapshot merge"
      about.append(AuditField("rule", [rule.rawValue]))
    case .filter(let queries):
      command = "snapshot filter"
      about.append(AuditField("queries", queries))
      if let closure {
        about.append(AuditField("with-deps", ["yes"]))
        about.append(AuditField("base", closure.base))
      }
      about.append(AuditField("for", machines))
    case .pull(let queries, let rule):
      command = "snapshot pull"
      about.append(AuditField("queries", queries))
      if rule.takesAll { about.append(AuditField("all-matches", ["yes"])) }
      if rule.keepsOld { about.append(AuditField("no-remove", ["yes"])) }
    }
    about.append(AuditField("suite", suite.map { [$0] } ?? []))
    about.append(AuditField("description", description.map { [$0] } ?? []))
    return AuditSubject(command, about)
  }

  /// What the composer is asked for.
  ///
  /// - Throws: `usage` for a query that cannot be understood, and a compression that is none.
  fileprivate func composing() throws(Failure) -> ComposingOrder {
    let selection: ComposingOrder.Selection
    switch kind {
    case .merge(let rule): selection = .merge(rule)
    case .filter(let queries):
      let queries = try CompositionOrder.read(queries)
      selection = try closureOptions().map { .closure(queries, $0) } ?? .filter(queries)
    case .pull(let queries, let rule): selection = .pull(try CompositionOrder.read(queries), rule)
    }
    var order = ComposingOrder(name, from: sources, selection)
    order.suite = suite
    if !compressions.isEmpty {
      order.compressions = try compressions.map(CompositionOrder.compression)
    }
    return order
  }

  /// The options with the states of machines; a word of the base with a slash is such a file.
  private func closureOptions() throws(Failure) -> ClosureOptions? {
    guard closure != nil || !machines.isEmpty else { return nil }
    var options = closure ?? ClosureOptions()
    let files = machines + options.base.filter { $0.contains("/") }
    options.base.removeAll { $0.contains("/") }
    for path in files {
      let status = try NamedFile.read(path, limit: UniverseSources.longestStatus)
      options.machines.append((path, try MachineState(status: status, name: path)))
    }
    return options
  }

  private static func read(_ queries: [String]) throws(Failure) -> [PackageQuery] {
    try queries.map { (query) throws(Failure) in try PackageQuery(query) }
  }

  private static func compression(_ word: String) throws(Failure) -> Compression {
    switch word {
    case "xz": return .xz
    case "gz": return .gzip
    case "zst": return .zstd
    case "none": return .none
    default:
      throw Failure(
        .usage,
        "arguments",
        "indexes are not compressed this way",
        subject: word,
        hint: "there are " + compressions.joined(separator: ", ")
      )
    }
  }
}

extension Session {
  /// Makes a snapshot of packages of other snapshots, with what vouches for each.
  ///
  /// - Parameters:
  ///   - order: what is to be made.
  ///   - explain: says why a package cannot be had.
  /// - Returns: what was made.
  /// - Throws: `incomplete` where a wanted package cannot be installed, and what a composer throws.
  package func compose(
    _ order: CompositionOrder,
    explain: @escaping (DependencyProblem) -> [String]
  ) throws(Failure) -> ComposingOutcome {
    var composing = try order.composing()
    composing.explain = explain
    return try perform(order.subject) { (job) throws(Failure) in
      let outcome = try Composer.compose(
        composing,
        depot: job.depot,
        now: job.now,
        facts: job.facts
      ) { (list, suite) throws(Failure) in
        let archive = ListedArchive(list: list, objects: job.depot.objects)
        // What vendors signed was verified when it came in: here only packages are compared.
        _ = try ComposedChain.check(
          suites: [suite],
          trees: try ProvenanceTree.all(in: archive.paths(below: ProvenanceTree.root)),
          files: archive,
          trust: UpstreamTrust(keys: [], acceptRecorded: true, now: job.now)
        )
      }
      if let description = order.description {
        try job.depot.catalogue.describe(snapshot: order.name, description)
      }
      return outcome
    }
  }

  /// Tells sources, name and queries of a filter apart, as they stand behind each other.
  ///
  /// Sources are the names of snapshots that come first; the next word is the new one's name. Where a
  /// filter of just these sources was made before, the same words mean the same, unless a word that can only be a
  /// new name stands behind it: then it is a source itself.
  /// With `asksNothing`, for newer versions of what machines have, no query is needed.
  /// - Throws: `usage` when there are too few words, or the first one names no snapshot.
  package func filterOrder(
    _ words: [String],
    asksNothing: Bool = false
  ) throws(Failure) -> CompositionOrder {
    let catalogue = try depot().catalogue
    var sources: [String] = []
    for (index, word) in words.enumerated() {
      guard let snapshot = try catalogue.findSnapshot(word) else { break }
      let rest = words.dropFirst(index + 1)
      if !sources.isEmpty, snapshot.origin == ComposingOrder.filterOrigin(sources),
        try !beginsWithNewName(rest, sources)
      {
        break
      }
      sources.append(word)
    }
    // Says that there is none of that name.
    if sources.isEmpty, let first = words.first { _ = try catalogue.snapshot(first) }
    let rest = words.dropFirst(sources.count)
    if let name = rest.first { try refuseSwapped(sources, name, catalogue) }
    guard let name = rest.first, rest.count > 1 || asksNothing else {
      throw Failure(
        .usage,
        "arguments",
        "name the sources, the new snapshot and at least one query",
        hint: "aptferry snapshot filter bookworm-1 tools-1 nginx 'Name (% postgresql-*)'"
      )
    }
    return CompositionOrder(name, of: sources, .filter(Array(rest.dropFirst())))
  }

  /// Whether words are a name that no snapshot and no package of the sources has, and queries behind it.
  private func beginsWithNewName(
    _ words: ArraySlice<String>,
    _ sources: [String]
  ) throws(Failure) -> Bool {
    guard words.count > 1, let name = words.first, SnapshotRecord.isName(name),
      try depot().catalogue.findSnapshot(name) == nil
    else { return false }
    return try !hasPackage(name, sources)
  }

  /// Refuses a query in the place of the new name: a name of before, of what was to be made, was taken
  /// for one of the sources.
  private func refuseSwapped(
    _ sources: [String],
    _ name: String,
    _ catalogue: Catalogue
  ) throws(Failure) {
    guard sources.count > 1 else { return }
    var made: String?
    for source in sources where try catalogue.snapshot(source).kind == .composed { made = source }
    guard let made else { return }
    let isQuery = !SnapshotRecord.isName(name)
    if !isQuery {
      guard try hasPackage(name, sources) else { return }
    }
    throw Failure(
      .usage,
      "filter-words",
      "the new snapshot would be called “\(name)”, which "
        + (isQuery ? "is a query" : "is the name of a package")
        + ": the words before it all name snapshots that are there",
      subject: sources.joined(separator: " "),
      hint:
        "name the sources first, then a new name, then the queries; if \(made) is the one to be "
        + "made, remove it first or choose another name"
    )
  }

  /// Whether a snapshot has a package of exactly this name.
  private func hasPackage(_ name: String, _ snapshots: [String]) throws(Failure) -> Bool {
    let query = try PackageQuery("Name (= \(name))")
    var isThere = false
    for snapshot in snapshots where !isThere {
      try searchSnapshot(snapshot, query) { _, _ in isThere = true }
    }
    return isThere
  }
}
