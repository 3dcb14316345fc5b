import Foundation
import SafeIO

@testable import Depot

/// A directory with an audit log and nothing else.
final class AuditScratch {
  let scratch: Scratch
  let log: AuditLog

  init() throws {
    scratch = try Scratch()
    log = AuditLog(in: try Directory(opening: scratch.path))
  }

  func remove() { scratch.remove() }

  var file: URL { URL(fileURLWithPath: scratch.path + "/audit.log") }

  var bytes: [UInt8] {
    get throws { try Array(Data(contentsOf: file)) }
  }

  func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: file) }

  /// The lines, each with its line feed.
  var lines: [[UInt8]] {
    get throws {
      try bytes.split(separator: 0x0a as UInt8, omittingEmptySubsequences: false).dropLast()
        .map { Array($0) + [0x0a] }
    }
  }

  func begin(_ command: String = "trust add", _ about: [AuditField] = []) throws -> AuditEntry {
    try log.begin(AuditSubject(command, about), program: "test 1")
  }

  /// Commands that begin and are done: two records each.
  @discardableResult
  func commands(_ count: Int) throws -> AuditHead {
    var head: AuditHead?
    for number in 1...count {
      let entry = try begin("command \(number)", [AuditField("name", ["n\(number)"])])
      head = try entry.conclude(.done, [AuditField("digest", ["d\(number)"])])
    }
    guard let head else { throw Failure(.internal, "test", "no command") }
    return head
  }

  /// What reading the log shows, when the catalogue knows this head.
  func report(_ known: AuditHead? = nil) throws -> AuditReport {
    try log.verify(known.map { [AuditWitness($0, source: "the catalogue")] } ?? [])
  }

  func records() throws -> [AuditRecord] {
    var found: [AuditRecord] = []
    try log.forEachRecord { found.append($0) }
    return found
  }
}
