#if Network
internal import Depot
internal import Operations
internal import SafeIO
private import Synchronization

/// What a task has to tell while it runs.
final class APITaskLog: Sendable {
  private struct State {
    var lines: [String] = []
    var notes: [Note] = []
    var detail = JSONValue.object([])
  }

  private let state = Mutex(State())

  func say(_ line: String) { state.withLock { $0.lines.append(line) } }

  /// Takes what a command would tell a person.
  func take(_ note: Note) {
    state.withLock {
      $0.lines.append(note.text)
      $0.notes.append(note)
    }
  }

  /// What the work was told so far.
  var notes: [Note] { state.withLock { $0.notes } }

  /// What `detail` answers.
  func show(_ detail: JSONValue) { state.withLock { $0.detail = detail } }

  var text: String { state.withLock { $0.lines.joined(separator: "\n") } }
  var detail: JSONValue { state.withLock { $0.detail } }
}

/// Work that clients need not wait for, and what became of it; the list survives the server.
final class APITasks: Sendable {
  struct Task: Sendable {
    enum State: Int, Sendable {
      case waiting, running, succeeded, failed
    }

    let id: Int
    let name: String
    var state = State.waiting
    let log = APITaskLog()
    /// What it said before this server began.
    var output = ""
    var result = JSONValue.null

    var isOver: Bool { state == .succeeded || state == .failed }

    var json: JSONValue {
      .fields([
        "Name": .string(name), "ID": .count(id), "State": .count(state.rawValue),
      ])
    }
  }

  private struct All {
    var tasks: [Int: Task] = [:]
    var next = 1
    var isLoaded = false
  }

  private let all = Mutex(All())
  /// What is kept of tasks, by the numbers of tasks.
  static let area = "task"
  private static let counter = "next"

  /// Reads what an earlier server kept; what it had not ended has failed.
  func load(_ session: Session) throws(Failure) {
    guard !all.withLock({ $0.isLoaded }) else { return }
    let records = try session.apiRecords(APITasks.area)
    var tasks: [Int: Task] = [:]
    var next = 1
    var ended: [APIRecord] = []
    for (name, text) in records {
      let value = JSONValue.reading(text)
      if name == APITasks.counter {
        next = max(next, value.integer ?? 1)
        continue
      }
      guard let id = Int(name) else { continue }
      var task = Task(id: id, name: value["Name"]?.string ?? "")
      task.output = value["Output"]?.string ?? ""
      task.state = Task.State(rawValue: value["State"]?.integer ?? 3) ?? .failed
      task.result = value["Result"] ?? .null
      if !task.isOver {
        task.state = .failed
        task.output += "\nTask failed with error: the server ended before the task did"
        task.result = .fields(["Code": .count(500), "Value": .null])
        ended.append(APITasks.record(task))
      }
      tasks[id] = task
      next = max(next, id + 1)
    }
    try session.put(ended)
    let loaded = All(tasks: tasks, next: next, isLoaded: true)
    all.withLock { if !$0.isLoaded { $0 = loaded } }
  }

  var list: [Task] { all.withLock { $0.tasks.values.sorted { $0.id < $1.id } } }

  func task(_ id: Int) -> Task? { all.withLock { $0.tasks[id] } }

  /// What a task has said so far.
  func output(_ task: Task) -> String {
    let lines = [task.log.text, task.output].filter { !$0.isEmpty }
    return lines.joined(separator: "\n")
  }

  /// Registers a task that waits; it is kept before the client hears of it.
  func begin(_ name: String, _ session: Session) throws(Failure) -> Task {
    let task = all.withLock { all in
      let task = Task(id: all.next, name: name)
      all.next += 1
      all.tasks[task.id] = task
      return task
    }
    try session.put([
      APITasks.record(task),
      APIRecord(APITasks.area, APITasks.counter, String(task.id + 1)),
    ])
    return task
  }

  func start(_ id: Int) { all.withLock { $0.tasks[id]?.state = .running } }

  /// Notes what became of a task.
  func end(_ id: Int, _ outcome: Result<APIReply, APIRefusal>, _ session: Session) throws(Failure) {
    guard var task = all.withLock({ $0.tasks[id] }) else { return }
    switch outcome {
    case .success(let reply):
      task.state = .succeeded
      task.output = "Task succeeded"
      task.result = reply.returned
    case .failure(let refusal):
      task.state = .failed
      task.output = "Task failed with error: \(refusal.text)"
      task.result = .fields(["Code": .count(refusal.status), "Value": .null])
    }
    let ended = task
    // Whoever hears that it is over finds it again after a power cut.
    defer { all.withLock { $0.tasks[id] = ended } }
    try session.put([APITasks.record(ended, output(ended))])
  }

  /// Forgets tasks that are over.
  func forget(_ ids: [Int], _ session: Session) throws(Failure) {
    try session.put(ids.map { APIRecord(APITasks.area, String($0), nil) })
    all.withLock { all in for id in ids { all.tasks[id] = nil } }
  }

  private static func record(_ task: Task, _ output: String = "") -> APIRecord {
    APIRecord(
      area,
      String(task.id),
      JSONValue.fields([
        "Name": .string(task.name), "State": .count(task.state.rawValue),
        "Output": .string(output), "Result": task.result,
      ]).text
    )
  }
}
#endif
