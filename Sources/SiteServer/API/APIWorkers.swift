#if Network
internal import NIOPosix
internal import Operations
internal import SafeIO
private import Synchronization

/// Who does the work of the API: one change of the depot after the other, mirrors beside them.
final class APIWorkers: Sendable {
  let tasks = APITasks()
  private let changes = NIOThreadPool(numberOfThreads: 1)
  private let fetches = NIOThreadPool(numberOfThreads: 4)
  /// Registers tasks: their numbers are answered while other work runs.
  private let registrar = NIOThreadPool(numberOfThreads: 1)
  /// Stops what runs when the server is to end.
  let interruption = Interruption()

  private let updating = Mutex<Set<String>>([])

  /// Whether a mirror is being updated over the API.
  func isUpdating(_ mirror: String) -> Bool { updating.withLock { $0.contains(mirror) } }

  /// Notes that a mirror is being updated; false when it is already.
  func beginUpdate(_ mirror: String) -> Bool { updating.withLock { $0.insert(mirror).inserted } }

  func endUpdate(_ mirror: String) { _ = updating.withLock { $0.remove(mirror) } }

  /// Starts the threads.
  func start() {
    changes.start()
    fetches.start()
    registrar.start()
  }

  /// Asks what runs to stop, and waits for it.
  func stop() throws {
    interruption.request(.terminated)
    try changes.syncShutdownGracefully()
    try fetches.syncShutdownGracefully()
    try registrar.syncShutdownGracefully()
  }

  /// Does work now, or begins a task where the client asks for that.
  func run(_ work: APIWork, _ session: Session, _ call: APICall) async throws -> APIReply {
    let pool = work.isFetching ? fetches : changes
    guard call.isAsynchronous else {
      return try await pool.runIfActive {
        defer { Allocator.giveBack() }
        return try work.run(APITaskLog())
      }
    }
    return APIReply(try await begin(work, session).json, status: 202)
  }

  /// Begins work as a task.
  func begin(_ work: APIWork, _ session: Session) async throws -> APITasks.Task {
    let pool = work.isFetching ? fetches : changes
    let tasks = tasks
    let task = try await registrar.runIfActive { () throws in
      try tasks.load(session)
      return try tasks.begin(work.name, session)
    }
    pool.submit { state in
      guard case .active = state else { return }
      APIWorkers.run(task, work, session, tasks)
    }
    return task
  }

  private static func run(
    _ task: APITasks.Task,
    _ work: APIWork,
    _ session: Session,
    _ tasks: APITasks
  ) {
    defer { Allocator.giveBack() }
    tasks.start(task.id)
    let outcome: Result<APIReply, APIRefusal>
    do {
      outcome = .success(try work.run(task.log))
    } catch {
      outcome = .failure(APIRefusal(any: error))
    }
    do throws(Failure) {
      try tasks.end(task.id, outcome, session)
    } catch {
      session.tell(Note(.warning, "task", "what became of task \(task.id) could not be kept"))
    }
  }
}
#endif
