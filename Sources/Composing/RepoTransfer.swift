package import Choosing
internal import DebianRepository
internal import Depot
internal import Objects
package import SafeIO
package import Solving
internal import VendorChain

/// Takes packages that the depot has into a repository of this site: their stanzas byte for byte.
package struct RepoTransfer {
  /// Which packages of the origins are meant.
  package enum Choice {
    case all
    /// What any of these queries asks for.
    case queries([PackageQuery])
    /// The same, with what that needs.
    case closure([PackageQuery], ClosureOptions)
    /// Just these; each must be there.
    case named([PackageIdentifier])
  }

  /// Where the packages are taken from; of what several have the first one counts.
  package let origins: [PackageOrigin]
  /// The repository that they go to.
  package let destination: String
  package let choice: Choice
  /// Whether they go from the origins, which are repositories then.
  package var isMoving = false
  /// Whether others of the same name, version and architecture give way.
  package var isReplacing = false
  /// Whether nothing is changed.
  package var isDryRun = false
  /// Says why a package cannot be had.
  package var explain: (DependencyProblem) -> [String] = { [$0.root] }

  package init(from origins: [PackageOrigin], to destination: String, _ choice: Choice) {
    (self.origins, self.destination, self.choice) = (origins, destination, choice)
  }

  /// What was done.
  package struct Outcome: Sendable {
    /// What became of the destination.
    package var change: RepoIntake.Outcome
    /// What went from the repositories that packages were moved from.
    package var moved: [String] = []
    /// What was wanted as well and cannot be had, where that was allowed.
    package var problems: [DependencyProblem] = []
    package var notes: [Note] = []
  }

  /// Carries it out; takes the depot's lock.
  ///
  /// - Throws: `usage` where nothing is asked for that is there, `state` when another package of one's
  ///   name, version and architecture is there and is not to give way, `incomplete` where a wanted
  ///   package cannot have what it needs, `trust` where the destination takes signed uploads only.
  package func run(_ keeping: RepoKeeping) throws(Failure) -> Outcome {
    if isDryRun { return try work(keeping) }
    return try keeping.depot.locked(for: "repo \(isMoving ? "move" : "copy") to \(destination)") {
      () throws(Failure) in try work(keeping)
    }
  }

  private func work(_ keeping: RepoKeeping) throws(Failure) -> Outcome {
    let depot = keeping.depot
    let repo = try depot.catalogue.repo(destination)
    try check(repo)
    let sources = try SourceSnapshots(origins: origins, in: depot)
    let chosen = try Chosen(choice, in: sources, depot, explain)
    guard !chosen.packages.isEmpty else {
      throw Failure(
        .usage,
        "no-packages",
        "nothing that is asked for is there",
        subject: origins.map(\.label).joined(separator: ", "),
        hint: "aptferry repo show, snapshot search and package search show what is there"
      )
    }
    var change = RepoIntake.Change(try RepoContent(of: repo, in: depot), of: repo)
    var outcome = Outcome(change: RepoIntake.Outcome(repo: repo))
    (outcome.problems, outcome.notes) = (chosen.problems, chosen.notes)
    try outcome.change.put(chosen.packages, into: &change.content, replacing: isReplacing)
    var changes = [change]
    if isMoving {
      for case .repo(let name) in origins {
        let from = try depot.catalogue.repo(name)
        var change = RepoIntake.Change(try RepoContent(of: from, in: depot), of: from)
        outcome.moved += change.content.remove(chosen.packages).map(\.label)
        changes.append(change)
      }
    }
    let recorded = try RepoIntake.record(changes, keeping, isDryRun: isDryRun)
    outcome.change.repo = recorded[0]
    return outcome
  }

  private func check(_ repo: RepoRecord) throws(Failure) {
    guard !origins.contains(.repo(destination)) else {
      throw Failure(
        .usage,
        "arguments",
        "packages cannot go to the repository that they come from",
        subject: destination
      )
    }
    try RepoIntake.requireOpen(repo)
  }
}

/// The packages that are meant, as a repository has them.
private struct Chosen {
  private(set) var packages: [RepoContent.Package] = []
  private(set) var problems: [DependencyProblem] = []
  private(set) var notes: [Note] = []

  init(
    _ choice: RepoTransfer.Choice,
    in sources: SourceSnapshots,
    _ depot: Depot,
    _ explain: (DependencyProblem) -> [String]
  ) throws(Failure) {
    let spool = StanzaSpool()
    var found: [ComposedPackage]
    switch choice {
    case .all: found = try sources.packages(to: spool) { _, _ in true }
    case .queries(let queries):
      found = try sources.packages(to: spool) { stanza, _ in queries.contains { $0.matches(stanza) }
      }
    case .closure(let queries, let options):
      let closure = try ClosureChoice(
        of: queries,
        options,
        in: sources,
        base: try SourceSnapshots(options.base, in: depot)
      )
      guard closure.problems.isEmpty || options.keepsGoing else {
        throw Composer.unsatisfiable(closure.problems, explain)
      }
      (problems, notes) = (closure.problems, closure.notes)
      found = try sources.packages(to: spool) { stanza, number in
        closure.takes(stanza, of: number) || queries.contains { $0.matches(stanza) }
      }
    case .named(let names):
      var missing = Set(names)
      found = try sources.packages(to: spool) { stanza, _ in
        let matching = names.filter { $0.matches(stanza) }
        missing.subtract(matching)
        return !matching.isEmpty
      }
      try Chosen.refuse(missing)
    }
    var known: [[UInt8]: [SHA256Digest]] = [:]
    for package in found.sorted(by: { $0.source < $1.source }) {
      let list = sources.lists[package.source]
      let taken = try RepoContent.package(spool.bytes(of: package.text), package.sort) { (path) in
        list.index(of: path).map { (list.size(at: $0), list.digest(at: $0)) }
      }
      // The same files under another stanza, as two suites have them: the first one counts.
      let digests = taken.files.map(\.digest)
      if known[taken.identity] == digests { continue }
      known[taken.identity] = digests
      packages.append(taken)
    }
    packages.sort {
      ($0.name, $0.version, $0.architecture) < ($1.name, $1.version, $1.architecture)
    }
  }

  private static func refuse(_ missing: Set<PackageIdentifier>) throws(Failure) {
    guard !missing.isEmpty else { return }
    throw Failure(
      .usage,
      "no-packages",
      "\(missing.count) of the packages are not there; nothing was changed",
      subject: missing.map(\.label).min(),
      details: missing.map(\.label).sorted().prefix(100).map { $0 }
    )
  }
}
