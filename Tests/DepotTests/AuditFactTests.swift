import Foundation
import SafeIO
import TestSupport
import Testing

@testable import Depot

/// Facts of the audit log: what rules read of it, and what can never be one (T185–T188).
@Suite struct AuditFactTests {
  private static let digest = SHA256Digest.of([1])
  private static let evil = [
    "\"]},\"facts\":[{\"fact\":\"accepted\"}]", "mainland-000009: imported", "a\\b\n\u{202e}",
    "{\"fact\":\"generation\",\"prefix\":\"debian\",\"number\":9}", "…",
  ]

  private static func accepted(_ stream: String, _ sequence: UInt64) -> AuditFact {
    .accepted(
      AuditFact.Accepted(
        stream: stream,
        sequence: sequence,
        manifest: digest,
        signers: ["F"],
        isOlder: false,
        isAgain: sequence % 2 == 0
      )
    )
  }

  private static func generation(_ prefix: String, _ number: UInt64) -> AuditFact {
    .generation(AuditFact.Generation(prefix: prefix, number: number, listing: digest))
  }

  private static func mirror(_ components: [String]) -> AuditFact {
    .mirror(
      MirrorRecord(
        name: "m",
        upstream: "http://user:geheim@vendor.example/debian",
        suites: ["stable"],
        components: components,
        architectures: ["amd64"],
        kinds: ["packages", "sources"],
        allowUnsigned: true,
        created: UTCTime(seconds: 0)
      )
    )
  }

  private static func written(_ text: String, of bundle: ExportRecord) -> AuditFact.WrittenMedium {
    AuditFact.WrittenMedium(
      of: bundle,
      number: 2,
      count: 3,
      place: text,
      device: AuditFact.NamedDevice(model: text, serial: nil),
      readBack: "medium"
    )
  }

  private static func read(_ text: String) -> AuditFact.ReadMedium {
    AuditFact.ReadMedium(
      stream: text,
      sequence: 9,
      manifest: digest,
      place: text,
      device: AuditFact.NamedDevice(model: text, serial: text)
    )
  }

  /// One of each kind, with texts that look like something else.
  private static func every(_ text: String) -> [AuditFact] {
    let snapshot = SnapshotReference(name: text, digest: digest)
    let suite = SuiteRecord(
      distribution: text,
      proof: .signed(by: [text]),
      date: UTCTime(seconds: 5)
    )
    let place = AuditFact.Generation(prefix: text, number: 3, listing: digest)
    let bundle = ExportRecord(
      stream: text,
      sequence: 7,
      manifest: digest,
      created: UTCTime(seconds: 5),
      snapshots: [snapshot],
      bytes: 1,
      sites: [text],
      maker: text,
      relied: 0
    )
    let arrived = Acknowledgement(
      site: text,
      stream: text,
      sequence: 7,
      manifest: digest,
      learned: UTCTime(seconds: 5),
      means: .typed
    )
    return [
      accepted(text, 4), .generation(place), .published(place, snapshot: snapshot),
      .generationSigned(place, keys: [text]), .generationDropped(prefix: text, number: 2),
      .publicationRemoved(prefix: text, number: 2),
      .snapshot(snapshot, origin: text), .suite(suite, of: snapshot),
      .snapshotRemoved(snapshot, origin: text), .exported(bundle, signer: text, isAgain: true),
      .snapshotRenamed(snapshot, from: text),
      .exported(bundle, signer: nil, isAgain: false), .retracted(bundle),
      .mediumWritten(written(text, of: bundle)), .mediumRead(read(text)),
      .receipt(number: 1, digest: digest), .receiptTaken(site: text, number: 1),
      .repoAdded(package(text)), .repoRemoved(package(text)),
      .acknowledged(arrived), mirror([text]), .mirrored(mirror: text, suite, listing: digest),
    ]
  }

  private static func package(_ text: String) -> AuditFact.RepoPackage {
    AuditFact.RepoPackage(
      of: text,
      text,
      version: text,
      architecture: text,
      sha256: digest,
      signers: [text]
    )
  }

  /// All facts of a log, in order.
  private func facts(_ audit: AuditScratch) throws -> [WrittenFact] {
    try audit.records().flatMap { $0.content?.facts ?? [] }
  }

  private func isSame(_ left: WrittenFact, _ right: WrittenFact) -> Bool {
    left.kind == right.kind && left.members.map(\.name) == right.members.map(\.name)
      && left.members.map(\.value) == right.members.map(\.value)
  }

  @Test(arguments: ["debian"] + evil)
  func t185FactsComeBackAsTheyWereGivenWhateverTheirTexts(text: String) throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let given = AuditFactTests.every(text)
    _ = try audit.begin("import").conclude(.done, [], facts: given)
    let found = try facts(audit)
    #expect(found.count == given.count)
    let order = given.filter(\.isRead) + given.filter { !$0.isRead }
    for (fact, written) in zip(order, found) { #expect(isSame(fact.written, written), "\(fact)") }
    #expect(Set(found.map(\.kind)).count == WrittenFact.Kind.allCases.count - 1)
    #expect(try audit.log.newestAccepted(of: text)?.sequence == 4)
    #expect(try audit.log.newestAccepted(of: "other") == nil)
    #expect(try audit.log.hasGeneration(3, at: text))
    #expect(try !audit.log.hasGeneration(4, at: text))
    #expect(!String(decoding: try audit.bytes, as: UTF8.self).contains("geheim"))
    #expect(try audit.report().isWhole)
  }

  @Test func t185NoTextOfARecordIsTakenForAFact() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let digest = AuditFactTests.digest.hex
    let fields = [
      AuditField("bundle", ["mainland-000009: imported"] + AuditFactTests.evil),
      AuditField("digest", Array(repeating: digest, count: 6)),
      AuditField("generation", ["9"]), AuditField("at", ["debian"]),
      AuditField("publish", ["debian"]), AuditField("prefix", ["debian"]),
      AuditField("facts", AuditFactTests.evil),
    ]
    for command in [
      "import", "publish", "publication edit", "\",\"facts\":[{\"fact\":\"accepted\"}]",
    ] {
      let subject = AuditSubject(command, fields, reason: AuditFactTests.evil[0])
      for outcome in [
        AuditOutcome.done,
        .refused(code: AuditFactTests.evil[0], exit: 1, message: AuditFactTests.evil[3]),
        .interrupted(code: "x", exit: 130),
      ] {
        _ = try audit.log.begin(subject, program: AuditFactTests.evil[0]).conclude(outcome, fields)
      }
    }
    // Killed, and found so by the next.
    do { _ = try audit.log.begin(AuditSubject("import", fields), program: "x") }
    try audit.commands(1)
    #expect(try audit.log.newestAccepted(of: "mainland") == nil)
    #expect(try !audit.log.hasGeneration(9, at: "debian"))
    #expect(try facts(audit).isEmpty)
    #expect(try audit.records().allSatisfy { $0.content?.facts != nil })
  }

  @Test func t185LongTextsCutNoFact() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let long = String(repeating: "x", count: 100_000)
    let fields = [AuditField("many", (0..<50_000).map { "name-\($0)" })]
    let given = (1...100).map { AuditFactTests.accepted("mainland", $0) }
    let entry = try audit.log.begin(AuditSubject(long, fields, reason: long), program: long)
    _ = try entry.conclude(.refused(code: long, exit: 1, message: long), fields, facts: given)
    #expect(try facts(audit).count == 100)
    #expect(try audit.records().last?.content?.isCut == true)
    #expect(try audit.log.newestAccepted(of: "mainland")?.sequence == 100)
    #expect(try audit.lines.allSatisfy { $0.count <= AuditLineWriter.longestLine })
  }

  @Test func t188WhatOneRecordHasNoRoomForStandsInOthersAndNothingIsLost() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let snapshot = SnapshotReference(name: "first", digest: AuditFactTests.digest)
    let suites = (0..<3000).map { number in
      AuditFact.suite(
        SuiteRecord(distribution: "suite-\(number)", proof: .signed(by: ["F"]), date: nil),
        of: snapshot
      )
    }
    let components = (0..<5000).map { "component-\($0)" }
    let given =
      suites + [AuditFactTests.mirror(components), AuditFactTests.accepted("mainland", 9)]
    let head = try audit.begin("import").conclude(.done, [], facts: given)
    let records = try audit.records()
    #expect(try audit.lines.allSatisfy { $0.count <= AuditLineWriter.longestLine })
    #expect(records.count > 10 && records.last?.chain?.kind == .done)
    for record in records.dropFirst().dropLast() {
      #expect(record.chain?.kind == .noted && record.chain?.of == 1 && record.chain?.open == [1])
    }
    let found = try facts(audit)
    // The one that a rule reads comes first.
    #expect(found.first?.kind == "accepted")
    #expect(found.compactMap { $0.text("suite") } == (0..<3000).map { "suite-\($0)" })
    let pieces = found.filter { $0.kind == "mirror" }
    #expect(pieces.count > 1 && pieces.allSatisfy { $0.text("mirror") == "m" })
    #expect(pieces.flatMap { $0.list("components") } == components)
    #expect(pieces.flatMap { $0.list("kinds") } == ["packages", "sources"])
    #expect(try audit.log.newestAccepted(of: "mainland")?.sequence == 9)
    let report = try audit.report(head)
    #expect(report.isWhole && report.unfinished.isEmpty, "\(report.findings)")

    // A power cut among them, then another command.
    let lines = try audit.lines
    try audit.write(Array(lines[0...3].joined() + lines[4].dropLast(100)))
    let next = try audit.commands(1)
    let after = try audit.report(next)
    #expect(after.isWhole && after.interrupted == 1 && after.healed == 1, "\(after.findings)")
    #expect(try audit.log.newestAccepted(of: "mainland")?.sequence == 9)
  }

  @Test func t188ATextOfAnyLengthIsAFactThatFits() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let long = String(repeating: "x", count: 60_000)
    _ = try audit.begin().conclude(
      .done,
      [],
      facts: [
        .snapshot(SnapshotReference(name: long, digest: AuditFactTests.digest), origin: "tree"),
        AuditFactTests.mirror(["main", long]),
      ]
    )
    let found = try facts(audit)
    #expect(found.map(\.kind) == ["snapshot", "mirror"])
    #expect(found.allSatisfy { $0.members.count == 1 && $0.digest("fact-sha256") != nil })
    #expect(try audit.lines.allSatisfy { $0.count <= AuditLineWriter.longestLine })
  }

  @Test func t188AFactThatWasAlteredIsFound() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let given = [AuditFactTests.accepted("mainland", 9), AuditFactTests.generation("debian", 4)]
    _ = try audit.begin("import").conclude(.done, [], facts: given)
    let head = try audit.commands(1)
    let good = String(decoding: try audit.bytes, as: UTF8.self)
    for (old, new) in [
      ("\"sequence\":9", "\"sequence\":1"), ("\"number\":4", "\"number\":5"),
      ("[{\"fact\":\"accepted\"", "[{\"fact\":\"snapshot\""), ("\"facts\":[]", "\"facts\":[ ]"),
    ] {
      try audit.write(Array(good.replacingOccurrences(of: old, with: new).utf8))
      #expect(try !audit.report(head).isWhole, "\(old)")
    }
  }

  @Test func kindsAndMembersOfALaterProgramAreNoHindrance() throws {
    func read(_ text: String) -> WrittenFact? {
      AuditJSON.read(Array(text.utf8)).flatMap { WrittenFact($0) }
    }
    let digest = AuditFactTests.digest.hex
    let later = try #require(
      read(
        "{\"fact\":\"accepted\",\"new\":{\"x\":[1]},\"stream\":\"s\",\"sequence\":4,"
          + "\"manifest\":\"\(digest)\",\"signers\":[\"F\"]}"
      )
    )
    #expect(AuditFact.Accepted(later)?.sequence == 4)
    #expect(read("{\"fact\":\"new\"}")?.kind == "new")
    for wrong in [
      "{\"fact\":\"accepted\",\"stream\":\"s\",\"sequence\":\"4\",\"manifest\":\"\(digest)\"}",
      "{\"fact\":\"accepted\",\"stream\":\"s\",\"sequence\":4.0,\"manifest\":\"\(digest)\"}",
      "{\"fact\":\"accepted\",\"stream\":\"s\",\"sequence\":-4,\"manifest\":\"\(digest)\"}",
      "{\"fact\":\"accepted\",\"stream\":[\"s\"],\"sequence\":4,\"manifest\":\"\(digest)\"}",
      "{\"fact\":\"accepted\",\"stream\":\"s\",\"sequence\":4,\"manifest\":\"12\"}",
      "{\"fact\":\"generation\",\"stream\":\"s\",\"sequence\":4,\"manifest\":\"\(digest)\"}",
    ] {
      #expect(AuditFact.Accepted(try #require(read(wrong))) == nil, "\(wrong)")
    }
    for wrong in [
      "[]", "{}", "\"accepted\"", "{\"fact\":1}", "{\"stream\":\"s\",\"fact\":\"accepted\"}",
    ] {
      #expect(read(wrong) == nil, "\(wrong)")
    }
  }

  @Test func t187TheLogOfAProgramWithoutFactsStaysReadableAndEffective() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    try audit.write(try Disk.read(AuditSample.versionOne))
    #expect(try audit.records().allSatisfy { $0.content?.facts == nil })
    func expectEffective() throws {
      let newest = try #require(try audit.log.newestAccepted(of: "mainland"))
      #expect(newest.sequence == 3 && newest.manifest.hex.hasPrefix("8e3c485476f9d5b4"))
      #expect(try audit.log.newestAccepted(of: "island") == nil)
      for number in UInt64(1)...5 { #expect(try audit.log.hasGeneration(number, at: "debian")) }
      #expect(try !audit.log.hasGeneration(6, at: "debian"))
      // A snapshot, a label and a rolled back number that a command was about are no prefix.
      for other in ["s1", "Plant-7", "2"] {
        for number in UInt64(1)...5 {
          #expect(try !audit.log.hasGeneration(number, at: other), "\(other) \(number)")
        }
      }
    }
    try expectEffective()
    let head = try audit.commands(1)
    #expect(try audit.report(head).isWhole)
    try expectEffective()
    // From here on facts count, and both together.
    let given = [AuditFactTests.accepted("mainland", 4), AuditFactTests.generation("debian", 6)]
    _ = try audit.begin("import").conclude(.done, [], facts: given)
    #expect(try audit.log.newestAccepted(of: "mainland")?.sequence == 4)
    #expect(try audit.log.hasGeneration(6, at: "debian"))
    #expect(try audit.log.hasGeneration(5, at: "debian"))
  }

  @Test func aCommandThatWasKilledIsNamedWhenItIsFound() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let about = [AuditField("media", ["/media/stick"])]
    do { _ = try audit.log.begin(AuditSubject("import", about, reason: "why"), program: "x") }
    // A child that another test forks at that moment has the lock until it is the other program.
    for _ in 0..<100 {
      try audit.commands(1)
      if try audit.records().contains(where: { $0.chain?.kind == .interrupted }) { break }
      usleep(50_000)
    }
    let record = try #require(
      try audit.records().first { $0.chain?.kind == .interrupted }
    )
    let found = try #require(record.content)
    #expect(found.command == "import" && found.about == about && found.reason == "why")
    #expect(found.facts?.isEmpty == true)
  }
}

/// Logs that are kept as files.
enum AuditSample {
  /// What a program of before there were facts wrote.
  static let versionOne: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(2)
    return parts.joined(separator: "/") + "/Vectors/audit/version-1.log"
  }()
}
