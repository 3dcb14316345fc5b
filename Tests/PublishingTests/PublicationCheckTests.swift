import Foundation
import SafeIO
import Testing

@testable import Depot
@testable import Publishing

@Suite("Checking what clients see")
struct PublicationCheckTests {
  private func report(_ scratch: Scratch, repairing: Bool = false) throws -> CheckReport {
    var report = CheckReport()
    try PublicationCheck(scratch.depot).run(into: &report, repairing: repairing)
    return report
  }

  @Test("finds changed, missing and foreign files, and a link that leads elsewhere")
  func damaged() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["a": "1", "b/c": "2", "b/d": "3", "e": "4"])
    _ = try scratch.publish("one", at: "debian")
    #expect(try report(scratch).isClean)
    let root = scratch.path + "/depot/public/debian/"
    let manager = FileManager.default
    try manager.removeItem(atPath: root + "a")
    try Data("x".utf8).write(to: URL(fileURLWithPath: root + "a"))
    try manager.removeItem(atPath: root + "b/c")
    try manager.removeItem(atPath: root + "e")
    try manager.createSymbolicLink(atPath: root + "e", withDestinationPath: "/etc/passwd")
    try Data().write(to: URL(fileURLWithPath: root + "b/stray"))
    // A copy is as good as the object.
    try manager.removeItem(atPath: root + "b/d")
    try Data("3".utf8).write(to: URL(fileURLWithPath: root + "b/d"))
    let paths = try report(scratch).findings.map { finding -> String? in
      guard case .publication("debian", _, let path, _) = finding else { return nil }
      return path
    }
    #expect(Set(paths) == ["a", "b/c", "b/stray", "e"])
    let repaired = try report(scratch, repairing: true)
    #expect(repaired.repaired.count == 3)
    #expect(repaired.findings.count == 1)
    try manager.removeItem(atPath: root + "b/stray")
    #expect(try report(scratch).isClean)
    #expect(
      try scratch.tree("debian") == ["a": "1", "b/c": "2", "b/d": "3", "e": "4"]
    )
    try manager.removeItem(atPath: scratch.path + "/depot/public/debian")
    #expect(try report(scratch).findings.count == 1)
  }

  @Test("does not publish a damaged object anew")
  func damagedObject() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["a": "1"])
    _ = try scratch.publish("one", at: "debian")
    let hex = SHA256Digest.of(Array("1".utf8)).hex
    let object = scratch.path + "/depot/objects/\(hex.prefix(2))/\(hex)"
    for path in [object, scratch.path + "/depot/public/debian/a"] {
      try FileManager.default.removeItem(atPath: path)
      try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    }
    #expect(try report(scratch, repairing: true).findings.count == 1)
  }
}
