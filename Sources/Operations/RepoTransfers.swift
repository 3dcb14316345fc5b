internal import Choosing
package import Composing
internal import Depot
package import SafeIO
package import Solving

/// Which packages are to go from a repository.
package enum RepoRemoval: Sendable {
  /// What any of these queries asks for, as they were written.
  case queries([String])
  case named([PackageIdentifier])

  var about: [AuditField] {
    switch self {
    case .queries(let queries): [AuditField("queries", queries)]
    case .named(let names): [AuditField("packages", AuditNames.shortened(names.map(\.label)))]
    }
  }

  func removal() throws(Failure) -> RepoIntake.Removal {
    switch self {
    case .queries(let queries): .queries(try RepoCopyOrder.read(queries))
    case .named(let names): .named(names)
    }
  }
}

/// Packages of the depot that are to be in a repository.
package struct RepoCopyOrder: Sendable {
  /// Which packages of the origins are meant.
  package enum Choice: Sendable {
    case all
    /// What any of these queries asks for, as they were written.
    case queries([String])
    /// Just these; each must be there.
    case named([PackageIdentifier])
  }

  package let origins: [PackageOrigin]
  /// The repository that they go to.
  package let destination: String
  package let choice: Choice
  /// How what the packages of queries need is followed; nil for not at all.
  package var closure: ClosureOptions?
  /// Whether they go from the origins, which are repositories then.
  package var isMoving = false
  /// Whether others of the same name, version and architecture give way.
  package var isReplacing = false
  /// Whether nothing is changed.
  package var isDryRun = false

  package init(from origins: [PackageOrigin], to destination: String, _ choice: Choice) {
    (self.origins, self.destination, self.choice) = (origins, destination, choice)
  }

  private var command: String {
    if isMoving { return "repo move" }
    let isCopy = origins.allSatisfy { if case .repo = $0 { true } else { false } }
    return isCopy ? "repo copy" : "repo import"
  }

  fileprivate var subject: AuditSubject? {
    guard !isDryRun else { return nil }
    var about = [AuditField("name", [destination]), AuditField("from", origins.map(\.label))]
    switch choice {
    case .all: break
    case .queries(let queries): about.append(AuditField("queries", queries))
    case .named(let names):
      about.append(AuditField("packages", AuditNames.shortened(names.map(\.label))))
    }
    if let closure {
      about += [AuditField("with-deps", ["yes"]), AuditField("base", closure.base)]
    }
    if isReplacing { about.append(AuditField("replace", ["yes"])) }
    return AuditSubject(command, about)
  }

  static func read(_ queries: [String]) throws(Failure) -> [PackageQuery] {
    try queries.map { (query) throws(Failure) in try PackageQuery(query) }
  }

  fileprivate func transfer() throws(Failure) -> RepoTransfer {
    let meant: RepoTransfer.Choice
    switch choice {
    case .all: meant = .all
    case .queries(let queries):
      let queries = try RepoCopyOrder.read(queries)
      meant = closure.map { .closure(queries, $0) } ?? .queries(queries)
    case .named(let names): meant = .named(names)
    }
    var transfer = RepoTransfer(from: origins, to: destination, meant)
    (transfer.isMoving, transfer.isReplacing) = (isMoving, isReplacing)
    transfer.isDryRun = isDryRun
    return transfer
  }
}

/// Names in an audit record: as many as a reader wants to see.
enum AuditNames {
  static let most = 100

  static func shortened(_ names: [String]) -> [String] {
    names.count <= most
      ? names : names.prefix(most) + ["and \(names.count - most) more"]
  }
}

extension Session {
  /// Takes packages of repositories, snapshots or mirrors into a repository, all or none.
  ///
  /// - Parameters:
  ///   - order: what is to be taken.
  ///   - explain: says why a package cannot be had.
  /// - Returns: what came of it.
  /// - Throws: what `RepoTransfer.run` throws.
  package func copyToRepo(
    _ order: RepoCopyOrder,
    explain: @escaping (DependencyProblem) -> [String]
  ) throws(Failure) -> RepoTransfer.Outcome {
    var transfer = try order.transfer()
    transfer.explain = explain
    return try perform(order.subject) { (job) throws(Failure) in
      let outcome = try transfer.run(job.keeping)
      job.record("added", AuditNames.shortened(outcome.change.added))
      return outcome
    }
  }

  /// What a person means by a name from which packages are imported: a snapshot, else a mirror.
  ///
  /// - Throws: `usage` where both or neither have that name.
  package func importOrigin(_ name: String) throws(Failure) -> PackageOrigin {
    let catalogue = try depot().catalogue
    let isSnapshot = try catalogue.findSnapshot(name) != nil
    let isMirror = try catalogue.mirrors().contains { $0.name == name }
    switch (isSnapshot, isMirror) {
    case (true, false): return .snapshot(name)
    case (false, true): return .mirror(name)
    case (true, true):
      throw Failure(
        .usage,
        "arguments",
        "there is a snapshot and a mirror of that name",
        subject: name,
        hint: "say which one is meant: snapshot:\(name) or mirror:\(name)"
      )
    case (false, false):
      let words = name.split(separator: ":", maxSplits: 1).map { String($0) }
      if words.count == 2, words[0] == "snapshot" { return .snapshot(words[1]) }
      if words.count == 2, words[0] == "mirror" { return .mirror(words[1]) }
      throw Failure(
        .usage,
        "no-origin",
        "there is no snapshot and no mirror of that name",
        subject: name,
        hint: "aptferry snapshot list and mirror list show them; between repositories: repo copy"
      )
    }
  }
}
