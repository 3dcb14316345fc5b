private import Foundation
private import Glibc

/// What a process left behind.
package struct RunResult: Sendable {
  /// The exit status, or 128 plus the signal that ended the process.
  package let status: Int32
  /// Everything it wrote to standard output.
  package let output: [UInt8]
  /// Everything it wrote to standard error, as text.
  package let errors: String

  /// What a process, or what stands for one, left behind.
  package init(status: Int32, output: [UInt8], errors: String) {
    self.status = status
    self.output = output
    self.errors = errors
  }

  /// Standard output as text.
  package var text: String { String(decoding: output, as: UTF8.self) }
  /// Both streams, for the comment of an expectation.
  package var everything: String { "status \(status)\n\(text)\(errors)" }

  /// Standard output, or an error that shows both streams when the process did not succeed.
  @discardableResult
  package func succeeded() throws -> String {
    guard status == 0 else {
      // The first line says why: a summary of a run shows no more.
      let why = errors.split(separator: "\n").first { $0.contains("error") } ?? ""
      throw TestSupportError("\(why) (status \(status))\n\(everything)")
    }
    return text
  }
}

/// The test's own surroundings failed, not what is tested.
package struct TestSupportError: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// The environment that processes get: nothing of the user's but the paths to programs.
///
/// The system's own programs come first: a user's can be wrappers that take ten times as long.
package func cleanEnvironment(_ more: [String: String] = [:]) -> [String: String] {
  var environment = ["LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent"]
  for name in ["PATH", "LD_LIBRARY_PATH"] {
    environment[name] = ProcessInfo.processInfo.environment[name]
  }
  environment["TMPDIR"] = Disk.temporaryDirectory
  environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin:" + (environment["PATH"] ?? "")
  return environment.merging(more) { _, new in new }
}

/// Runs a program without a shell and waits for it.
///
/// The program is searched in PATH. Standard input is `input` and then ends. `environment` is
/// added to `cleanEnvironment()`. A process that still runs after `limit` seconds is killed, which
/// shows as status 137: it guards against hangs and measures nothing.
package func run(
  _ arguments: [String],
  environment: [String: String] = [:],
  input: [UInt8] = [],
  in directory: String? = nil,
  limit: Int = 300
) throws -> RunResult {
  let streams = try [Stream(), Stream(), Stream()]
  try streams[0].fill(input)
  let child = try spawn(
    (directory.map { ["env", "-C", $0] } ?? []) + arguments,
    environment: cleanEnvironment(environment),
    streams: streams
  )
  let status = wait(for: child, limit: limit)
  return RunResult(
    status: status,
    output: try streams[1].contents(),
    errors: String(decoding: try streams[2].contents(), as: UTF8.self)
  )
}

/// A nameless file that serves as one of the three standard streams; it cannot block like a pipe.
private final class Stream {
  let descriptor: Int32

  init() throws {
    var template = Disk.temporaryTemplate(for: "stream")
    descriptor = unsafe mkstemp(&template)
    guard descriptor >= 0 else { throw TestSupportError("could not make a temporary file") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = unsafe unlink(template)
  }

  deinit { _ = close(descriptor) }

  func fill(_ bytes: [UInt8]) throws {
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    try handle.write(contentsOf: Data(bytes))
    try handle.seek(toOffset: 0)
  }

  func contents() throws -> [UInt8] {
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    try handle.seek(toOffset: 0)
    return Array(try handle.readToEnd() ?? Data())
  }
}

/// Leaves a program nothing but its three streams.
///
/// gpgme's pipes are not closed on exec: a program that kept one would make a gpg of another test
/// seem to run for as long as the program does.
private func closeAllOthers(_ actions: inout posix_spawn_file_actions_t) throws {
  typealias CloseFrom =
    @convention(c) (
      UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32
    ) -> Int32
  // glibc has it since 2.34; Swift's module shows no names that only GNU has.
  guard let symbol = unsafe dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
    throw TestSupportError("glibc cannot close what a program is not to have")
  }
  let closeFrom = unsafe unsafeBitCast(symbol, to: CloseFrom.self)
  guard unsafe closeFrom(&actions, 3) == 0 else {
    throw TestSupportError("cannot keep open files from a program")
  }
}

private func spawn(
  _ arguments: [String],
  environment: [String: String],
  streams: [Stream]
) throws -> pid_t {
  var actions = unsafe posix_spawn_file_actions_t()
  unsafe posix_spawn_file_actions_init(&actions)
  defer { unsafe posix_spawn_file_actions_destroy(&actions) }
  for (number, stream) in streams.enumerated() {
    unsafe posix_spawn_file_actions_adddup2(&actions, stream.descriptor, Int32(number))
  }
  unsafe try closeAllOthers(&actions)
  var attributes = posix_spawnattr_t()
  unsafe posix_spawnattr_init(&attributes)
  defer { unsafe posix_spawnattr_destroy(&attributes) }
  // A group of its own, so that the limit ends its children too; signals as a shell gives them.
  var signals = sigset_t()
  unsafe sigemptyset(&signals)
  unsafe posix_spawnattr_setsigmask(&attributes, &signals)
  unsafe sigfillset(&signals)
  unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
  unsafe posix_spawnattr_setflags(
    &attributes,
    Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
  )
  let argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
  let envp = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
  defer {
    unsafe argv.forEach { unsafe free($0) }
    unsafe envp.forEach { unsafe free($0) }
  }
  var child: pid_t = 0
  let code = unsafe posix_spawnp(&child, arguments[0], &actions, &attributes, argv, envp)
  guard code == 0 else {
    throw TestSupportError("could not run \(arguments[0]): error \(code)")
  }
  return child
}

private func wait(for child: pid_t, limit: Int) -> Int32 {
  var status: Int32 = 0
  var pause: useconds_t = 500
  var waited = 0
  while true {
    let answer = unsafe waitpid(child, &status, WNOHANG)
    if answer == child { break }
    if answer < 0 && errno != EINTR { return -1 }
    if waited > limit * 1_000_000 {
      kill(-child, SIGKILL)
      _ = unsafe waitpid(child, &status, 0)
      break
    }
    usleep(pause)
    waited += Int(pause)
    pause = min(pause * 2, 10_000)
  }
  return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
}
