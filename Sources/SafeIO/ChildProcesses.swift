private import CLinux
private import Glibc

/// The processes that this program starts, directly or through a library.
package enum ChildProcesses {
  /// Makes all of them findable, also those whose parents have ended.
  ///
  /// For a program at its start only: it changes how the whole process waits for children.
  package static func adopt() throws(Failure) {
    guard clinux_adopt_orphans() == 0 else { throw .system("watch over", "child processes") }
  }

  /// Ends every process below this one, also those that ignore SIGTERM, unless `adopt` was never
  /// called.
  ///
  /// Each gets half a second to clean up (gpg removes its locks) before it is killed.
  package static func endAll() {
    guard clinux_adopts_orphans() == 1 else { return }
    let clock = Stopwatch()
    var told: Set<pid_t> = []
    while clock.seconds < 3 {
      let running = descendants()
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

  /// Children, their children and so on, but not those that have ended already.
  private static func descendants() -> [pid_t] {
    var children: [pid_t: [pid_t]] = [:]
    for process in processes() {
      if let parent = parent(of: process) { children[parent, default: []].append(process) }
    }
    var found: [pid_t] = []
    var waiting = children[getpid()] ?? []
    while let next = waiting.popLast() {
      found.append(next)
      waiting += children[next] ?? []
    }
    return found
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

  /// How many bytes of memory this process holds, as far as the system says.
  package static var ownMemory: Int {
    let fields = small("/proc/self/statm").split(separator: UInt8(ascii: " "))
    guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else {
      return 0
    }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// What one of the system's small files says; empty when it is gone.
  private static func small(_ path: String) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { _ = close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = unsafe buffer.withUnsafeMutableBytes { space in
      unsafe read(descriptor, space.baseAddress, space.count)
    }
    return Array(buffer.prefix(max(0, count)))
  }
}
