import Foundation
import SafeIO
import Testing

@testable import Depot
@testable import Objects

@Suite("depot check")
struct DepotCheckTests {
  private func path(_ scratch: Scratch, _ text: String) -> String {
    let hex = SHA256Digest.of(Array(text.utf8)).hex
    return scratch.path + "/depot/objects/\(hex.prefix(2))/\(hex)"
  }

  private func overwrite(_ path: String, _ text: String) throws {
    try FileManager.default.removeItem(atPath: path)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test("finds nothing in a whole depot and counts what nobody needs")
  func clean() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    _ = try depot.freeze("one", ["a": "1", "b/c": "2", "d": "1"])
    _ = try depot.put([[9, 9]])
    _ = try depot.incoming.open("half")
    let report = try DepotCheck(depot).run()
    #expect(report.isClean)
    #expect(report.objects == 4)
    #expect(report.unneeded == 1)
    #expect(report.unfinished.map(\.staging) == ["half"])
    try report.requireClean()
  }

  @Test("names every corrupt, missing and stray file, not only the first")
  func damaged() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    _ = try depot.freeze("one", ["a": "alpha", "b": "beta", "c": "gamma", "d": "delta"])
    try overwrite(path(scratch, "alpha"), "alphA")
    try overwrite(path(scratch, "delta"), "long delta")
    try FileManager.default.removeItem(atPath: path(scratch, "beta"))
    try Data().write(to: URL(fileURLWithPath: scratch.path + "/depot/objects/stray"))
    let report = try DepotCheck(depot).run()
    func digest(_ text: String) -> SHA256Digest { SHA256Digest.of(Array(text.utf8)) }
    let expected: Set<CheckReport.Finding> = [
      .strayFile("stray"), .corruptObject(digest("alpha")), .corruptObject(digest("delta")),
      .missingObject(digest("beta"), size: 4, neededBy: "snapshot one, b"),
      .missingObject(digest("delta"), size: 5, neededBy: "snapshot one, d"),
    ]
    #expect(Set(report.findings) == expected)
    #expect(failure { try report.requireClean() }?.code == "E-INTEGRITY-DEPOT-DAMAGED")
  }

  @Test("repairs from any tree that has the files, and only with the right bytes")
  func repair() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let record = try depot.freeze("one", ["a": "alpha", "b": "beta", "c": "gamma"])
    let hex = record.digest.hex
    let listing = scratch.path + "/depot/objects/\(hex.prefix(2))/\(hex)"
    let tree = scratch.path + "/tree/pool/x"
    try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: path(scratch, "alpha"), toPath: tree + "/one")
    try FileManager.default.moveItem(atPath: listing, toPath: tree + "/two")
    try overwrite(path(scratch, "gamma"), "gammA")
    try Data("gamma".utf8).write(to: URL(fileURLWithPath: tree + "/three"))
    try Data("Gamma".utf8).write(to: URL(fileURLWithPath: tree + "/four"))
    try FileManager.default.removeItem(atPath: path(scratch, "beta"))
    try Data("beth".utf8).write(to: URL(fileURLWithPath: tree + "/five"))
    let source = try RepairSource(try Directory(opening: scratch.path + "/tree"))
    let report = try DepotCheck(depot).run(repairingFrom: source)
    #expect(report.repaired.count == 3)
    #expect(
      report.findings == [
        .missingObject(
          SHA256Digest.of(Array("beta".utf8)),
          size: 4,
          neededBy: "snapshot one, b"
        )
      ]
    )
    _ = try depot.put([Array("beta".utf8)])
    #expect(try DepotCheck(depot).run().isClean)
    #expect(try DepotStatus(of: depot).objects == 4)
  }

  @Test("gives good objects back the mark that they lost, as in a depot from a backup")
  func marks() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let digest = SHA256Digest.of(Array("alpha".utf8))
    _ = try depot.put([Array("alpha".utf8)])
    let (objects, name) = try depot.objectPlace(of: digest)
    func isMarked() throws -> Bool {
      ObjectMark.isThere(try #require(try objects.status(name)), digest)
    }
    #expect(try isMarked())
    try objects.setModified(name, seconds: 1_700_000_000, nanoseconds: 4711)
    #expect(try !isMarked())
    #expect(try DepotCheck(depot).run().isClean)
    #expect(try isMarked())
  }
}
