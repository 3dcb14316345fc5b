import DebianRepository
import Foundation
import Objects
import SafeIO
import TestSupport
import Testing

@testable import Depot
@testable import Publishing

@Suite("Publishing a snapshot")
struct PublisherTests {
  private let files = [
    "dists/stable/main/Packages": "index", "pool/a/a_1.deb": "package", "pool/b": "package",
    "z": "",
  ]

  @Test("shows its files under the prefix, as the objects themselves, through relative links")
  func publish() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", files)
    let result = try scratch.publish("one", at: "production/debian")
    #expect(result.generation == 1)
    #expect(!result.isUnchanged)
    #expect(result.files == 6)
    #expect(result.copies == 0)
    #expect(try scratch.tree("production/debian") == files)
    #expect(
      try scratch.link("public/production/debian")
        == "../.publications/production%2Fdebian/current"
    )
    let home = "public/.publications/production%2Fdebian"
    #expect(try scratch.link(home + "/current") == "generations/000001")
    #expect(try scratch.link(home + "/current/pool") == "../../pools/1/pool")
    let package = try Directory(opening: scratch.path + "/depot/" + home)
      .status("pools/1/pool/b")
    let links = try scratch.depot.objects.requireLinks()
    #expect(try links.isName(try #require(package), of: SHA256Digest.of(Array("package".utf8))))
    #expect(package?.mode == 0o444)
    #expect(package?.links == 3)
    let publication = try Publications.show("production/debian", in: scratch.depot)
    #expect(publication.current.snapshots.map(\.name) == ["one"])
    #expect(publication.suites.map(\.distribution) == ["stable"])
    #expect(try Publications.list(scratch.depot).count == 1)
  }

  @Test("again is recognised and makes nothing")
  func again() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", files)
    _ = try scratch.publish("one", at: "debian")
    let result = try scratch.publish("one", at: "debian")
    #expect(result.isUnchanged)
    #expect(result.generation == 1)
    #expect(try scratch.names("public/.publications/debian/generations") == ["000001"])
  }

  @Test("after another makes the next generation and keeps three")
  func generations() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    for number in 1...5 {
      try scratch.freeze(
        "s\(number)",
        ["dists/stable/main/x": "\(number)", "pool/\(number)": "\(number)", "pool/same": "same"]
      )
      let result = try scratch.publish("s\(number)", at: "debian") { $0.change.grace = 0 }
      #expect(result.generation == UInt64(number))
      #expect(try scratch.tree("debian")["dists/stable/main/x"] == "\(number)")
    }
    // Packages that no kept generation has are gone from the pool, and so is their memory.
    #expect(
      try scratch.names("public/.publications/debian/pools/1/pool") == ["3", "4", "5", "same"]
    )
    #expect(try scratch.names("public/debian/snapshots") == ["s3", "s4", "s5"])
    #expect(
      try scratch.tree("debian/snapshots/s3/dists") == ["stable/main/x": "3"]
    )
    #expect(
      try scratch.names("public/.publications/debian/generations")
        == ["000003", "000004", "000005"]
    )
    let publication = try Publications.show("debian", in: scratch.depot)
    #expect(publication.kept.map(\.number) == [3, 4])
    #expect(
      failure { try scratch.depot.catalogue.removeSnapshot("s3") }?.code
        == "E-STATE-SNAPSHOT-IN-USE"
    )
    #expect(
      failure { try scratch.depot.catalogue.removeSnapshot("s5") }?.code
        == "E-STATE-SNAPSHOT-IN-USE"
    )
    try scratch.depot.catalogue.removeSnapshot("s1")
  }

  @Test("with others joins them, unless they differ at a path")
  func several() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["dists/one/x": "1", "pool/a": "a"], suite: "one")
    try scratch.freeze("two", ["dists/two/x": "2", "pool/a": "a"], suite: "two")
    try scratch.freeze("three", ["pool/a": "other"], suite: "three")
    let result = try scratch.publish("one", "two", at: "debian")
    #expect(result.suites.map(\.distribution) == ["one", "two"])
    #expect(
      try scratch.tree("debian")
        == ["dists/one/x": "1", "dists/two/x": "2", "pool/a": "a"]
    )
    let conflict = failure { _ = try scratch.publish("one", "three", at: "debian") }
    #expect(conflict?.code == "E-STATE-CONFLICT")
    #expect(conflict?.subject == "pool/a")
    #expect(try scratch.publish("one", "two", at: "debian").isUnchanged)
    #expect(try DepotCheck(scratch.depot).run().isClean)
  }

  @Test("refuses prefixes that hide, climb, or lie in one another")
  func prefixes() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", files)
    for prefix in [
      "", ".", "..", "../x", "/x", ".publications", "a/.b", "a//b", "a%2Fb", "a b", "a\u{1b}",
      "a/", String(repeating: "a", count: 101),
    ] {
      #expect(failure { _ = try scratch.publish("one", at: prefix) }?.code == "E-USAGE-PREFIX")
    }
    _ = try scratch.publish("one", at: "debian")
    for prefix in ["debian/x", "debian/x/y"] {
      #expect(
        failure { _ = try scratch.publish("one", at: prefix) }?.code == "E-STATE-NESTED-PREFIX"
      )
    }
    _ = try scratch.publish("one", at: "debian-x")
    _ = try scratch.publish("one", at: "a/b")
    #expect(failure { _ = try scratch.publish("one", at: "a") }?.code == "E-STATE-NESTED-PREFIX")
  }

  @Test("leaves a foreign file, directory or link at the prefix alone")
  func foreign() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", files)
    let root = scratch.path + "/depot/public/"
    try Data("mine".utf8).write(to: URL(fileURLWithPath: root + "file"))
    try FileManager.default.createDirectory(atPath: root + "dir", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: root + "link", withDestinationPath: "/etc")
    for prefix in ["file", "dir", "link"] {
      #expect(
        failure { _ = try scratch.publish("one", at: prefix) }?.code == "E-STATE-FOREIGN-FILE"
      )
    }
    #expect(failure { _ = try scratch.publish("one", at: "link/x") } != nil)
    #expect(try String(contentsOfFile: root + "file", encoding: .utf8) == "mine")
    #expect(
      try scratch.names("public") == [".publications", "dir", "file", "link"]
        || scratch.names("public") == ["dir", "file", "link"]
    )
  }

  @Test("whose object is missing or of another size changes nothing")
  func missingObject() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", files)
    try scratch.freeze("two", ["a": "new"])
    _ = try scratch.publish("one", at: "debian")
    let hex = SHA256Digest.of(Array("new".utf8)).hex
    let path = scratch.path + "/depot/objects/\(hex.prefix(2))/\(hex)"
    try FileManager.default.removeItem(atPath: path)
    try Data("n".utf8).write(to: URL(fileURLWithPath: path))
    #expect(
      failure { _ = try scratch.publish("two", at: "debian") }?.code == "E-STATE-MISSING-OBJECT"
    )
    #expect(try scratch.tree("debian") == files)
    #expect(try scratch.names("public/.publications/debian/generations") == ["000001"])
  }

  @Test("that fails leaves nothing in the pool that clients use")
  func failedPool() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", ["pool/a": "a"])
    try scratch.freeze("two", ["pool/b": "b", "pool/z": "lost"])
    _ = try scratch.publish("one", at: "debian")
    let hex = SHA256Digest.of(Array("lost".utf8)).hex
    try FileManager.default.removeItem(
      atPath: scratch.path + "/depot/objects/\(hex.prefix(2))/\(hex)"
    )
    #expect(
      failure { _ = try scratch.publish("two", at: "debian") }?.code == "E-STATE-MISSING-OBJECT"
    )
    #expect(try scratch.names("public/.publications/debian/pools/1/pool") == ["a"])
  }

  private static let otherFileSystem = Disk.temporaryDirectory == "/dev/shm" ? "/tmp" : "/dev/shm"

  /// Whether there is a second file system to publish to.
  private static var hasOtherFileSystem: Bool {
    guard let here = try? Directory(opening: Disk.temporaryDirectory).status(),
      let there = try? Directory(opening: otherFileSystem).status()
    else { return false }
    return here.device != there.device
  }

  @Test(
    "to another file system copies, and refuses a damaged object",
    .enabled(if: hasOtherFileSystem)
  )
  func copies() throws {
    let served = PublisherTests.otherFileSystem + "/aptferry-\(UUID().uuidString)"
    let scratch = try Scratch(publicDirectory: served)
    defer {
      scratch.remove()
      try? FileManager.default.removeItem(atPath: served)
    }
    try scratch.freeze("one", files)
    try scratch.freeze("two", ["a": "damaged"])
    let result = try scratch.publish("one", at: "debian")
    #expect(result.copies == 5)
    #expect(result.path == served + "/debian")
    #expect(try String(contentsOfFile: served + "/debian/pool/b", encoding: .utf8) == "package")
    var report = CheckReport()
    try PublicationCheck(scratch.depot).run(into: &report)
    #expect(report.isClean)
    let hex = SHA256Digest.of(Array("damaged".utf8)).hex
    let path = scratch.path + "/depot/objects/\(hex.prefix(2))/\(hex)"
    try FileManager.default.removeItem(atPath: path)
    try Data("Damaged".utf8).write(to: URL(fileURLWithPath: path))
    #expect(
      failure { _ = try scratch.publish("two", at: "debian") }?.code
        == "E-INTEGRITY-DAMAGED-OBJECT"
    )
    // Without a time that tells, as after damage by the disk, the copy does.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)],
      ofItemAtPath: path
    )
    #expect(
      failure { _ = try scratch.publish("two", at: "debian") }?.code
        == "E-INTEGRITY-DAMAGED-OBJECT"
    )
    #expect(try String(contentsOfFile: served + "/debian/pool/b", encoding: .utf8) == "package")
  }

  @Test("has its modes whatever the umask", arguments: [0o000, 0o077])
  func umasks(mask: UInt32) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try scratch.freeze("one", files)
    await #expect(processExitsWith: .success) { [mask, path = scratch.path as String] in
      umask(mode_t(mask))
      let depot = try Depot.open(at: path + "/depot")
      _ = try Publisher(depot, facts: AuditFacts()).publish(
        ["one"],
        at: "a/b",
        now: UTCTime(seconds: 1)
      )
    }
    let root = try Directory(opening: scratch.path + "/depot/public")
    for name in [
      "a", ".publications", ".publications/a%2Fb", ".publications/a%2Fb/generations",
      ".publications/a%2Fb/generations/000001", ".publications/a%2Fb/pools/1/pool/a",
      ".publications/a%2Fb/generations/000001/dists/stable",
    ] {
      #expect(try root.status(name)?.mode == 0o755, "\(name)")
    }
  }

  @Test("of twenty thousand small files is whole")
  func many() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var files: [String: String] = [:]
    for number in 0..<20_000 { files["pool/p\(number % 997)/f\(number)"] = "\(number % 1000)" }
    try scratch.freeze("one", files)
    let result = try scratch.publish("one", at: "debian")
    #expect(result.files == 20_001)
    var report = try DepotCheck(scratch.depot).run()
    try PublicationCheck(scratch.depot).run(into: &report)
    #expect(report.isClean)
    #expect(report.generations == 1)
  }
}
