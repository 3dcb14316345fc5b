#if Network
internal import Composing
internal import DebianRepository
internal import Depot
internal import Operations
internal import Publishing
internal import SafeIO

/// Publishing, switching and rebuilding.
extension APIRoutes {
  /// What somebody wants published, or changed of what is published.
  struct Wanted: Sendable {
    let place: APIPrefix
    var distribution: String
    var fact: PublicationFact
    var overwrites = false
  }

  func createPublication(_ given: APIPrefix) throws -> APIOutcome {
    var place = given
    if let storage = try call.string("Storage"), !storage.isEmpty {
      place = APIPrefix(storage: storage, plain: given.text)
    }
    let kind = try call.required("SourceKind")
    guard let list = try call.sources("Sources"), !list.isEmpty else {
      throw APIRefusal.missing("Sources")
    }
    guard ["local", "snapshot"].contains(kind) else { throw APIRefusal(400, "unknown SourceKind") }
    var fact = PublicationFact()
    fact.kind = kind
    let lineages = try list.map { try lineage($0, kind) }
    fact.sources = try sources(list, kind, lineages)
    try takeSettings(into: &fact, isNew: true)
    if let agreed = APIRoutes.agreed(lineages) { take(agreed, into: &fact) }
    try checkSigning(prefix: "unable to publish")
    try place.check()
    let distribution = try self.distribution(lineages)
    let path = "\(place.text)/\(distribution)"
    let wanted = Wanted(
      place: place,
      distribution: distribution,
      fact: fact,
      overwrites: try call.bool("ForceOverwrite") ?? false
    )
    // Clients send one without letters for none.
    let given = try (call.strings("Architectures") ?? []).filter { !$0.isEmpty }
    return .work(
      APIWork("Publish \(kind): \(path)") { log in
        guard try !publications().contains(where: { $0.path == path }) else {
          throw APIRefusal(
            400,
            "prefix/distribution already used by another published repo: \(path)"
          )
        }
        return APIReply(try make(wanted, architectures: given, log).json, status: 201)
      }
    )
  }

  func switchPublication(_ prefix: String, _ distribution: String) throws -> APIOutcome {
    try update(prefix, distribution) { (shown) throws in try switched(shown) }
  }

  /// What a publication is to be with the snapshots that are given.
  private func switched(_ shown: ShownPublication) throws -> PublicationFact {
    let snapshots = try call.sources("Snapshots") ?? []
    // As for aptly: what is staged comes with whatever update is the next.
    var fact = try withStaged(shown)
    if fact.kind == "local", !snapshots.isEmpty {
      throw APIRefusal(400, "snapshots shouldn't be given when updating published local repo")
    }
    for one in snapshots {
      let name = APIRoutes.house(one.name)
      let record = try snapshot(name, prefix: "unable to update: ")
      let id = try self.fact(of: record).id
      let component =
        one.component ?? (fact.sources.count == 1 ? fact.sources[0].component : "main")
      try APIRoutes.check(component: component, prefix: "unable to update")
      fact.sources.removeAll { $0.component == component }
      fact.sources.append(.init(component: component, id: id, name: name))
    }
    return fact
  }

  /// Work that publishes anew with other sources and settings; nothing is staged any more behind it.
  ///
  /// What cannot be is refused at once; what counts is how the publication stands when its turn comes, for works
  /// of others may come before.
  func update(
    _ prefix: String,
    _ distribution: String,
    to changed: @escaping @Sendable (ShownPublication) throws -> PublicationFact
  ) throws -> APIOutcome {
    let shown = try publication(prefix, distribution)
    try checkSigning(prefix: "unable to update")
    _ = try wanted(shown, changed(shown))
    return .work(
      APIWork("Update published \(shown.path)") { log in
        let present = try publication(prefix, distribution)
        let wanted = try wanted(present, changed(present))
        let reply = APIReply(try make(wanted, architectures: wanted.fact.architectures, log).json)
        try put(staged: nil, present)
        return reply
      }
    )
  }

  private func wanted(_ shown: ShownPublication, _ before: PublicationFact) throws -> Wanted {
    var fact = before
    try takeSettings(into: &fact, isNew: false)
    return Wanted(
      place: APIPrefix(storage: "", plain: shown.prefix == "." ? "" : shown.prefix),
      distribution: shown.distribution,
      fact: fact,
      overwrites: try call.bool("ForceOverwrite") ?? false
    )
  }

  /// Refuses what no component can be called.
  static func check(component: String, prefix: String) throws(APIRefusal) {
    guard RelativePath(component) != nil, !component.contains(" ") else {
      throw APIRefusal(400, "\(prefix): invalid component \(component)")
    }
  }

  // MARK: Sources and guesses

  /// What is known of one source that is to be published.
  private func lineage(_ source: NamedSource, _ kind: String) throws -> SnapshotFact {
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

  private func sources(
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

  private func distribution(_ lineages: [SnapshotFact]) throws -> String {
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

  private static func agreed(_ lineages: [SnapshotFact]) -> SnapshotFact? {
    guard let first = lineages.first,
      lineages.allSatisfy({
        $0.origin == first.origin && $0.notAutomatic == first.notAutomatic
          && $0.butAutomaticUpgrades == first.butAutomaticUpgrades
      })
    else { return nil }
    return first
  }

  private func take(_ agreed: SnapshotFact, into fact: inout PublicationFact) {
    if fact.origin.isEmpty { fact.origin = agreed.origin }
    if fact.notAutomatic.isEmpty { fact.notAutomatic = agreed.notAutomatic }
    if fact.butAutomaticUpgrades.isEmpty {
      fact.butAutomaticUpgrades = agreed.butAutomaticUpgrades
    }
  }

  /// Fields of the request that stay with the publication.
  private func takeSettings(into fact: inout PublicationFact, isNew: Bool) throws(APIRefusal) {
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
  private func checkSigning(prefix: String) throws {
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

  // MARK: Doing it

  /// Composes what is published and switches to it.
  private func make(
    _ wanted: Wanted,
    architectures given: [String],
    _ log: APITaskLog
  ) throws -> ShownPublication {
    let session = session(log)
    var wanted = wanted
    var chosen: [ChosenPackage] = []
    var all: [KeyedPackage] = []
    for source in wanted.fact.sources {
      let packages = try session.keyedPackages(
        of: wanted.fact.kind == "local" ? .repo(source.name) : .snapshot(source.name)
      )
      all += packages
      chosen += packages.map { ChosenPackage($0.listed, component: source.component) }
    }
    let architectures =
      given.isEmpty ? try APIRoutes.architectures(of: all) : Set(given).sorted()
    wanted.fact.architectures = architectures
    let taken = Set(architectures + ["all"])
    chosen = chosen.filter { taken.contains($0.package.stanza.architecture) }
    let name = APIRoutes.internalName(wanted.distribution)
    var order = AssemblyOrder(name, suite: wanted.distribution, chosen)
    order.architectures = architectures.filter { $0 != "source" }
    order.origin = "to be published at \(wanted.place.text)/\(wanted.distribution)"
    order.records = [wanted.fact.record(name)]
    _ = try session.assemble(order)
    do throws(Failure) {
      _ = try session.publish(publishOrder(wanted, name))
    } catch {
      try forgetUnpublished(log)
      guard error.name == "other-vendor" else { throw error }
      throw APIRefusal(
        400,
        "unable to publish: \(error.reason) (publish it at a prefix of its own, or say "
          + "ForceOverwrite)"
      )
    }
    try forgetUnpublished(log)
    return ShownPublication(
      prefix: wanted.place.text,
      distribution: wanted.distribution,
      fact: wanted.fact,
      snapshot: name
    )
  }

  private static func architectures(of packages: [KeyedPackage]) throws -> [String] {
    let found = Set(packages.map(\.architecture)).subtracting(["all"])
    guard !found.subtracting(["source"]).isEmpty || found.contains("source") else {
      throw APIRefusal(
        400,
        "unable to publish: unable to figure out list of architectures, please supply explicit list"
      )
    }
    return found.sorted()
  }

  private static func internalName(_ distribution: String) -> String {
    let word = String(distribution.map { $0 == "/" ? "-" : $0 }.prefix(40))
    return "published.\(word).\(APIFact.newID().prefix(13))"
  }

  private func publishOrder(_ wanted: Wanted, _ snapshot: String) -> PublishOrder {
    var order = PublishOrder([snapshot], at: wanted.place.house)
    order.distribution = wanted.distribution
    order.mode = .resigned
    let standard = "\(wanted.place.text) \(wanted.distribution)"
    let fact = wanted.fact
    order.settings.change.fields = [
      "Origin": fact.origin.isEmpty ? standard : fact.origin,
      "Label": fact.label.isEmpty ? standard : fact.label,
      "Suite": wanted.distribution, "Codename": wanted.distribution,
      "Description": "Generated by aptly", "Version": fact.version,
      "NotAutomatic": fact.notAutomatic, "ButAutomaticUpgrades": fact.butAutomaticUpgrades,
    ]
    // Whoever wants another vendor's packages in the place of one's has to say so.
    order.changesVendor = wanted.overwrites
    if wanted.overwrites { order.reason = "ForceOverwrite, asked for over the API" }
    return order
  }
}
#endif
