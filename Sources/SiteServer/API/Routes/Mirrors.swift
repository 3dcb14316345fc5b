#if Network
internal import Choosing
internal import Composing
internal import DebianRepository
internal import Depot
internal import Mirroring
internal import Operations
internal import SafeIO

/// Mirrors of other sites' repositories.
extension APIRoutes {
  static let mirrorRoutes: [APIRoute] = [
    .reply("GET", "mirrors", .readEverywhere) { routes, _ in
      let all = try routes.session().depot().catalogue.mirrors()
      return APIReply(.array(try all.map { try routes.json($0, counts: true) }))
    },
    APIRoute("POST", "mirrors", .operate) { routes, _ in try routes.createMirror() },
    .reply("GET", "mirrors/{name}", .readEverywhere) { routes, names in
      APIReply(try routes.json(routes.mirror(names[0], "unable to show: ")))
    },
    APIRoute("PUT", "mirrors/{name}", .operate) { routes, names in
      try routes.updateMirror(names[0])
    },
    APIRoute("POST", "mirrors/{name}", .operate) { routes, names in
      try routes.editMirror(names[0])
    },
    APIRoute("DELETE", "mirrors/{name}", .operate) { routes, names in
      try routes.dropMirror(names[0])
    },
    .reply("GET", "mirrors/{name}/packages", .readEverywhere) { routes, names in
      let record = try routes.mirror(names[0], "unable to show: ")
      guard try !routes.states(record).isEmpty else {
        throw APIRefusal(404, "unable to show: mirror hasn't been downloaded yet")
      }
      return try routes.listing(of: try routes.packages(ofMirror: names[0]), isMirror: true)
    },
    APIRoute("POST", "mirrors/{name}/snapshots", .operate) { routes, names in
      try routes.snapshot(ofMirror: names[0])
    },
  ]

  /// The mirror of a name; 404 when there is none.
  func mirror(_ name: String, _ prefix: String = "") throws -> MirrorRecord {
    guard let found = try session().depot().catalogue.mirrors().first(where: { $0.name == name })
    else { throw APIRefusal(404, "\(prefix)mirror with name \(name) not found") }
    return found
  }

  private func states(_ mirror: MirrorRecord) throws -> [MirrorState] {
    try session().depot().catalogue.states(ofMirror: mirror.name)
  }

  func mirrorID(_ name: String) throws -> String {
    try facts(.mirror)[name]?["id"] ?? "mirror:\(name)"
  }

  func json(_ mirror: MirrorRecord, counts: Bool = false) throws -> JSONValue {
    let fact = try facts(.mirror)[mirror.name]
    let states = try states(mirror)
    func flag(_ name: String) -> JSONValue { .bool(fact?.values[name]?.isTrue ?? false) }
    let isFlat = mirror.suites.first.map { Distribution.isFlat($0) } ?? false
    let components = fact?.values["components"]?.array ?? mirror.components.map { .string($0) }
    var fields: [JSONValue.Field] = []
    func add(_ name: String, _ value: JSONValue) { fields.append(.init(name: name, value: value)) }
    add("UUID", .string(fact?["id"] ?? "mirror:\(mirror.name)"))
    add("Name", .string(mirror.name))
    add("ArchiveRoot", .string(mirror.upstream + "/"))
    add("Distribution", .string(fact?["distribution"] ?? mirror.suites.first ?? ""))
    add("Components", isFlat ? .null : .array(components))
    add("Architectures", fact?.values["architectures"] ?? .strings(mirror.architectures))
    add("Meta", fact?.values["meta"] ?? .object([]))
    add(
      "LastDownloadDate",
      .string(
        fact?["downloaded"] ?? states.map(\.updated).max().map(\.rfc3339) ?? "0001-01-01T00:00:00Z"
      )
    )
    add("Filter", .string(fact?["filter"] ?? mirror.filter?.query ?? ""))
    add("Status", .count(site.work.isUpdating(mirror.name) ? 1 : 0))
    add("WorkerPID", .count(0))
    for name in [
      "FilterWithDeps", "SkipComponentCheck", "SkipArchitectureCheck", "DownloadSources",
      "DownloadUdebs", "DownloadInstaller", "DownloadAppStream",
    ] {
      let isKind = name == "DownloadSources" && mirror.kinds.contains("sources")
      add(name, isKind ? true : flag(name))
    }
    if counts {
      let number = states.flatMap(\.indexes).reduce(0) { $0 + Int($1.packages) }
      add("NumPackages", .count(number))
    }
    return .object(fields)
  }

  /// What a mirror has, as far as its filter lets it be seen.
  func packages(ofMirror name: String) throws -> [KeyedPackage] {
    let all = try session().keyedPackages(of: .mirror(name))
    guard let fact = try facts(.mirror)[name], let text = fact["filter"], !text.isEmpty,
      fact.values["FilterWithDeps"]?.isTrue ?? false
    else { return all }
    let query = try APIRoutes.query(text)
    let chosen = all.filter { query.matches($0.stanza) }
    let needs = NeedsClosure(in: all).needs(of: chosen, on: NeedsClosure.architectures(of: all))
    return KeyedChoices.merge([needs, chosen], .all)
  }

  private func dropMirror(_ name: String) throws -> APIOutcome {
    _ = try mirror(name, "unable to drop: ")
    let isForced = call.flag("force")
    return .work(
      APIWork("Delete mirror \(name)") { log in
        let id = try mirrorID(name)
        if try !isForced && snapshotFacts().contains(where: { $0.value.isMade(of: "mirror", id) }) {
          throw APIRefusal(
            403,
            "won't delete mirror with snapshots, use 'force=1' to override"
          )
        }
        let session = session(log)
        _ = try session.removeMirror(name)
        try session.put([APIRecord(APIFact.Area.mirror.rawValue, name, nil)])
        return .noContent
      }
    )
  }

  private func snapshot(ofMirror name: String) throws -> APIOutcome {
    let record = try mirror(name)
    let snapshotName = APIRoutes.house(try call.required("Name"))
    let description = try call.string("Description") ?? ""
    guard try !states(record).isEmpty else { throw APIRefusal(400, "mirror not updated") }
    guard !site.work.isUpdating(name) else {
      throw APIRefusal(409, "mirror is being updated")
    }
    try APIRoutes.checkName(snapshot: snapshotName)
    let fact = try mirrorSnapshotFact(record, description)
    let known = try facts(.mirror)[name]
    guard (known?["filter"] ?? "").isEmpty || !(known?.values["FilterWithDeps"]?.isTrue ?? false)
    else {
      let origin = ComposingOrder.mirrorOrigin([name])
      return try assembling(snapshotName, fact, suite: record.suites.first, of: origin) {
        try packages(ofMirror: name)
      }
    }
    return .work(
      APIWork("Create snapshot of mirror \(name)") { log in
        try refuseTaken(snapshot: snapshotName)
        var fact = fact
        fact.created = SnapshotFact.now()
        let session = session(log)
        var order = SnapshotOrder(snapshotName, from: .mirror(name), suites: [])
        order.description = fact.description
        let frozen = try session.createSnapshot(order)
        try session.put([fact.record(snapshotName)])
        return APIReply(try json(frozen.snapshot, fact), status: 201)
      }
    )
  }

  func mirrorSnapshotFact(
    _ record: MirrorRecord,
    _ description: String
  ) throws -> SnapshotFact {
    let known = try facts(.mirror)[record.name]
    var fact = SnapshotFact(kind: "repo")
    let distribution = known?["distribution"] ?? record.suites.first ?? ""
    fact.description = description
    if description.isEmpty {
      fact.description =
        "Snapshot from mirror [\(record.name)]: \(record.upstream)/ \(distribution)"
      for (flag, word) in [
        ("DownloadSources", "src"), ("DownloadUdebs", "udeb"), ("DownloadInstaller", "installer"),
      ] where known?.values[flag]?.isTrue ?? false {
        fact.description += " [\(word)]"
      }
    }
    let meta = known?.values["meta"]
    fact.origin = meta?["Origin"]?.string ?? ""
    fact.notAutomatic = meta?["NotAutomatic"]?.string ?? ""
    fact.butAutomaticUpgrades = meta?["ButAutomaticUpgrades"]?.string ?? ""
    fact.sources = [.init(kind: "mirror", id: try mirrorID(record.name), name: record.name)]
    fact.distributions = [distribution]
    let components = known?.values["components"]?.array?.compactMap(\.string) ?? record.components
    fact.components = components.count == 1 ? components : components.isEmpty ? [""] : components
    return fact
  }
}
#endif
