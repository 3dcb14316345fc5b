#if Network
internal import Choosing
internal import Composing
internal import Depot
internal import Operations
internal import SafeIO

/// Snapshots.
extension APIRoutes {
  static let snapshotRoutes: [APIRoute] = [
    .reply("GET", "snapshots", .readEverywhere) { routes, _ in try routes.listSnapshots() },
    APIRoute("POST", "snapshots", .operate) { routes, _ in try routes.createSnapshot() },
    .reply("GET", "snapshots/{name}", .readEverywhere) { routes, names in
      APIReply(try routes.json(routes.snapshot(house(names[0]))))
    },
    APIRoute("PUT", "snapshots/{name}", .operate) { routes, names in
      try routes.editSnapshot(house(names[0]))
    },
    APIRoute("DELETE", "snapshots/{name}", .operate) { routes, names in
      try routes.dropSnapshot(house(names[0]))
    },
    .reply("GET", "snapshots/{name}/packages", .readEverywhere) { routes, names in
      let name = house(names[0])
      _ = try routes.snapshot(name)
      return try routes.listing(.snapshot(name))
    },
    .reply("GET", "snapshots/{name}/diff/{other}", .readEverywhere) { routes, names in
      try routes.difference(house(names[0]), house(names[1]))
    },
    APIRoute("POST", "snapshots/{name}/merge", .operate) { routes, names in
      try routes.merge(into: house(names[0]))
    },
    APIRoute("POST", "snapshots/{name}/pull", .operate) { routes, names in
      try routes.pull(into: house(names[0]))
    },
  ]

  /// What the API knows of snapshots; those that were made to be published are none.
  func snapshotFacts() throws -> [String: SnapshotFact] {
    try session().apiRecords(APIFact.Area.snapshot.rawValue).mapValues { SnapshotFact(APIFact($0)) }
  }

  /// The snapshots that clients see, by name.
  func visibleSnapshots() throws -> [SnapshotRecord] {
    let hidden = try session().apiRecords(APIFact.Area.publication.rawValue)
    return try session().depot().catalogue.snapshots().filter { hidden[$0.name] == nil }
  }

  /// The snapshot of a name; 404 when there is none.
  func snapshot(_ name: String, prefix: String = "") throws -> SnapshotRecord {
    guard let found = try visibleSnapshots().first(where: { $0.name == name }) else {
      throw APIRefusal(404, "\(prefix)snapshot with name \(APIRoutes.shown(name)) not found")
    }
    return found
  }

  /// A name that a snapshot can have: what is judged at once.
  static func checkName(snapshot name: String) throws {
    try checkName(name, "unable to create the snapshot \(name)")
  }

  /// Whether it is taken, the work itself finds out.
  func refuseTaken(snapshot name: String) throws {
    guard try session().depot().catalogue.findSnapshot(name) == nil else {
      throw APIRefusal(400, "snapshot with name \(APIRoutes.shown(name)) already exists")
    }
  }

  func json(_ snapshot: SnapshotRecord, _ known: SnapshotFact? = nil) throws -> JSONValue {
    let fact = try known ?? fact(of: snapshot)
    return .fields([
      "Name": .string(APIRoutes.shown(snapshot.name)), "CreatedAt": .string(fact.created),
      "SourceKind": .string(fact.kind), "Description": .string(fact.description),
      "Origin": .string(fact.origin), "NotAutomatic": .string(fact.notAutomatic),
      "ButAutomaticUpgrades": .string(fact.butAutomaticUpgrades),
    ])
  }

  /// What the API knows of a snapshot, or what it makes of one that a command made.
  func fact(of snapshot: SnapshotRecord) throws -> SnapshotFact {
    if let fact = try snapshotFacts()[snapshot.name] { return fact }
    let text = try session().depot().catalogue.description(ofSnapshot: snapshot.name)
    return SnapshotFact(of: snapshot, description: text)
  }

  private func listSnapshots() throws -> APIReply {
    let facts = try snapshotFacts()
    let catalogue = try session().depot().catalogue
    var all: [(record: SnapshotRecord, fact: SnapshotFact)] = []
    for record in try visibleSnapshots() {
      let fact =
        try facts[record.name]
        ?? SnapshotFact(of: record, description: catalogue.description(ofSnapshot: record.name))
      all.append((record, fact))
    }
    switch call.value("sort") {
    case nil, "", "name": break
    case "time":
      all.sort { ($0.fact.sortableTime, $0.record.name) < ($1.fact.sortableTime, $1.record.name) }
    default: all = []
    }
    return APIReply(.array(try all.map { try json($0.record, $0.fact) }))
  }

  // MARK: Making

  /// Work that makes a snapshot of chosen packages, whose record says what they are `of`.
  func assembling(
    _ name: String,
    _ fact: SnapshotFact,
    suite: String?,
    of origin: String,
    _ packages: @escaping @Sendable () throws -> [KeyedPackage]
  ) throws -> APIOutcome {
    try APIRoutes.checkName(snapshot: name)
    return .work(
      APIWork("Create snapshot \(name)") { log in
        try refuseTaken(snapshot: name)
        let chosen = try packages()
        try APIRoutes.refuseConflicts(chosen)
        var fact = fact
        fact.created = SnapshotFact.now()
        var order = AssemblyOrder(
          name,
          suite: suite ?? APIRoutes.unnamedSuite,
          chosen.map { ChosenPackage($0.listed) }
        )
        order.architectures = NeedsClosure.architectures(of: chosen)
        (order.origin, order.description) = (origin, fact.description)
        order.records = [fact.record(name)]
        let record = try session(log).assemble(order)
        return APIReply(try json(record, fact), status: 201)
      }
    )
  }

  private func createSnapshot() throws -> APIOutcome {
    let name = APIRoutes.house(try call.required("Name"))
    let sources = (try call.strings("SourceSnapshots") ?? []).map(APIRoutes.house)
    let keys = try call.strings("PackageRefs") ?? []
    var fact = SnapshotFact(kind: "snapshot")
    fact.description = try call.string("Description") ?? ""
    if fact.description.isEmpty, sources.isEmpty, keys.isEmpty {
      fact.description = "Created as empty"
    }
    try APIRoutes.checkName(snapshot: name)
    var suite: String?
    for source in sources {
      let record = try snapshot(source)
      fact.add(try self.fact(of: record), named: source)
      suite = suite ?? record.suites.first?.distribution
    }
    let origin =
      "chosen packages" + (sources.isEmpty ? "" : " of " + sources.joined(separator: ", "))
    return try assembling(name, fact, suite: suite, of: origin) {
      try packages(keys: keys) { "package \($0): key not found" }
    }
  }

  func snapshot(ofRepo repo: String) throws -> APIOutcome {
    let record = try self.repo(repo)
    let name = APIRoutes.house(try call.required("Name"))
    var fact = SnapshotFact(kind: "local")
    let comment = record.description
    fact.description = try call.string("Description") ?? ""
    if fact.description.isEmpty {
      fact.description =
        "Snapshot from local repo [\(repo)]" + (comment.isEmpty ? "" : ": \(comment)")
    }
    let repoFact = try facts(.repo)[repo]
    fact.sources = [.init(kind: "repo", id: try repoID(repo), name: repo)]
    fact.distributions = [repoFact?["distribution"] ?? record.suite]
    fact.components = [repoFact?["component"] ?? record.component]
    return try assembling(name, fact, suite: record.suite, of: RepoRecord.origin(repo)) {
      try session().keyedPackages(of: .repo(repo))
    }
  }

  private func merge(into name: String) throws -> APIOutcome {
    guard let given = try call.strings("Sources") else { throw APIRefusal.missing("Sources") }
    let sources = given.map(APIRoutes.house)
    guard !sources.isEmpty else {
      throw APIRefusal(400, "At least one source snapshot is required")
    }
    let (latest, keeps) = (call.flag("latest"), call.flag("no-remove"))
    guard !(latest && keeps) else {
      throw APIRefusal(400, "no-remove and latest are mutually exclusive")
    }
    var fact = SnapshotFact(kind: "snapshot")
    fact.description =
      "Merged from sources: " + given.map { "'\($0)'" }.joined(separator: ", ")
    var suite: String?
    for source in sources {
      let record = try snapshot(source)
      fact.add(try self.fact(of: record), named: source)
      suite = suite ?? record.suites.first?.distribution
    }
    let origin = ComposingOrder.mergeOrigin(sources)
    return try assembling(name, fact, suite: suite, of: origin) {
      let session = session()
      let lists = try sources.map { try session.keyedPackages(of: .snapshot($0)) }
      return KeyedChoices.merge(lists, latest ? .latest : keeps ? .all : .rightmost)
    }
  }

  private func pull(into name: String) throws -> APIOutcome {
    let base = try snapshot(name)
    let source = APIRoutes.house(try call.required("Source"))
    let destination = APIRoutes.house(try call.required("Destination"))
    guard let texts = try call.strings("Queries") else { throw APIRefusal.missing("Queries") }
    let from = try snapshot(source)
    var rule = KeyedChoices.Pull()
    (rule.takesAll, rule.keepsOld) = (call.flag("all-matches"), call.flag("no-remove"))
    rule.followsNeeds = !call.flag("no-deps")
    rule.architectures = try call.strings("Architectures") ?? []
    for text in texts { _ = try APIRoutes.query(text) }
    if !call.flag("dry-run") { try APIRoutes.checkName(snapshot: destination) }
    let session = session()
    let pulled: @Sendable () throws -> (result: [KeyedPackage], JSONValue) = { [rule] in
      let left = try session.keyedPackages(of: .snapshot(name))
      let right = try session.keyedPackages(of: .snapshot(source))
      guard !NeedsClosure.architectures(of: left).isEmpty || !rule.architectures.isEmpty else {
        throw APIRefusal(
          400,
          "unable to determine list of architectures, please specify explicitly"
        )
      }
      let queries = try texts.map { try APIRoutes.query($0) }
      let made = KeyedChoices.pull(into: left, from: right, queries, rule)
      let report = JSONValue.fields([
        "added_packages": .strings(made.added.map(\.reference).sorted()),
        "removed_packages": .strings(made.removed.map(\.reference).sorted()),
      ])
      return (made.result, report)
    }
    if call.flag("dry-run") {
      return .work(APIWork("Pull into snapshot \(name)") { _ in APIReply(try pulled().1) })
    }
    var fact = SnapshotFact(kind: "snapshot")
    fact.description =
      "Pulled into '\(APIRoutes.shown(name))' with '\(APIRoutes.shown(source))' as source, pull request was: "
      + "'\(texts.joined(separator: ", "))'"
    fact.add(try self.fact(of: base), named: name)
    fact.add(try self.fact(of: from), named: source)
    let (suite, origin) = (
      base.suites.first?.distribution, ComposingOrder.pullOrigin([name, source])
    )
    return try assembling(destination, fact, suite: suite, of: origin) {
      try pulled().result
    }
  }

  // MARK: Changing

  private func editSnapshot(_ name: String) throws -> APIOutcome {
    let before = try snapshot(name)
    let newName = APIRoutes.house(try call.string("Name") ?? "")
    let description = try call.string("Description") ?? ""
    if !newName.isEmpty {
      try APIRoutes.checkName(newName, "unable to rename")
    }
    return .work(
      APIWork("Update snapshot \(name)") { log in
        let session = session(log)
        if try !newName.isEmpty && session.depot().catalogue.findSnapshot(newName) != nil {
          throw APIRefusal(
            409,
            "unable to rename: snapshot \(APIRoutes.shown(newName)) already exists"
          )
        }
        var fact = try self.fact(of: before)
        if !description.isEmpty { fact.description = description }
        var records: [APIRecord] = []
        let last = newName.isEmpty ? name : newName
        if !newName.isEmpty {
          _ = try session.renameSnapshot(name, to: newName)
          records.append(APIRecord(APIFact.Area.snapshot.rawValue, name, nil))
        }
        if !description.isEmpty { try session.describeSnapshot(last, description) }
        try session.put(records + [fact.record(last)])
        return APIReply(try json(try self.snapshot(last), fact))
      }
    )
  }

  private func dropSnapshot(_ name: String) throws -> APIOutcome {
    let record = try snapshot(name)
    let isForced = call.flag("force")
    return .work(
      APIWork("Delete snapshot \(name)") { log in
        let id = try self.fact(of: record).id
        if try isPublished(kind: "snapshot", id: id, name: name) {
          throw APIRefusal(409, "unable to drop: snapshot is published")
        }
        if try !isForced && snapshotFacts().contains(where: { $0.value.isMade(of: "snapshot", id) })
        {
          throw APIRefusal(
            409,
            "won't delete snapshot that was used as source for other snapshots, use ?force=1 to "
              + "override"
          )
        }
        let session = session(log)
        _ = try session.removeSnapshot(name)
        try session.put([APIRecord(APIFact.Area.snapshot.rawValue, name, nil)])
        return .done
      }
    )
  }

  private func difference(_ left: String, _ right: String) throws -> APIReply {
    _ = (try snapshot(left), try snapshot(right))
    let session = session()
    let found = KeyedChoices.difference(
      try session.keyedPackages(of: .snapshot(left)),
      try session.keyedPackages(of: .snapshot(right))
    )
    let onlyMatching = call.flag("onlyMatching")
    return APIReply(
      .array(
        found.filter { !onlyMatching || $0.left != nil && $0.right != nil }.map { pair in
          .fields([
            "Left": pair.left.map { .string($0.key) } ?? .null,
            "Right": pair.right.map { .string($0.key) } ?? .null,
          ])
        }
      )
    )
  }
}
#endif
