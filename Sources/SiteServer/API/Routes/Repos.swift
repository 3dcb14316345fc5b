#if Network
internal import Choosing
internal import Composing
internal import Depot
internal import Operations
internal import SafeIO

/// Repositories of this site.
extension APIRoutes {
  /// What a suite of packages is called where nobody says it.
  static let unnamedSuite = "local"

  static let repoRoutes: [APIRoute] = [
    .reply("GET", "repos", .readEverywhere) { routes, _ in try routes.listRepos() },
    APIRoute("POST", "repos", .operate) { routes, _ in try routes.createRepo() },
    .reply("GET", "repos/{name}", .readEverywhere) { routes, names in
      APIReply(try routes.json(routes.repo(names[0])))
    },
    APIRoute("PUT", "repos/{name}", .operate) { routes, names in try routes.editRepo(names[0]) },
    APIRoute("DELETE", "repos/{name}", .operate) { routes, names in
      try routes.dropRepo(names[0])
    },
    .reply("GET", "repos/{name}/packages", .readEverywhere) { routes, names in
      _ = try routes.repo(names[0])
      return try routes.listing(.repo(names[0]))
    },
    APIRoute("POST", "repos/{name}/packages", .operate) { routes, names in
      try routes.addPackages(names[0])
    },
    APIRoute("DELETE", "repos/{name}/packages", .operate) { routes, names in
      try routes.removePackages(names[0])
    },
    APIRoute("POST", "repos/{name}/snapshots", .operate) { routes, names in
      try routes.snapshot(ofRepo: names[0])
    },
    APIRoute("POST", "repos/{name}/file/{dir}", .operate) { routes, names in
      try routes.addFiles(names[0], names[1], nil)
    },
    APIRoute("POST", "repos/{name}/file/{dir}/{file}", .operate) { routes, names in
      try routes.addFiles(names[0], names[1], names[2])
    },
    APIRoute("POST", "repos/{name}/include/{dir}", .operate) { routes, names in
      try routes.include(names[0], names[1], nil)
    },
    APIRoute("POST", "repos/{name}/include/{dir}/{file}", .operate) { routes, names in
      try routes.include(names[0], names[1], names[2])
    },
    APIRoute("POST", "repos/{name}/copy/{source}/{query}", .operate) { routes, names in
      try routes.copy(to: names[0], from: names[1], names[2])
    },
  ]

  /// The repository of a name; 404 when there is none.
  func repo(_ name: String, _ status: Int = 404) throws -> RepoRecord {
    let found = try session().repos().first { $0.name == name }
    guard let found else {
      throw APIRefusal(status, "local repo with name \(name) not found")
    }
    return found
  }

  /// What a repository is, as clients see it; `counts` adds how many packages it has.
  func json(_ repo: RepoRecord, _ facts: [String: APIFact]? = nil, counts: Bool = false) throws
    -> JSONValue
  {
    let fact = try (facts ?? self.facts(.repo))[repo.name]
    var fields: [JSONValue.Field] = [
      .init(name: "Name", value: .string(repo.name)),
      .init(name: "Comment", value: .string(repo.description)),
      .init(name: "DefaultDistribution", value: .string(fact?["distribution"] ?? repo.suite)),
      .init(name: "DefaultComponent", value: .string(fact?["component"] ?? repo.component)),
    ]
    if counts { fields.append(.init(name: "NumPackages", value: .count(repo.packages))) }
    return .object(fields)
  }

  private func listRepos() throws -> APIReply {
    let facts = try facts(.repo)
    return APIReply(
      .array(try session().repos().map { try json($0, facts, counts: true) })
    )
  }

  private func createRepo() throws -> APIOutcome {
    let name = try call.required("Name")
    let distribution = try call.string("DefaultDistribution") ?? ""
    let component = try call.string("DefaultComponent") ?? ""
    let comment = try call.string("Comment") ?? ""
    try APIRoutes.checkName(name, "unable to create the repository \(name)")
    var packages: [KeyedPackage] = []
    if let given = try call.string("FromSnapshot"), !given.isEmpty {
      let snapshot = APIRoutes.house(given)
      _ = try self.snapshot(snapshot)
      packages = try session().keyedPackages(of: .snapshot(snapshot))
    }
    guard try !session().repos().contains(where: { $0.name == name }) else {
      throw APIRefusal(409, "local repo with name \(name) already exists")
    }
    return .work(
      APIWork("Create repository \(name)") { [packages] log in
        let session = session(log)
        _ = try session.createRepo(
          name,
          suite: distribution.isEmpty ? APIRoutes.unnamedSuite : distribution,
          component: component.isEmpty ? "main" : component,
          description: comment
        )
        var fact = APIFact()
        (fact["id"], fact["distribution"], fact["component"]) = (
          APIFact.newID(), distribution, component
        )
        try session.put([fact.record(.repo, name)])
        if !packages.isEmpty { _ = try session.changeRepo(name, adding: packages, removing: []) }
        return APIReply(try json(repo(name)), status: 201)
      }
    )
  }

  private func editRepo(_ name: String) throws -> APIOutcome {
    let before = try repo(name)
    let newName = try call.string("Name")
    let (distribution, component) = (
      try call.string("DefaultDistribution"), try call.string("DefaultComponent")
    )
    let comment = try call.string("Comment")
    if let newName, !newName.isEmpty, newName != name {
      try APIRoutes.checkName(newName, "unable to rename")
      guard try !session().repos().contains(where: { $0.name == newName }) else {
        throw APIRefusal(409, "unable to rename: local repo with name \(newName) already exists")
      }
    }
    return .work(
      APIWork("Update repository \(name)") { log in
        let session = session(log)
        var order = RepoEditOrder(name)
        if let newName, !newName.isEmpty, newName != name { order.newName = newName }
        order.suite = distribution.map { $0.isEmpty ? APIRoutes.unnamedSuite : $0 }
        order.component = component.map { $0.isEmpty ? "main" : $0 }
        order.description = comment
        let after = try session.editRepo(order)
        var fact = try facts(.repo)[name] ?? APIFact()
        fact["id"] = fact["id"] ?? "repo:\(name)"
        fact["distribution"] = distribution ?? fact["distribution"] ?? before.suite
        fact["component"] = component ?? fact["component"] ?? before.component
        var records = [fact.record(.repo, after.name)]
        if after.name != name {
          records.append(APIRecord(APIFact.Area.repo.rawValue, name, nil))
        }
        try session.put(records)
        return APIReply(try json(after))
      }
    )
  }

  private func dropRepo(_ name: String) throws -> APIOutcome {
    _ = try repo(name)
    let isForced = call.flag("force")
    return .work(
      APIWork("Delete repository \(name)") { log in
        let session = session(log)
        let id = try repoID(name)
        if try isPublished(kind: "local", id: id, name: name) {
          throw APIRefusal(409, "unable to drop, local repo is published")
        }
        if try !isForced && snapshotFacts().contains(where: { $0.value.isMade(of: "repo", id) }) {
          throw APIRefusal(
            409,
            "unable to drop, local repo has snapshots, use ?force=1 to override"
          )
        }
        try session.keepAside(session.keyedPackages(of: .repo(name)))
        // Which snapshots count was asked above.
        _ = try session.removeRepo(name, isForced: true)
        try session.put([APIRecord(APIFact.Area.repo.rawValue, name, nil)])
        return .done
      }
    )
  }

  /// What a repository is called in facts of other things.
  func repoID(_ name: String) throws -> String { try facts(.repo)[name]?["id"] ?? "repo:\(name)" }

  // MARK: Packages by key

  private func addPackages(_ name: String) throws -> APIOutcome {
    _ = try repo(name)
    let keys = try call.strings("PackageRefs") ?? []
    return .work(
      APIWork("Add packages to repository \(name)") { log in
        let added = try packages(keys: keys) { "packages \($0): key not found" }
        let session = session(log)
        let present = try session.keyedPackages(of: .repo(name))
        try APIRoutes.refuseConflicts(present + added)
        let known = Set(present.map(\.key))
        let new = added.filter { !known.contains($0.key) }
        if !new.isEmpty { _ = try session.changeRepo(name, adding: new, removing: []) }
        return APIReply(try json(repo(name)))
      }
    )
  }

  private func removePackages(_ name: String) throws -> APIOutcome {
    _ = try repo(name)
    let keys = try call.strings("PackageRefs") ?? []
    return .work(
      APIWork("Delete packages from repository \(name)") { log in
        let named = try packages(keys: keys) { "packages \($0): key not found" }
        let session = session(log)
        let short = Set(named.map(\.shortKey))
        let gone = try session.keyedPackages(of: .repo(name)).filter {
          short.contains($0.shortKey)
        }
        if !gone.isEmpty { _ = try session.changeRepo(name, adding: [], removing: gone) }
        return APIReply(try json(repo(name)))
      }
    )
  }

  private func copy(to target: String, from source: String, _ text: String) throws -> APIOutcome {
    _ = try repo(target, 400)
    _ = try repo(source, 400)
    guard target != source else {
      throw APIRefusal(400, "source and destination are the same repo")
    }
    do { _ = try APIRoutes.query(text) } catch { throw APIRefusal(422, error.text) }
    let (withNeeds, isDryRun) = (
      try call.bool("with-deps") ?? false, try call.bool("dry-run") ?? false
    )
    return .work(
      APIWork("Copy packages from repo \(source) to repo \(target)") { log in
        let session = session(log)
        let query = try APIRoutes.query(text)
        let all = try session.keyedPackages(of: .repo(source))
        var chosen = all.filter { query.matches($0.stanza) }
        if withNeeds {
          let needs = NeedsClosure(in: all).needs(
            of: chosen,
            on: NeedsClosure.architectures(of: all)
          )
          chosen = KeyedChoices.merge([needs, chosen], .all)
        }
        guard !chosen.isEmpty else { throw APIRefusal(422, "no packages found") }
        let present = try session.keyedPackages(of: .repo(target))
        try APIRoutes.refuseConflicts(present + chosen)
        let known = Set(present.map(\.key))
        let new = chosen.filter { !known.contains($0.key) }
        if !isDryRun, !new.isEmpty { _ = try session.changeRepo(target, adding: new, removing: []) }
        let told = isDryRun ? ["Changes not saved, as dry run has been requested"] : []
        let added = chosen.map { "added \($0.name)-\($0.version)(\($0.architecture))" }
        return APIReply(
          .fields([
            "Report": .fields([
              "Warnings": .strings(told), "Added": .strings(added), "Removed": .array([]),
            ])
          ])
        )
      }
    )
  }
}
#endif
