import Foundation
import OpenPGP
import SafeIO
import Testing

@testable import Depot
@testable import Publishing

@Suite("Signing generations anew")
struct SigningAnewTests {
  private func key(_ scratch: Scratch, _ name: String) throws -> SigningKey {
    let home = scratch.path + "/" + name
    return try SigningKey.generate(home: home, userID: "aptferry depot \(name)")
  }

  private func sign(
    _ scratch: Scratch,
    _ key: SigningKey,
    _ facts: AuditFacts = AuditFacts(),
    now: UTCTime = .now()
  ) throws -> SigningResult {
    try Publisher(scratch.depot, facts: facts, ownKey: { () throws(Failure) in [key] })
      .sign(PublicationChange(prefix: "debian", now: now))
  }

  /// Two generations by one key.
  private func published(_ scratch: Scratch, by key: SigningKey) throws {
    for name in ["one", "two"] {
      try scratch.freeze(name, ["dists/stable/main/Packages": name, "pool/a.deb": "a"])
      _ = try scratch.publish(name, at: "debian", by: key)
    }
  }

  private func clean(_ scratch: Scratch) throws -> Bool {
    var report = try DepotCheck(scratch.depot).run()
    try PublicationCheck(scratch.depot).run(into: &report)
    return report.isClean
  }

  private func modified(_ scratch: Scratch, _ path: String) throws -> Date? {
    try FileManager.default.attributesOfItem(
      atPath: scratch.path + "/depot/public/.publications/debian/generations/" + path
    )[.modificationDate] as? Date
  }

  @Test("killed behind the catalogue, the next command brings the trees to it")
  func interrupted() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let (old, new) = (try key(scratch, "old"), try key(scratch, "new"))
    try published(scratch, by: old)
    let before = try scratch.everything(".publications/debian/generations")
    _ = try sign(scratch, new)
    let after = try scratch.everything(".publications/debian/generations")
    let changed = after.filter { before[$0.key] != $0.value }.keys
      .filter { !$0.contains("/.tree/") && !$0.contains("/snapshots/") }
    #expect(changed.count == 8, "\(changed.sorted())")
    // As a kill leaves it: the catalogue has the new listing, of the trees only one file.
    let home = scratch.path + "/depot/public/.publications/debian/"
    for path in changed where path != "000001/dists/stable/InRelease" {
      try Data((before[path] ?? "").utf8).write(
        to: URL(fileURLWithPath: home + "generations/" + path)
      )
    }
    try Data().write(to: URL(fileURLWithPath: home + ".sign.part"))
    let catalogue = scratch.depot.catalogue
    try catalogue.beginSigning(try catalogue.generations(), at: .now(), reason: "")
    let facts = AuditFacts()
    try Publisher.recover(scratch.depot, facts: facts)
    #expect(try scratch.everything(".publications/debian/generations") == after)
    #expect(facts.all.count == 2)
    #expect(try catalogue.unfinishedSignings(at: "debian") == [])
    #expect(!FileManager.default.fileExists(atPath: home + ".sign.part"))
    #expect(try clean(scratch))
    // And nothing is done twice.
    let more = AuditFacts()
    try Publisher.recover(scratch.depot, facts: more)
    #expect(more.all.isEmpty)
  }

  @Test("gives the files times that only grow, also from one generation to the next")
  func times() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let (old, new) = (try key(scratch, "old"), try key(scratch, "new"))
    try published(scratch, by: old)
    let paths = ["000001", "000002"].map { $0 + "/dists/stable/InRelease" }
    let before = try #require(try modified(scratch, paths[1]))
    let release = try modified(scratch, "000001/dists/stable/Release")
    // A clock that has gone back.
    _ = try sign(scratch, new, now: UTCTime.now().adding(seconds: -7200))
    let first = try #require(try modified(scratch, paths[0]))
    let second = try #require(try modified(scratch, paths[1]))
    #expect(second > before && second > first)
    #expect(try modified(scratch, "000001/dists/stable/Release") == release)
    // The next generation is newer still.
    _ = try scratch.publish("one", at: "debian", by: new)
    #expect(try #require(try modified(scratch, "000003/dists/stable/InRelease")) > second)
  }

  @Test("leaves what the keys of now signed, and the garbage collection what is shown")
  func again() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let (old, new) = (try key(scratch, "old"), try key(scratch, "new"))
    try published(scratch, by: old)
    #expect(try sign(scratch, old).count == 0)
    let dry = try Publisher(
      scratch.depot,
      facts: AuditFacts(),
      ownKey: { () throws(Failure) in [new] }
    ).sign(
      {
        var change = PublicationChange(prefix: "debian", now: .now())
        change.isDryRun = true
        return change
      }()
    )
    #expect(dry.count == 2)
    #expect(dry.generations.map(\.before) == [[old.fingerprint.text], [old.fingerprint.text]])
    let result = try sign(scratch, new)
    #expect(result.count == 2)
    #expect(result.keys == [new.fingerprint.text])
    #expect(try sign(scratch, new).count == 0)
    #expect(try clean(scratch))
    let listed = try Publications.signed(by: [new.fingerprint.text], in: scratch.depot)
    #expect(listed.map(\.numbers) == [[1, 2]])
    #expect(try Publications.signed(by: [old.fingerprint.text], in: scratch.depot).isEmpty)
  }
}
