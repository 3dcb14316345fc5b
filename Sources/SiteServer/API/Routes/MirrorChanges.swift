#if Network
internal import Depot
internal import Mirroring
internal import Operations
internal import SafeIO

/// Creating, updating and editing mirrors.
extension APIRoutes {
  private static let userAgent = "aptferry"

  func createMirror() throws -> APIOutcome {
    let name = try call.required("Name")
    let url = try call.required("ArchiveURL")
    let prefix = "unable to create mirror"
    let given = try given(prefix: prefix)
    try APIRoutes.checkName(name, prefix)
    guard try !session().depot().catalogue.mirrors().contains(where: { $0.name == name }) else {
      throw APIRefusal(409, "unable to add mirror: mirror with name \(name) already exists")
    }
    let keys = try keys(given.keyrings, for: name)
    let upstream: String
    do { upstream = try UpstreamAddress(url).text } catch {
      throw APIRefusal(error, 400, prefix: "\(prefix): ")
    }
    var fact = APIFact()
    fact["id"] = APIFact.newID()
    fact["filter"] = given.filter ?? ""
    for (flag, value) in given.flags { fact.values[flag] = .bool(value) }
    fact["distribution"] = APIRoutes.suite(given.distribution ?? "")
    let record = MirrorRecord(
      name: name,
      upstream: upstream,
      suites: [APIRoutes.suite(given.distribution ?? "")],
      components: given.components ?? [],
      architectures: given.architectures ?? [],
      kinds: APIRoutes.kinds(fact.values),
      allowUnsigned: try call.bool("IgnoreSignatures") ?? false,
      created: .now(),
      filter: APIRoutes.filter(fact)
    )
    var work = APIWork("Create mirror \(name)") { [fact] log in
      let session = session(log)
      var fact = fact
      do {
        let looks = try session.createMirror(record, keys: keys, userAgent: APIRoutes.userAgent)
        do {
          try APIRoutes.take(looks, record, into: &fact)
        } catch {
          _ = try session.removeMirror(name)
          throw error
        }
      } catch let failure as Failure {
        throw APIRefusal(failure, 400, prefix: "unable to fetch mirror: ")
      }
      try session.put([fact.record(.mirror, name)])
      return APIReply(try json(try mirror(name)), status: 201)
    }
    work.isFetching = true
    return .work(work)
  }

  /// Changes what a mirror's record says, as far as the request says it.
  private func edit(_ before: MirrorRecord, _ given: Given, _ log: APITaskLog) throws
    -> MirrorRecord
  {
    let session = session(log)
    var fact = try facts(.mirror)[before.name] ?? APIFact()
    if fact["id"] == nil { fact["id"] = "mirror:\(before.name)" }
    if let filter = given.filter { fact["filter"] = filter }
    for (flag, value) in given.flags { fact.values[flag] = .bool(value) }
    var order = MirrorEditOrder(before.name)
    order.upstream = try given.url.flatMap { $0.isEmpty ? nil : try UpstreamAddress($0).text }
    // None is all that the vendor's Release has.
    (order.components, order.architectures) = (given.components, given.architectures)
    if given.flags.keys.contains(where: { $0.hasPrefix("Download") }) {
      order.kinds = APIRoutes.kinds(fact.values)
    }
    let filter = APIRoutes.filter(fact)
    if filter != before.filter, given.filter != nil || given.flags["FilterWithDeps"] != nil {
      order.filter =
        filter.map { .filter($0.query, withDependencies: $0.withDependencies) } ?? .everything
    }
    let isChanged =
      order.upstream != nil || order.filter != nil || order.components != nil
      || order.architectures != nil
      || order.kinds.map { $0 != before.kinds } ?? false
    if isChanged { _ = try session.editMirror(order) }
    if let components = order.components { fact.values["components"] = .strings(components) }
    if let architectures = order.architectures {
      fact.values["architectures"] = .strings(architectures)
    }
    try session.put([fact.record(.mirror, before.name)])
    return try mirror(before.name)
  }

  /// Puts a mirror back to what it was: what a request that failed asked for is not kept.
  private func restore(
    _ before: MirrorRecord,
    _ fact: APIFact?,
    from current: String,
    _ log: APITaskLog
  ) throws {
    let session = session(log)
    guard try session.depot().catalogue.mirror(current) != before || current != before.name else {
      return
    }
    var order = MirrorEditOrder(current)
    (order.upstream, order.kinds) = (before.upstream, before.kinds)
    (order.components, order.architectures) = (before.components, before.architectures)
    order.filter =
      before.filter.map { .filter($0.query, withDependencies: $0.withDependencies) } ?? .everything
    _ = try session.editMirror(order)
    if current != before.name { _ = try session.renameMirror(current, to: before.name) }
    let area = APIFact.Area.mirror.rawValue
    var records = [fact?.record(.mirror, before.name) ?? APIRecord(area, before.name, nil)]
    if current != before.name { records.append(APIRecord(area, current, nil)) }
    try session.put(records)
  }

  /// Gives a mirror another name; snapshots go on to be its own.
  private func rename(
    _ before: MirrorRecord,
    _ newName: String,
    _ log: APITaskLog
  ) throws -> MirrorRecord {
    let session = session(log)
    var fact = try facts(.mirror)[before.name] ?? APIFact()
    if fact["id"] == nil { fact["id"] = "mirror:\(before.name)" }
    let after = try session.renameMirror(before.name, to: newName).mirror
    try session.put([
      APIRecord(APIFact.Area.mirror.rawValue, before.name, nil), fact.record(.mirror, newName),
    ])
    return after
  }

  func editMirror(_ name: String) throws -> APIOutcome {
    let before = try mirror(name, "unable to edit: ")
    let given = try given(prefix: "unable to edit")
    guard !site.work.isUpdating(name) else { throw APIRefusal(409, "mirror is being updated") }
    var work = APIWork("Edit mirror \(name)") { log in
      let known = try facts(.mirror)[name]
      do {
        let after = try edit(before, given, log)
        if given.url != nil || given.architectures != nil {
          try look(at: after, log, failing: 400, "unable to edit: ")
        }
        return APIReply(try json(after))
      } catch {
        try restore(before, known, from: name, log)
        throw error
      }
    }
    work.isFetching = true
    return .work(work)
  }

  private func look(
    at mirror: MirrorRecord,
    _ log: APITaskLog,
    failing status: Int,
    _ prefix: String
  ) throws {
    let session = session(log)
    do {
      let looks = try session.lookAtMirror(mirror, userAgent: APIRoutes.userAgent)
      var fact = try facts(.mirror)[mirror.name] ?? APIFact()
      try APIRoutes.take(looks, mirror, into: &fact)
      try session.put([fact.record(.mirror, mirror.name)])
    } catch let failure as Failure {
      throw APIRefusal(failure, status, prefix: prefix)
    }
  }

  func updateMirror(_ name: String) throws -> APIOutcome {
    let before = try mirror(name, "unable to update: ")
    let given = try given(prefix: "unable to update")
    let newName = try call.string("Name") ?? ""
    if !newName.isEmpty, newName != name {
      try APIRoutes.checkName(newName, "unable to rename")
      guard try !session().depot().catalogue.mirrors().contains(where: { $0.name == newName })
      else {
        throw APIRefusal(409, "unable to rename: mirror \(newName) already exists")
      }
    }
    _ = try keys(given.keyrings, for: name)
    var work = APIWork("Update mirror \(name)") { log in
      guard site.work.beginUpdate(name) else {
        throw APIRefusal(500, "unable to update: mirror is locked by update operation")
      }
      defer { site.work.endUpdate(name) }
      let known = try facts(.mirror)[name]
      var current = name
      do {
        var mirror = before
        if !newName.isEmpty, newName != name { mirror = try rename(before, newName, log) }
        current = mirror.name
        mirror = try edit(mirror, given, log)
        var order = MirrorUpdateOrder(current, userAgent: APIRoutes.userAgent)
        // Aptly passes over what cannot be had, and so its clients expect no refusal.
        order.takesAllWhereNeedsLack = true
        let report = try session(log).updateMirror(order)
        log.show(
          .fields([
            "TotalNumberOfPackages": .count(report.files), "RemainingNumberOfPackages": .count(0),
            "TotalDownloadSize": .count(report.bytes), "RemainingDownloadSize": .count(0),
          ])
        )
        try look(at: mirror, log, failing: 500, "unable to update: ")
        var fact = try facts(.mirror)[current] ?? APIFact()
        fact["downloaded"] = SnapshotFact.now()
        try session(log).put([fact.record(.mirror, current)])
      } catch {
        try restore(before, known, from: current, log)
        let refusal = APIRefusal(any: error)
        throw APIRefusal(
          500,
          refusal.text.hasPrefix("unable") ? refusal.text : "unable to update: \(refusal.text)"
        )
      }
      return .noContent
    }
    work.isFetching = true
    return .work(work)
  }

  /// Refuses what lowers the trust of the site, unless the depot's owner allows it by name.
  func refuseLowering(
    _ allowance: DepotConfiguration.Allowance,
    _ field: String,
    _ instead: String
  ) throws {
    if try allows(allowance) { return }
    throw APIRefusal.lowersTrust(
      field,
      "\(instead); or the depot's owner writes Allow: \(allowance.rawValue) into depot.conf"
    )
  }

  func allows(_ allowance: DepotConfiguration.Allowance) throws -> Bool {
    try session().depot().configuration.allowed.contains(allowance)
  }
}
#endif
