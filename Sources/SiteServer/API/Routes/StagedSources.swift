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

  private func put(staged list: [(String, String)]?, _ shown: ShownPublication) throws {
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

  func staged(_ rest: [String]) throws -> APIReply {
    let shown = try publication(rest[0], rest[1])
    let present = try stagedSources(shown)
    var list = present ?? shown.fact.sources.map { ($0.component, $0.name) }
    switch (call.method, rest.count) {
    case ("GET", 3):
      guard let present else {
        throw APIRefusal(404, "unable to show: No source changes exist")
      }
      return APIReply(APIRoutes.json(present))
    case ("POST", 3):
      let (component, name) = (
        try call.required("Component"), APIRoutes.house(try call.required("Name"))
      )
      guard !list.contains(where: { $0.0 == component }) else {
        throw APIRefusal(400, "unable to create: Component '\(component)' already exists")
      }
      try put(staged: list + [(component, name)], shown)
      return APIReply(.object([]), status: 201)
    case ("PUT", 3):
      guard let given = call.body?.array else {
        throw APIRefusal(400, "a list of sources is needed")
      }
      let list = given.map {
        ($0["Component"]?.string ?? "", APIRoutes.house($0["Name"]?.string ?? ""))
      }
      try put(staged: list, shown)
      return APIReply(APIRoutes.json(list))
    case ("DELETE", 3):
      try put(staged: nil, shown)
      return .done
    case ("PUT", 4), ("DELETE", 4):
      guard let place = list.firstIndex(where: { $0.0 == rest[3] }) else {
        throw APIRefusal(404, "unable to update: Component '\(rest[3])' does not exist")
      }
      if call.method == "DELETE" {
        list.remove(at: place)
      } else {
        list[place] = (
          try call.string("Component") ?? rest[3],
          try call.string("Name").map(APIRoutes.house) ?? list[place].1
        )
      }
      try put(staged: list, shown)
      return .done
    default: throw APIRefusal.noRoute
    }
  }

  func updateStaged(_ prefix: String, _ distribution: String) throws -> APIOutcome {
    let shown = try publication(prefix, distribution)
    var fact = shown.fact
    if let list = try stagedSources(shown) {
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
    }
    guard case .work(let work) = try update(shown, fact) else { throw APIRefusal.noRoute }
    return .work(
      APIWork(work.name) { log in
        let reply = try work.run(log)
        try put(staged: nil, shown)
        return reply
      }
    )
  }
}
#endif
