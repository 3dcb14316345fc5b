#if Network
internal import Depot
internal import Operations
internal import SafeIO

/// Sources of a publication that are to come with its next update.
extension APIRoutes {
  /// The staged list; nil when nothing is staged.
  private func stagedSources(_ shown: ShownPublication) throws -> [(String, String)]? {
    guard let text = try session().apiRecords(APIFact.Area.staged.rawValue)[shown.path] else {
      return nil
    }
    return (JSONValue.reading(text).array ?? []).map {
      ($0["Component"]?.string ?? "", APIRoutes.house($0["Name"]?.string ?? ""))
    }
  }

  func put(staged list: [(String, String)]?, _ shown: ShownPublication) throws {
    let value = list.map { APIRoutes.json($0).text }
    try session().put([APIRecord(APIFact.Area.staged.rawValue, shown.path, value)])
  }

  private static func json(_ list: [(String, String)]) -> JSONValue {
    .array(
      list.sorted { $0.0 < $1.0 }.map {
        .fields(["Component": .string($0.0), "Name": .string(APIRoutes.shown($0.1))])
      }
    )
  }

  static let stagedRoutes: [APIRoute] = [
    .reply("GET", "publish/{prefix}/{distribution}/sources", .readThere) { routes, names in
      guard let list = try routes.stagedSources(try routes.publication(names[0], names[1])) else {
        throw APIRefusal(404, "unable to show: No source changes exist")
      }
      return APIReply(json(list))
    },
    .reply("POST", "publish/{prefix}/{distribution}/sources", .releaseThere) { routes, names in
      try routes.stage(try routes.publication(names[0], names[1]))
    },
    wholeList,
    .reply("DELETE", "publish/{prefix}/{distribution}/sources", .releaseThere) { routes, names in
      try routes.put(staged: nil, try routes.publication(names[0], names[1]))
      return .done
    },
    .reply("PUT", "publish/{prefix}/{distribution}/sources/{component}", .releaseThere) {
      routes,
      names in
      try routes.changeStaged(try routes.publication(names[0], names[1]), names[2])
    },
    .reply("DELETE", "publish/{prefix}/{distribution}/sources/{component}", .releaseThere) {
      routes,
      names in
      try routes.unstage(try routes.publication(names[0], names[1]), names[2])
    },
  ]

  private static let wholeList: APIRoute = {
    var route = APIRoute.reply(
      "PUT",
      "publish/{prefix}/{distribution}/sources",
      .releaseThere
    ) { routes, names in
      let shown = try routes.publication(names[0], names[1])
      guard let given = routes.call.body?.array else {
        throw APIRefusal(400, "a list of sources is needed")
      }
      let named = try NamedSource.list(given, "sources")
      guard named.allSatisfy({ !$0.name.isEmpty }) else { throw APIRefusal.missing("Name") }
      guard named.allSatisfy({ $0.component != nil }) else {
        throw APIRefusal.missing("Component")
      }
      for source in named {
        try check(component: source.component ?? "", prefix: "unable to update")
      }
      // Of two for one component the later one counts.
      var byComponent: [String: String] = [:]
      for source in named { byComponent[source.component ?? ""] = house(source.name) }
      let list = byComponent.map { ($0.key, $0.value) }
      try routes.put(staged: list, shown)
      return APIReply(json(list))
    }
    route.takesList = true
    return route
  }()

  /// What the publication is to have, with what is staged so far.
  private func comingSources(_ shown: ShownPublication) throws -> [(String, String)] {
    try stagedSources(shown) ?? shown.fact.sources.map { ($0.component, $0.name) }
  }

  private func stage(_ shown: ShownPublication) throws -> APIReply {
    let (component, name) = (
      try call.required("Component"), APIRoutes.house(try call.required("Name"))
    )
    let list = try comingSources(shown)
    guard !list.contains(where: { $0.0 == component }) else {
      throw APIRefusal(400, "unable to create: Component '\(component)' already exists")
    }
    try APIRoutes.check(component: component, prefix: "unable to create")
    try put(staged: list + [(component, name)], shown)
    return APIReply(.object([]), status: 201)
  }

  private func place(_ component: String, in list: [(String, String)]) throws -> Int {
    guard let place = list.firstIndex(where: { $0.0 == component }) else {
      throw APIRefusal(404, "unable to update: Component '\(component)' does not exist")
    }
    return place
  }

  private func changeStaged(_ shown: ShownPublication, _ component: String) throws -> APIReply {
    var list = try comingSources(shown)
    let place = try place(component, in: list)
    let (newComponent, newName) = (try call.string("Component"), try call.string("Name"))
    guard newComponent?.isEmpty != true else { throw APIRefusal.missing("Component") }
    guard newName?.isEmpty != true else { throw APIRefusal.missing("Name") }
    let changed = (newComponent ?? component, newName.map(APIRoutes.house) ?? list[place].1)
    try APIRoutes.check(component: changed.0, prefix: "unable to update")
    list.remove(at: place)
    list.removeAll { $0.0 == changed.0 }
    list.append(changed)
    try put(staged: list, shown)
    return .done
  }

  private func unstage(_ shown: ShownPublication, _ component: String) throws -> APIReply {
    var list = try comingSources(shown)
    list.remove(at: try place(component, in: list))
    try put(staged: list, shown)
    return .done
  }

  func updateStaged(_ prefix: String, _ distribution: String) throws -> APIOutcome {
    try update(prefix, distribution) { (shown) throws in try withStaged(shown) }
  }

  /// What is known of a publication, with the sources that are staged.
  func withStaged(_ shown: ShownPublication) throws -> PublicationFact {
    var fact = shown.fact
    guard let list = try stagedSources(shown) else { return fact }
    guard !list.isEmpty else {
      throw APIRefusal(
        400,
        "unable to update: all sources are staged away, and nothing would be left"
      )
    }
    fact.sources = try list.map { component, name in
      let id: String
      do {
        id =
          fact.kind == "local"
          ? try {
            _ = try repo(name); return try repoID(name)
          }()
          : try self.fact(of: snapshot(name)).id
      } catch let refusal as APIRefusal {
        throw APIRefusal(500, "unable to update: \(refusal.text)")
      }
      return .init(component: component, id: id, name: name)
    }
    return fact
  }

}
#endif
