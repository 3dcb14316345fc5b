import Foundation
import Glibc
import SafeIO
import TestSupport

/// `aptferry serve` as a process of its own, ended with the test.
final class ServerProcess {
  private let process = Process()
  private let messages: String
  let log: String

  /// Begins to serve, below another program when `under` names one, and waits until it listens.
  init(
    _ lab: ServingLab,
    _ arguments: [String],
    under: [String] = [],
    environment: [String: String] = [:],
    waits: Bool = true
  ) throws {
    let name = "server-\(UInt64.random(in: 0 ... .max))"
    messages = lab.scratch.path(name + ".messages")
    log = lab.scratch.path(name + ".log")
    let command =
      under + [try ServingLab.program(), "serve", "--depot", lab.depot, "--access-log", log]
      + arguments
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = cleanEnvironment(
      ["HOME": lab.scratch.path("home")].merging(environment) { _, new in new }
    )
    try Disk.write("", to: messages)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: messages)
    try process.run()
    if waits { try waitUntilListening() }
  }

  deinit {
    guard process.isRunning else { return }
    // What it was started below may leave it behind, and its end would be waited for in vain.
    if let server = try? serverPID(), server != pid { kill(server, SIGKILL) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  var pid: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }

  /// What it has told so far.
  var told: String {
    get throws { try Disk.text(messages) }
  }

  /// Where it listens, as it says.
  var url: String {
    get throws { try urls().first ?? "" }
  }

  /// All of where it listens.
  func urls() throws -> [String] {
    try told.split(separator: "\n").compactMap { line in
      line.range(of: "listening at ").map { String(line[$0.upperBound...]) }
    }
  }

  var port: Int {
    get throws { try Int(url.split(separator: ":").last?.split(separator: "/").first ?? "") ?? 0 }
  }

  /// The lines of the access log.
  func lines() throws -> [String] { try Disk.text(log).split(separator: "\n").map(String.init) }

  /// The server's own process, which another program may have started.
  func serverPID() throws -> Int32 {
    let children = try Disk.text("/proc/\(pid)/task/\(pid)/children").split(separator: " ")
    return children.first.flatMap { Int32($0) } ?? pid
  }

  /// How many files it has open.
  func openFiles() throws -> Int { try Disk.names(in: "/proc/\(serverPID())/fd").count }

  /// How much memory it has, in bytes.
  func memory() throws -> Int {
    let line = try Disk.text("/proc/\(serverPID())/status").split(separator: "\n")
      .first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
  }

  func signal(_ number: Int32) { kill(pid, number) }

  /// Waits for its end and answers the exit status.
  func end(within seconds: Double) throws -> Int32 {
    guard wait(seconds, until: { !process.isRunning }) else {
      throw TestSupportError("the server still runs\n\(try told)")
    }
    return process.terminationStatus
  }

  /// Waits until it has told something.
  func waitFor(_ text: String, seconds: Double = 20) throws {
    guard try wait(seconds, until: { try told.contains(text) }) else {
      throw TestSupportError("the server did not tell “\(text)”\n\(try told)")
    }
  }

  private func waitUntilListening() throws {
    let listens = try wait(60) { try told.contains("listening at ") || !process.isRunning }
    guard listens, process.isRunning else {
      throw TestSupportError("the server did not begin\n\(try told)")
    }
    // All addresses are told at once.
    usleep(20_000)
  }
}

/// Looks again and again; false when it did not come about in time.
func wait(_ seconds: Double, until isSo: () throws -> Bool) rethrows -> Bool {
  let end = Date(timeIntervalSinceNow: seconds)
  while try !isSo() {
    guard Date() < end else { return false }
    usleep(20_000)
  }
  return true
}
