import Foundation
import Objects
import SafeIO
import Testing

@testable import Depot
@testable import Publishing

@Suite("After a kill")
struct RecoveryTests {
  /// A depot with generation 1 published, and everything of generation 2 up to a step.
  private func interrupted(at step: Int) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.freeze("one", ["a": "1"])
    try scratch.freeze("two", ["a": "2"])
    _ = try scratch.publish("one", at: "debian")
    let home = scratch.path + "/depot/public/.publications/debian/"
    let manager = FileManager.default
    if step >= 1 {
      try manager.createDirectory(
        atPath: home + "generations/.000002.part/x",
        withIntermediateDirectories: true
      )
    }
    if step >= 2 {
      try manager.createDirectory(
        atPath: home + "generations/000002",
        withIntermediateDirectories: true
      )
    }
    // As a program of before recipes made it: a tree that has all files for itself.
    let two = try scratch.depot.catalogue.snapshot("two")
    let list = try scratch.depot.catalogue.fileList(of: two)
    if step >= 2 {
      for index in 0..<list.count {
        let url = URL(fileURLWithPath: home + "generations/000002/" + list.path(at: index))
        try manager.createDirectory(
          at: url.deletingLastPathComponent(),
          withIntermediateDirectories: true
        )
        let content = try scratch.depot.objects.open(list.digest(at: index)).readAll(limit: 9999)
        try Data(content).write(to: url)
      }
    }
    if step >= 3 {
      try scratch.depot.catalogue.prepare(
        GenerationRecord(
          prefix: "debian",
          number: 2,
          state: .prepared,
          listing: two.digest,
          files: two.files,
          bytes: two.bytes,
          made: UTCTime(seconds: 2),
          snapshots: [SnapshotReference(name: "two", digest: two.digest)]
        )
      )
    }
    if step >= 4 {
      try manager.createSymbolicLink(
        atPath: home + ".current.part",
        withDestinationPath: "generations/000002"
      )
    }
    if step >= 5 {
      try manager.removeItem(atPath: home + "current")
      try manager.moveItem(atPath: home + ".current.part", toPath: home + "current")
    }
    return scratch
  }

  @Test("at any step, the recovery leaves the old or the new one whole", arguments: 0...5)
  func recover(step: Int) throws {
    let scratch = try interrupted(at: step)
    defer { scratch.remove() }
    try Publisher.recover(scratch.depot, facts: AuditFacts())
    let publication = try Publications.show("debian", in: scratch.depot)
    #expect(publication.current.number == (step < 5 ? 1 : 2))
    #expect(publication.kept.map(\.number) == (step < 5 ? [] : [1]))
    #expect(try scratch.tree("debian") == ["a": step < 5 ? "1" : "2"])
    #expect(
      try scratch.names("public/.publications/debian/generations")
        == (step < 5 ? ["000001"] : ["000001", "000002"])
    )
    try Publisher.recover(scratch.depot, facts: AuditFacts())
    let result = try scratch.publish("two", at: "debian")
    #expect(result.generation == 2)
    #expect(result.isUnchanged == (step == 5))
    #expect(try scratch.tree("debian") == ["a": "2"])
    var report = try DepotCheck(scratch.depot).run()
    try PublicationCheck(scratch.depot).run(into: &report)
    #expect(report.findings == [])
  }

  @Test("before the link at the prefix was made, it is made")
  func lastStep() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["a": "1"])
    _ = try scratch.publish("one", at: "x/debian")
    try FileManager.default.removeItem(atPath: scratch.path + "/depot/public/x")
    #expect(try scratch.publish("one", at: "x/debian").isUnchanged)
    #expect(try scratch.tree("x/debian") == ["a": "1"])
  }

  @Test("of the very first publish, nothing is left and nothing is forgotten")
  func first() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/depot/public/.publications/debian/generations/.000001.part",
      withIntermediateDirectories: true
    )
    try Publisher.recover(scratch.depot, facts: AuditFacts())
    #expect(try scratch.names("public/.publications").isEmpty)
  }

  @Test("an emptied public directory is filled again")
  func emptied() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["a": "1"])
    _ = try scratch.publish("one", at: "debian")
    for name in [".publications", "debian"] {
      try FileManager.default.removeItem(atPath: scratch.path + "/depot/public/" + name)
    }
    var report = CheckReport()
    try PublicationCheck(scratch.depot).run(into: &report)
    #expect(!report.isClean)
    // As when its file system is not mounted: nothing is forgotten, nothing is made.
    try Publisher.recover(scratch.depot, facts: AuditFacts())
    #expect(
      failure { _ = try scratch.publish("one", at: "debian") }?.code == "E-STATE-PUBLIC-DIRECTORY"
    )
    #expect(try Publications.list(scratch.depot).count == 1)
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/depot/public/.publications",
      withIntermediateDirectories: false
    )
    // The tree is built anew, as it was.
    #expect(try scratch.publish("one", at: "debian").isUnchanged)
    #expect(try scratch.tree("debian") == ["a": "1"])
  }

  @Test("a generation that the catalogue does not know is never removed while clients see it")
  func unknown() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["a": "1"])
    _ = try scratch.publish("one", at: "debian")
    try scratch.depot.catalogue.removeGeneration(1, at: "debian")
    try Publisher.recover(scratch.depot, facts: AuditFacts())
    #expect(try scratch.tree("debian") == ["a": "1"])
    #expect(failure { _ = try scratch.publish("one", at: "debian") }?.kind == .state)
    #expect(try scratch.tree("debian") == ["a": "1"])
  }
}
