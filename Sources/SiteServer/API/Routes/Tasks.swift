#if Network
internal import SafeIO

/// Tasks: what was begun with `_async`.
extension APIRoutes {
  func tasks(_ word: String, _ rest: [String]) throws -> APIOutcome {
    let tasks = site.work.tasks
    if call.method == "GET", word == "tasks-wait", rest.isEmpty {
      return .wait { tasks.list.allSatisfy(\.isOver) ? .done : nil }
    }
    if call.method == "GET", word == "tasks", rest.count == 2, rest[1] == "wait" {
      let id = try task(rest[0], unknown: 400).id
      return .wait {
        guard let task = tasks.task(id) else {
          throw APIRefusal(400, "Could not find task with id \(id)")
        }
        return task.isOver ? APIReply(task.json) : nil
      }
    }
    return .reply(try answer(word, rest))
  }

  private func answer(_ word: String, _ rest: [String]) throws -> APIReply {
    let tasks = site.work.tasks
    switch (call.method, word, rest.count) {
    case ("GET", "tasks", 0): return APIReply(.array(tasks.list.map(\.json)))
    case ("POST", "tasks-clear", 0):
      try tasks.forget(tasks.list.filter(\.isOver).map(\.id), session())
      return .done
    case ("GET", "tasks", 1): return APIReply(try task(rest[0]).json)
    case ("GET", "tasks", 2): return try task(rest[0], rest[1])
    case ("DELETE", "tasks", 1):
      let task = try task(rest[0], unknown: 400)
      guard task.isOver else { throw APIRefusal(400, "Task with id \(task.id) is still running") }
      try tasks.forget([task.id], session())
      return APIReply(task.json)
    default: throw APIRefusal.noRoute
    }
  }

  private func task(_ text: String, unknown: Int = 404) throws -> APITasks.Task {
    guard let id = Int(text) else {
      throw APIRefusal(500, "strconv.ParseInt: parsing \"\(text)\": invalid syntax")
    }
    guard let task = site.work.tasks.task(id) else {
      throw APIRefusal(unknown, "Could not find task with id \(id)")
    }
    return task
  }

  private func task(_ text: String, _ what: String) throws -> APIReply {
    switch what {
    case "output": return APIReply(.string(site.work.tasks.output(try task(text))))
    case "detail": return APIReply(try task(text).log.detail)
    case "return_value": return APIReply(try task(text).result)
    default: throw APIRefusal.noRoute
    }
  }
}
#endif
