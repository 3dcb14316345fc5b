private import CLinux
private import Glibc
private import Synchronization

/// The processes that this program starts, directly or through a library.
package enum ChildProcesses {
  /// Makes all of them findable, also those whose parents have ended.
  ///
  /// For a program at its start only: it changes how the whole process waits for children.
  package static func adopt() throws(Failure) {
    guard clinux_adopt_orphans() == 0 else { throw .system("watch over", "child processes") }
  }

  /// How often each mark is in use.
  private static let marks = Mutex<[String: Int]>([:])

  /// Runs work whose processes are known by a text in their command line, such as the directory of a
  /// keyring: other work of this process has children too.
  package static func marked<Value>(_ mark: String, _ work: () -> Value) -> Value {
    marks.withLock { $0[mark, default: 0] += 1 }
    defer {
      marks.withLock { marks in
        let count = marks[mark] ?? 0
        marks[mark] = count > 1 ? count - 1 : nil
      }
    }
    return work()
  }

  /// Ends the processes below this one that are of the work with this mark, or of nobody's, also those
  /// that ignore SIGTERM.
  ///
  /// Nothing is ended unless `adopt` was called. Each gets half a second to clean up (gpg removes its locks) before it is killed.
  package static func end(marked mark: String) {
    guard clinux_adopts_orphans() == 1 else { return }
    let clock = Stopwatch()
    var told: Set<pid_t> = []
    while clock.seconds < 3 {
      // What a marked process started may outlive it: its children are asked for first.
      let running = descendants(marked: mark).union(told.filter { parent(of: $0) != nil })
      if running.isEmpty { return }
      for process in running {
        if clock.seconds >= 0.5 {
          kill(process, SIGKILL)
        } else if told.insert(process).inserted {
          kill(process, SIGTERM)
        }
      }
      usleep(20_000)
    }
  }

  /// How many bytes the processes of the work with this mark have written so far, as far as the system says.
  package static func written(marked mark: String) -> Int {
    guard clinux_adopts_orphans() == 1 else { return 0 }
    return descendants(marked: mark).reduce(0) { $0 &+ written(by: $1) }
  }

  /// Children, their children and so on, without those that have ended already, and without those that
  /// bear the mark of other work and what is below them.
  private static func descendants(marked mark: String) -> Set<pid_t> {
    var children: [pid_t: [pid_t]] = [:]
    for process in processes() {
      if let parent = parent(of: process) { children[parent, default: []].append(process) }
    }
    var found: Set<pid_t> = []
    let others = marks.withLock { Array($0.keys) }.filter { $0 != mark }
    var waiting = children[getpid()] ?? []
    while let process = waiting.popLast() {
      let words = small("/proc/\(process)/cmdline")
      if others.contains(where: { words.contains(Array($0.utf8)) }) { continue }
      found.insert(process)
      waiting += children[process] ?? []
    }
    return found
  }

  private static func written(by process: pid_t) -> Int {
    let lines = small("/proc/\(process)/io").split(separator: UInt8(ascii: "\n"))
    for line in lines where line.starts(with: "wchar: ".utf8) {
      return Int(String(decoding: line.dropFirst(7), as: UTF8.self)) ?? 0
    }
    return 0
  }

  private static func processes() -> [pid_t] {
    do {
      return try Directory(opening: "/proc").list().compactMap { pid_t($0.name) }
    } catch {
      // Without /proc nothing can be found; the operation is given up all the same.
      return []
    }
  }

  /// The parent of a process that runs; nil when it has ended.
  private static func parent(of process: pid_t) -> pid_t? {
    let stat = small("/proc/\(process)/stat")
    // The name of the program stands in parentheses and may hold any byte.
    guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 1, fields[0] != [UInt8(ascii: "Z")], fields[0] != [UInt8(ascii: "X")]
    else { return nil }
    return pid_t(String(decoding: fields[1], as: UTF8.self))
  }

  /// What one of the system's small files says; empty when it is gone.
  private static func small(_ path: String) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { _ = close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes { space in
      unsafe read(descriptor, space.baseAddress, space.count)
    }
    return Array(buffer.prefix(max(0, count)))
  }
}
