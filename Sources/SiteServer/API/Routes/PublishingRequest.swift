#if Network
internal import Depot
internal import Operations
internal import SafeIO

/// What requests to publish say, and what is guessed where they say nothing.
extension APIRoutes {
  /// Refuses what no component can be called.
  static func check(component: String, prefix: String) throws(APIRefusal) {
    guard RelativePath(component) != nil, !component.contains(" ") else {
      throw APIRefusal(400, "\(prefix): invalid component \(component)")
    }
  }

  /// What is known of one source that is to be published.
  func lineage(_ source: NamedSource, _ kind: String) throws -> SnapshotFact {
    let name = source.name
    if kind == "snapshot" {
      return try atPresent(
        fact(of: snapshot(APIRoutes.house(name), prefix: "unable to publish: "))
      )
    }
    guard let record = try session().repos().first(where: { $0.name == name }) else {
      throw APIRefusal(404, "unable to publish: local repo with name \(name) not found")
    }
    var fact = SnapshotFact(kind: "local")
    let known = try facts(.repo)[name]
    fact.id = try repoID(name)
    fact.distributions = [known?["distribution"] ?? record.suite]
    fact.components = [known?["component"] ?? record.component]
    return fact
  }

  /// A lineage with what the mirrors and repositories at its roots are called now.
  private func atPresent(_ fact: SnapshotFact) throws -> SnapshotFact {
    let snapshots = Dictionary(try snapshotFacts().values.map { ($0.id, $0) }) { first, _ in first }
    var roots: Set<SnapshotFact.Source> = []
    var (rest, seen) = (fact.sources, Set<String>())
    while let source = rest.popLast() {
      if source.kind != "snapshot" {
        roots.insert(source)
      } else if seen.insert(source.id).inserted {
        // What is gone cannot be asked any more: what was known of it stays.
        guard let snapshot = snapshots[source.id] else { return fact }
        rest += snapshot.sources
      }
    }
    var present = fact
    (present.distributions, present.components) = ([], [])
    let (repos, mirrors) = (try session().repos(), try session().depot().catalogue.mirrors())
    for root in roots {
      if root.kind == "repo" {
        guard let repo = try repos.first(where: { try repoID($0.name) == root.id }) else {
          return fact
        }
        let known = try facts(.repo)[repo.name]
        present.distributions.append(known?["distribution"] ?? repo.suite)
        present.components.append(known?["component"] ?? repo.component)
      } else {
        guard let mirror = try mirrors.first(where: { try mirrorID($0.name) == root.id }) else {
          return fact
        }
        let known = try mirrorSnapshotFact(mirror, "")
        present.distributions += known.distributions
        present.components += known.components
      }
    }
    return roots.isEmpty ? fact : present
  }

  func sources(
    _ list: [NamedSource],
    _ kind: String,
    _ lineages: [SnapshotFact]
  ) throws -> [PublicationFact.Source] {
    var found: [PublicationFact.Source] = []
    for (source, fact) in zip(list, lineages) {
      var component = source.component ?? ""
      if component.isEmpty {
        let known = Set(fact.components.filter { !$0.isEmpty })
        component = known.count == 1 ? known.first ?? "" : ""
        if component.isEmpty, list.count == 1 { component = "main" }
      }
      guard !component.isEmpty else {
        throw APIRefusal(400, "unable to publish: unable to figure out component name")
      }
      try APIRoutes.check(component: component, prefix: "unable to publish")
      guard !found.contains(where: { $0.component == component }) else {
        throw APIRefusal(400, "unable to publish: duplicate component name: \(component)")
      }
      found.append(
        .init(
          component: component,
          id: fact.id,
          name: APIRoutes.house(source.name)
        )
      )
    }
    return found
  }

  func distribution(_ lineages: [SnapshotFact]) throws -> String {
    if let given = try call.string("Distribution"), !given.isEmpty { return given }
    // What says nothing is no answer, and none that contradicts.
    let known = Set(lineages.flatMap(\.distributions).filter { !$0.isEmpty })
    guard known.count == 1, let only = known.first, !only.isEmpty, only != APIRoutes.unnamedSuite
    else {
      throw APIRefusal(
        400,
        "unable to publish: unable to guess distribution name, please specify explicitly"
      )
    }
    let plain = only.hasSuffix("/") ? String(only.dropLast()) : only
    return plain.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "-")
  }

  static func agreed(_ lineages: [SnapshotFact]) -> SnapshotFact? {
    guard let first = lineages.first,
      lineages.allSatisfy({
        $0.origin == first.origin && $0.notAutomatic == first.notAutomatic
          && $0.butAutomaticUpgrades == first.butAutomaticUpgrades
      })
    else { return nil }
    return first
  }

  func take(_ agreed: SnapshotFact, into fact: inout PublicationFact) {
    if fact.origin.isEmpty { fact.origin = agreed.origin }
    if fact.notAutomatic.isEmpty { fact.notAutomatic = agreed.notAutomatic }
    if fact.butAutomaticUpgrades.isEmpty {
      fact.butAutomaticUpgrades = agreed.butAutomaticUpgrades
    }
  }

  /// Fields of the request that stay with the publication.
  func takeSettings(into fact: inout PublicationFact, isNew: Bool) throws(APIRefusal) {
    fact.skipsContents = try call.bool("SkipContents") ?? fact.skipsContents
    fact.skipsBzip2 = try call.bool("SkipBz2") ?? fact.skipsBzip2
    fact.isByHash = try call.bool("AcquireByHash") ?? fact.isByHash
    fact.isMultiDist = try call.bool("MultiDist") ?? fact.isMultiDist
    fact.label = try call.string("Label") ?? fact.label
    fact.origin = try call.string("Origin") ?? fact.origin
    fact.version = try call.string("Version") ?? fact.version
    fact.signedBy = try call.string("SignedBy") ?? fact.signedBy
    guard isNew else { return }
    fact.notAutomatic = try call.string("NotAutomatic") ?? ""
    fact.butAutomaticUpgrades = try call.string("ButAutomaticUpgrades") ?? ""
  }

  /// The site's key signs, whatever a client would like.
  func checkSigning(prefix: String) throws {
    guard let signing = call.body?["Signing"] else { return }
    guard signing.isObject else { throw APIRefusal.wrongType("Signing", "object") }
    _ = (try signing.bool(at: "Batch"), try signing.string(at: "Passphrase"))
    if try signing.bool(at: "Skip") ?? false {
      throw APIRefusal.lowersTrust(
        "publishing without a signature",
        "leave Signing.Skip out, and the site's key signs"
      )
    }
    let keys = try session().signingFingerprints()
    for name in (try signing.string(at: "GpgKey") ?? "").split(separator: ",") {
      let wanted = name.filter { !$0.isWhitespace }.uppercased()
      let digits = wanted.hasPrefix("0X") ? String(wanted.dropFirst(2)) : wanted
      guard digits.count >= 8, keys.contains(where: { $0.hasSuffix(digits) }) else {
        throw APIRefusal(
          400,
          "\(prefix): unable to detached sign file: the site does not sign with the key \(name)"
        )
      }
    }
    for ring in ["Keyring", "SecretKeyring", "PassphraseFile"] {
      if let name = try signing.string(at: ring), !name.isEmpty {
        throw APIRefusal(
          400,
          "\(prefix): unable to detached sign file: there is no \(ring) \(name)"
        )
      }
    }
  }
}
#endif
