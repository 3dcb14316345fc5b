#if Network
internal import SafeIO

/// Tasks: what was begun with `_async`.
extension APIRoutes {
  static let taskRoutes: [APIRoute] = [
    .reply("GET", "tasks", .readEverywhere) { routes, _ in
      APIReply(.array(routes.site.work.tasks.list.map(\.json)))
    },
    .reply("POST", "tasks-clear", .operate) { routes, _ in
      let tasks = routes.site.work.tasks
      try tasks.forget(tasks.list.filter(\.isOver).map(\.id), routes.session())
      return .done
    },
    APIRoute("GET", "tasks-wait", .readEverywhere) { routes, _ in
      let tasks = routes.site.work.tasks
      return .wait { tasks.list.allSatisfy(\.isOver) ? .done : nil }
    },
    .reply("GET", "tasks/{id}", .readEverywhere) { routes, names in
      APIReply(try routes.task(names[0]).json)
    },
    APIRoute("GET", "tasks/{id}/wait", .readEverywhere) { routes, names in
      try routes.wait(for: names[0])
    },
    .reply("GET", "tasks/{id}/output", .readEverywhere) { routes, names in
      let task = try routes.task(names[0])
      return APIReply(.string(routes.site.work.tasks.output(task)))
    },
    .reply("GET", "tasks/{id}/detail", .readEverywhere) { routes, names in
      APIReply(try routes.task(names[0]).log.detail)
    },
    .reply("GET", "tasks/{id}/return_value", .readEverywhere) { routes, names in
      APIReply(try routes.task(names[0]).result)
    },
    .reply("DELETE", "tasks/{id}", .operate) { routes, names in
      let task = try routes.task(names[0], unknown: 400)
      guard task.isOver else { throw APIRefusal(400, "Task with id \(task.id) is still running") }
      try routes.site.work.tasks.forget([task.id], routes.session())
      return APIReply(task.json)
    },
  ]

  private func wait(for text: String) throws -> APIOutcome {
    let tasks = site.work.tasks
    let id = try task(text, unknown: 400).id
    return .wait {
      guard let task = tasks.task(id) else {
        throw APIRefusal(400, "Could not find task with id \(id)")
      }
      return task.isOver ? APIReply(task.json) : nil
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
}
#endif
