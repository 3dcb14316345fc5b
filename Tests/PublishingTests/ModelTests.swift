import Foundation
import OpenPGP
import SafeIO
import TestSupport
import Testing

@testable import Depot
@testable import Publishing

/// A random sequence of commands beside a model of what must come of it.
///
/// `APTFERRY_MODEL_STEPS` and `APTFERRY_MODEL_SEED` choose a longer or another one.
@Suite("A random sequence of publishes, rollbacks and removals")
struct ModelTests {
  /// What a snapshot holds.
  private typealias Files = [String: String]

  private struct Model {
    var snapshots: [String: Files] = [:]
    /// For each prefix what each generation showed, the current one last.
    var publications: [String: [(number: UInt64, snapshot: String)]] = [:]
  }

  private static func setting(_ name: String, _ standard: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? standard
  }

  /// Packages with names that come again with the same content, and now and then with another.
  private func files(_ chance: inout SeededGenerator) -> Files {
    var files: Files = [:]
    for index in 0..<Int.random(in: 1...3, using: &chance) {
      files["dists/stable/c\(index)/binary-amd64/Packages"] =
        "index \(Int.random(in: 0...20, using: &chance))"
    }
    for _ in 0..<Int.random(in: 1...12, using: &chance) {
      let name = Int.random(in: 0...30, using: &chance)
      let isOdd = Int.random(in: 0...60, using: &chance) == 0
      files["pool/\(name % 5)/p\(name)"] = isOdd ? "other \(name)" : "package \(name)"
    }
    return files
  }

  @Test("leaves every kept generation whole and clients with what was published last")
  func sequence() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let key = try scratch.makeKey()
    let seed = ModelTests.setting("APTFERRY_MODEL_SEED", 7)
    var chance = SeededGenerator(seed: seed)
    var model = Model()
    var now = UTCTime.now().seconds - 1_000_000
    let steps = ModelTests.setting("APTFERRY_MODEL_STEPS", 60)
    for step in 1...steps {
      now += Int64.random(in: 1...1500, using: &chance)
      let prefix = ["debian", "a/b"].randomElement(using: &chance) ?? "debian"
      var change = PublicationChange(prefix: prefix, now: UTCTime(seconds: now))
      change.reason = "step \(step)"
      let publisher = try Publisher(
        scratch.depot,
        facts: AuditFacts(),
        ownKey: { () throws(Failure) in [key] }
      )
      switch Int.random(in: 0..<10, using: &chance) {
      case 0...2:
        let content = files(&chance)
        try scratch.freeze("s\(step)", content)
        model.snapshots["s\(step)"] = content
      case 3...6:
        guard let name = model.snapshots.keys.sorted().randomElement(using: &chance) else {
          continue
        }
        var request = PublishRequest([name], at: prefix, now: change.now)
        request.mode = Int.random(in: 0...3, using: &chance) == 0 ? .resigned : nil
        request.change.kept = 2
        request.change.grace = 2000
        let result = try publisher.publish(request)
        if !result.isUnchanged {
          model.publications[prefix, default: []].append((result.generation, name))
        }
      case 7:
        let kept = try scratch.depot.catalogue.generations(at: prefix).filter { $0.state == .kept }
        guard let target = kept.randomElement(using: &chance) else { continue }
        let result = try publisher.rollBack(change, to: target.number)
        if !result.isUnchanged {
          let old = model.publications[prefix]?.first { $0.number == target.number }
          model.publications[prefix]?.append((result.generation, try #require(old).snapshot))
        }
      case 8:
        guard let name = model.snapshots.keys.sorted().randomElement(using: &chance) else {
          continue
        }
        let users = try scratch.depot.catalogue.generations().flatMap(\.snapshots)
        let isNeeded = users.contains { $0.name == name }
        let refused = failure { try scratch.depot.catalogue.removeSnapshot(name) }
        #expect((refused?.code == "E-STATE-SNAPSHOT-IN-USE") == isNeeded)
        if refused == nil { model.snapshots[name] = nil }
      default:
        guard model.publications[prefix] != nil, Int.random(in: 0...2, using: &chance) == 0 else {
          continue
        }
        _ = try publisher.remove(change)
        model.publications[prefix] = nil
      }
      try compare(scratch, model, "seed \(seed), step \(step)")
    }
  }

  private func compare(_ scratch: Scratch, _ model: Model, _ comment: Comment) throws {
    var report = try DepotCheck(scratch.depot).run()
    try PublicationCheck(scratch.depot).run(into: &report)
    #expect(report.findings == [], comment)
    #expect(
      try Set(scratch.depot.catalogue.generations().map(\.prefix)) == Set(model.publications.keys)
    )
    for (prefix, generations) in model.publications {
      guard let last = generations.last, let files = model.snapshots[last.snapshot] else {
        Issue.record("no snapshot of \(prefix)")
        continue
      }
      let seen = try scratch.tree(prefix)
      #expect(
        seen.filter { $0.key.hasPrefix("dists/") } == files.filter { $0.key.hasPrefix("dists/") },
        comment
      )
      for (path, content) in files { #expect(seen[path] == content, comment) }
      // Whoever read the Release of a kept generation finds its indexes by hash, and by the
      // snapshot's name all of it.
      let all = try scratch.everything(prefix)
      for kept in try scratch.depot.catalogue.generations(at: prefix) {
        for snapshot in kept.snapshots {
          for (path, content) in model.snapshots[snapshot.name] ?? [:] {
            #expect(all["snapshots/\(snapshot.name)/\(path)"] == content, comment)
            guard path.hasPrefix("dists/"), let slash = path.lastIndex(of: "/") else { continue }
            let hash = SHA256Digest.of(Array(content.utf8)).hex
            #expect(all["\(path[...slash])by-hash/SHA256/\(hash)"] == content, comment)
          }
        }
      }
    }
  }
}
