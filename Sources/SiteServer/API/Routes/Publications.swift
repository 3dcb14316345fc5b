#if Network
internal import Depot
internal import Operations
internal import Publishing
internal import SafeIO

/// Publications: what clients of `apt` get.
extension APIRoutes {
  static let publicationRoutes: [APIRoute] = [
    .reply("GET", "publish", .readAnywhere) { routes, _ in
      APIReply(.array(try routes.publications().filter(routes.isShown).map(\.json)))
    },
    APIRoute("POST", "publish", .releaseThere) { routes, _ in
      try routes.createPublication(APIPrefix(storage: "", plain: ""))
    },
    APIRoute("POST", "publish/{prefix}", .releaseThere) { routes, names in
      try routes.createPublication(APIPrefix(names[0]))
    },
    .reply("GET", "publish/{prefix}/{distribution}", .readThere) { routes, names in
      APIReply(try routes.publication(names[0], names[1]).json)
    },
    APIRoute("PUT", "publish/{prefix}/{distribution}", .releaseThere) { routes, names in
      try routes.switchPublication(names[0], names[1])
    },
    APIRoute("DELETE", "publish/{prefix}/{distribution}", .releaseThere) { routes, names in
      try routes.dropPublication(names[0], names[1])
    },
    APIRoute("POST", "publish/{prefix}/{distribution}/update", .releaseThere) { routes, names in
      try routes.updateStaged(names[0], names[1])
    },
  ]

  /// Whether the caller may see a publication: what it may read, or change; who operates the site
  /// sees all.
  private func isShown(_ shown: ShownPublication) -> Bool {
    let (rights, prefix) = (call.caller.rights, APIPrefix.house(shown.prefix))
    return rights.allow(.operate, at: nil)
      || [Role.read, .release].contains { rights.allow($0, at: prefix) }
  }

  /// All publications, by prefix and distribution.
  func publications() throws -> [ShownPublication] {
    let depot = try session().depot()
    let facts = try facts(.publication)
    let names = try namesByID()
    var found: [ShownPublication] = []
    for publication in try Publishing.Publications.list(depot) {
      for distribution in publication.recipe.distributions {
        var fact: PublicationFact
        if let known = facts[distribution.snapshot.name] {
          fact = PublicationFact(known)
          fact.sources = fact.sources.map {
            .init(component: $0.component, id: $0.id, name: names[$0.id] ?? $0.name)
          }
        } else {
          fact = try foreign(distribution, publication, depot)
        }
        found.append(
          ShownPublication(
            prefix: APIPrefix.shown(publication.prefix),
            distribution: distribution.name,
            fact: fact,
            snapshot: distribution.snapshot.name
          )
        )
      }
    }
    return found
  }

  /// What can be said of a distribution that a command published.
  private func foreign(
    _ distribution: DistributionRecipe,
    _ publication: Publication,
    _ depot: Depot
  ) throws -> PublicationFact {
    var fact = PublicationFact()
    let list = try depot.catalogue.fileList(
      publication.current.listing,
      name: "the listing of \(publication.prefix)"
    )
    var (components, architectures) = (Set<String>(), Set<String>())
    for index in list.indices(withPrefix: distribution.directory) {
      let parts = list.path(at: index).dropFirst(distribution.directory.utf8.count)
        .split(separator: "/")
      guard parts.count == 3 else { continue }
      if parts[1].hasPrefix("binary-") {
        architectures.insert(String(parts[1].dropFirst("binary-".count)))
        components.insert(String(parts[0]))
      } else if parts[1] == "source" {
        architectures.insert("source")
        components.insert(String(parts[0]))
      }
    }
    fact.architectures = architectures.subtracting(["all"]).sorted()
    fact.isByHash = true
    fact.sources = (components.isEmpty ? ["main"] : components.sorted()).map { component in
      let own = distribution.components.first { $0.component == component }?.snapshot.name
      let name = own ?? distribution.snapshot.name
      return .init(component: component, id: "snapshot:\(name)", name: name)
    }
    (fact.label, fact.origin) = (
      distribution.fields["Label"] ?? "", distribution.fields["Origin"] ?? ""
    )
    return fact
  }

  /// What snapshots and repositories are called now, by what facts call them.
  private func namesByID() throws -> [String: String] {
    var names: [String: String] = [:]
    for (name, fact) in try snapshotFacts() { names[fact.id] = name }
    for (name, fact) in try facts(.repo) { if let id = fact["id"] { names[id] = name } }
    return names
  }

  /// The publication of a prefix and distribution; 404 when there is none.
  func publication(_ prefix: String, _ distribution: String) throws -> ShownPublication {
    let place = APIPrefix(prefix)
    let here = try publications().filter { place.storage.isEmpty && $0.prefix == place.text }
    // Clients also write a slash in it as they do in a prefix.
    let decoded = APIPrefix(distribution).text
    let found =
      here.first { $0.distribution == distribution } ?? here.first { $0.distribution == decoded }
    guard let found else {
      throw APIRefusal(
        404,
        "published repo with storage:prefix/distribution \(place.text)/\(distribution) not found"
      )
    }
    return found
  }

  /// Whether something is a source of a publication.
  func isPublished(kind: String, id: String, name: String) throws -> Bool {
    try publications().contains { publication in
      publication.fact.kind == kind && publication.fact.sources.contains { $0.id == id }
    }
  }

  private func dropPublication(_ prefix: String, _ distribution: String) throws -> APIOutcome {
    let shown = try publication(prefix, distribution)
    let house = APIPrefix(prefix).house
    return .work(
      APIWork("Delete published \(shown.path)") { log in
        let session = session(log)
        var order = PublicationOrder(house)
        order.reason = "asked for over the API"
        let others = try publications().filter {
          $0.prefix == shown.prefix && $0.distribution != shown.distribution
        }
        if others.isEmpty {
          _ = try session.removePublication(order)
        } else {
          _ = try session.removeDistribution(shown.distribution, order)
        }
        try session.put([APIRecord(APIFact.Area.staged.rawValue, shown.path, nil)])
        try forgetUnpublished(log)
        return .done
      }
    )
  }

  /// Removes snapshots that were made to be published and that no generation has any more.
  func forgetUnpublished(_ log: APITaskLog) throws {
    let session = session(log)
    let catalogue = try session.depot().catalogue
    let used = Set(try catalogue.generations().flatMap(\.snapshots).map(\.name))
    for name in try session.apiRecords(APIFact.Area.publication.rawValue).keys
    where !used.contains(name) {
      do throws(Failure) {
        if try catalogue.findSnapshot(name) != nil { _ = try session.removeSnapshot(name) }
        try session.put([APIRecord(APIFact.Area.publication.rawValue, name, nil)])
      } catch {
        // What is published is published: the next change tries again.
        log.say("\(name) stays: \(error.reason)")
      }
    }
  }
}
#endif
