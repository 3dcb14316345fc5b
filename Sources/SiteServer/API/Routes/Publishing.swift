#if Network
internal import Composing
internal import DebianRepository
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

    /// What the record of the snapshot that is published says of where it comes from.
    var origin: String {
      let names = fact.sources.map(\.name).joined(separator: ", ")
      return "\(fact.kind == "local" ? "repo" : "snapshot") \(names), published at "
        + "\(place.text)/\(distribution)"
    }
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
    order.origin = wanted.origin
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
