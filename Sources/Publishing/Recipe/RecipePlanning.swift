internal import DebianRepository
internal import Depot
internal import SafeIO

/// The recipe that a request asks for, from the one that there is.
struct RecipePlanning {
  let depot: Depot

  /// Distributions that are not named stay as they are.
  func recipe(
    for request: PublishRequest,
    from present: PublicationRecipe?
  ) throws(Failure) -> PublicationRecipe {
    var recipe = present ?? PublicationRecipe()
    if present == nil { try request.defaults.apply(to: &recipe) }
    try request.change.apply(to: &recipe)
    var touched: [DistributionRecipe] = []
    guard Set(request.snapshots).count == request.snapshots.count else {
      throw Failure(.usage, "arguments", "name each snapshot once")
    }
    guard Set(request.components.map(\.component)).count == request.components.count else {
      throw Failure(.usage, "arguments", "name each component once with --component")
    }
    for name in request.snapshots {
      for distribution in try distributions(of: name, request) {
        guard !touched.contains(where: { $0.name == distribution.name }) else {
          throw Failure(
            .usage,
            "same-distribution",
            "two of the snapshots have this distribution",
            subject: distribution.name,
            hint: "take single components from the second: --component COMPONENT=SNAPSHOT"
          )
        }
        touched.append(distribution)
      }
    }
    if request.snapshots.isEmpty { touched = [try componentsOnly(request, present)] }
    guard request.components.isEmpty || touched.count == 1 else {
      throw Failure(
        .usage,
        "which-distribution",
        "--component needs one distribution",
        hint: "name it: --distribution D; there are: "
          + touched.map(\.name).joined(separator: ", ")
      )
    }
    for var distribution in touched {
      let old = present?.distribution(distribution.name)
      distribution.mode = request.mode ?? old?.mode ?? distribution.mode
      try requireOwnSignature(distribution)
      // What only a Release of this site can say ends with it.
      if let old, request.mode != .verbatim {
        distribution.fields = old.fields
        distribution.validFor = old.validFor
        distribution.namesSigners = old.namesSigners
      }
      if old == nil, distribution.mode == .resigned {
        try request.defaults.apply(to: &distribution)
      }
      try request.change.apply(to: &distribution)
      try take(request.components, into: &distribution)
      distribution.release = old?.release
      recipe.put(distribution)
    }
    try recipe.check()
    return recipe
  }

  /// Refuses to show a composed suite under a vendor's signature: it has none.
  private func requireOwnSignature(_ distribution: DistributionRecipe) throws(Failure) {
    guard distribution.mode != .resigned,
      try depot.catalogue.snapshot(distribution.snapshot.name).kind == .composed
    else { return }
    throw RecipePlanning.composed(distribution.name, "say --mode resigned")
  }

  /// The refusal of a composed suite where clients have a vendor's signature.
  static func composed(_ distribution: String, _ hint: String) -> Failure {
    Failure(
      .usage,
      "composed-mode",
      "the snapshot is composed: its indexes can only be published under this site's signature",
      subject: distribution,
      hint: hint + "; clients need this site's key then (aptferry client-config)"
    )
  }

  private func reference(_ name: String) throws(Failure) -> (SnapshotReference, SnapshotRecord) {
    let record = try depot.catalogue.snapshot(name)
    return (SnapshotReference(name: record.name, digest: record.digest), record)
  }

  /// The distributions that a snapshot brings: all, or the one that was named.
  private func distributions(
    of name: String,
    _ request: PublishRequest
  ) throws(Failure) -> [DistributionRecipe] {
    let (snapshot, record) = try reference(name)
    func make(_ name: String, from source: String) -> DistributionRecipe {
      DistributionRecipe(
        name: name,
        source: source,
        // No vendor signed the indexes of a composed one.
        mode: record.kind == .composed ? .resigned : .verbatim,
        snapshot: snapshot
      )
    }
    guard let wanted = request.distribution else {
      guard !record.suites.isEmpty else {
        throw Failure(
          .state,
          "no-distribution",
          "the snapshot has no distribution that could be published",
          subject: name
        )
      }
      return record.suites.map { make($0.distribution, from: $0.distribution) }
    }
    if record.suites.contains(where: { $0.distribution == wanted }) {
      return [make(wanted, from: wanted)]
    }
    // A name of its own gets the only distribution of the only snapshot.
    guard request.snapshots.count <= 1, record.suites.count == 1, let only = record.suites.first,
      !only.isFlat,
      Distribution.isName(wanted), !wanted.hasSuffix("/")
    else {
      throw Failure(
        .usage,
        "no-distribution",
        request.snapshots.count > 1
          ? "the snapshot has no such distribution"
          : "the snapshot has no such distribution, and not exactly one that could take the name",
        subject: "\(wanted) in \(name)",
        hint: "it has: " + record.suites.map(\.distribution).joined(separator: ", ")
      )
    }
    return [make(wanted, from: only.distribution)]
  }

  /// Without a snapshot for the whole: the distribution that there is, or one of these components.
  private func componentsOnly(
    _ request: PublishRequest,
    _ present: PublicationRecipe?
  ) throws(Failure) -> DistributionRecipe {
    guard let first = request.components.first else {
      throw Failure(.usage, "no-snapshot", "no snapshot was named")
    }
    if let name = request.distribution, let old = present?.distribution(name) { return old }
    if request.distribution == nil, let only = present?.distributions.first,
      present?.distributions.count == 1
    {
      return only
    }
    let found = try distributions(of: first.snapshot, request)
    guard var made = found.first, found.count == 1 else {
      throw Failure(
        .usage,
        "which-distribution",
        "the snapshot has several distributions",
        subject: first.snapshot,
        hint: "name one with --distribution: " + found.map(\.name).joined(separator: ", ")
      )
    }
    // One component changes; the others stay.
    if let old = present?.distribution(made.name) { return old }
    made.hasOnlyItsComponents = true
    return made
  }

  private func take(
    _ components: [(component: String, snapshot: String)],
    into distribution: inout DistributionRecipe
  ) throws(Failure) {
    for (component, name) in components {
      let (snapshot, record) = try reference(name)
      let suite = record.suites.first { $0.distribution == distribution.source }
      guard let suite else {
        throw Failure(
          .usage,
          "no-distribution",
          "the component's snapshot does not have this distribution",
          subject: "\(distribution.source) in \(name)",
          hint: "it has: " + record.suites.map(\.distribution).joined(separator: ", ")
        )
      }
      let source = try SuiteSource(
        suite.distribution,
        of: record,
        try depot.catalogue.fileList(of: record),
        in: depot
      )
      guard source.release.components.contains(component) else {
        throw Failure(
          .usage,
          "no-component",
          "the snapshot has no such component",
          subject: "\(component) in \(name)",
          hint: "it has: " + source.release.components.joined(separator: ", ")
        )
      }
      distribution.components.removeAll { $0.component == component }
      distribution.components.append(.init(component: component, snapshot: snapshot))
      distribution.components.sort { $0.component < $1.component }
    }
  }
}
