import Foundation
import SafeIO
import TestSupport
import Testing

@testable import Depot

/// Writing the log: power cuts (T114), hostile text (T141), commands that end without a word.
@Suite struct AuditLogTests {
  @Test func aRecordTornAnywhereIsToldAndHealedAndNeverRemoved() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    try audit.commands(2)
    let before = try audit.bytes
    let whole = try audit.commands(1)
    let after = try audit.bytes
    #expect(whole.sequence == 6)
    // The last command's two records, cut at every byte: a power cut or a full disk.
    for size in before.count..<after.count {
      let cut = Array(after[..<size])
      try audit.write(cut)
      let torn = size - (cut.lastIndex(of: 0x0a) ?? -1) - 1
      let report = try audit.report()
      #expect(report.isWhole && report.torn == UInt64(torn), "\(size): \(report.findings)")
      // With a line feed alone, what ends in a brace would be a record.
      guard size % 29 == 0 || cut.last == 0x7d else { continue }
      let head = try audit.commands(1)
      let healed = try audit.report(head)
      #expect(healed.isWhole, "\(size): \(healed.findings)")
      #expect(healed.healed == (torn == 0 ? 0 : 1) && healed.torn == 0, "\(size)")
      #expect(try audit.bytes.starts(with: cut), "\(size)")
      #expect(healed.unfinished.isEmpty)
    }
  }

  @Test func whatAPowerCutLeavesInsteadOfARecordIsHealedToo() throws {
    let remains: [[UInt8]] = [
      [UInt8](repeating: 0, count: 4096), [UInt8](repeating: 0, count: 600) + [0x0a],
      Array("{\"seq\":5,\"prev\":\"".utf8) + [UInt8](repeating: 0, count: 300) + Array("}\n".utf8),
      Array("stale\nblocks\n\n\nof other files".utf8), [0x0a], Array("{}\n{}\n".utf8),
      [UInt8](repeating: 0xff, count: 70_000),
    ]
    for (index, remain) in remains.enumerated() {
      let audit = try AuditScratch()
      defer { audit.remove() }
      try audit.commands(2)
      try audit.write(try audit.bytes + remain)
      let report = try audit.report()
      #expect(report.isWhole && report.torn == UInt64(remain.count), "\(index): \(report)")
      let head = try audit.commands(1)
      let healed = try audit.report(head)
      #expect(healed.isWhole && healed.healed == 1, "\(index): \(healed.findings)")
      #expect(healed.records == 7, "\(index)")
      // Whoever alters what was torn afterwards is found as well.
      var bytes = try audit.bytes
      let start = try #require(bytes.firstRange(of: remain)?.lowerBound)
      bytes[start] = 0x21
      try audit.write(bytes)
      #expect(try !audit.report(head).isWhole, "\(index)")
    }
  }

  @Test func whatIsNoRestOfARecordIsNotWrittenBehind() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    try audit.commands(1)
    let damaged = try audit.bytes + [UInt8](repeating: 0x41, count: 300_000)
    try audit.write(damaged)
    let found = failure { _ = try audit.begin() }
    #expect(found == Failure(.integrity, "audit-log", ""), "\(String(describing: found))")
    #expect(try audit.bytes == damaged)
    #expect(try !audit.report().isWhole)
  }

  @Test func aCommandThatEndsWithoutAWordIsNotedByTheNext() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    try audit.commands(1)
    do { _ = try audit.begin("killed") }
    let report = try audit.report()
    #expect(report.isWhole)
    #expect(report.unfinished == [AuditReport.Unfinished(sequence: 3, isRunning: false)])
    let running = try audit.begin("running")
    let records = try audit.records()
    #expect(records.compactMap(\.chain?.kind) == [.begun, .done, .begun, .interrupted, .begun])
    try #require(records.count == 5)
    #expect(records[3].chain?.of == 3)
    #expect(records[4].chain?.open == [5])
    // One that is alive is left alone.
    try audit.commands(1)
    #expect(
      try audit.report().unfinished == [AuditReport.Unfinished(sequence: 5, isRunning: true)]
    )
    _ = try running.conclude(.refused(code: "E-X-Y", exit: 18, message: "no"), [])
    let last = try #require(try audit.records().last)
    #expect(last.chain?.kind == .refused && last.chain?.of == 5 && last.chain?.open == [])
    #expect(last.content?.code == "E-X-Y" && last.content?.exit == 18)
    #expect(try audit.report().interrupted == 1)
  }

  @Test func hostileTextIsOneLineThatComesBackAsItWas() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let evil = [
      "\n{\"seq\":99}\n", "\u{1b}]52;c;eA==\u{7}", "\u{202e}gpj.exe", "\"\\/\u{8}\u{c}\r\t",
      "\u{e0041}\u{2028}\u{2029}\u{85}\u{9b}\u{7f}\u{0}", "ä 漢 🚢", "\u{fffd}",
      String(decoding: [0x61, 0xff, 0xfe, 0x62] as [UInt8], as: UTF8.self), "",
    ]
    let entry = try audit.log.begin(
      AuditSubject(
        evil[0],
        [AuditField("names", evil), AuditField("names", ["x"])],
        reason: evil[3]
      ),
      program: evil[1]
    )
    _ = try entry.conclude(
      .refused(code: "E-A", exit: 1, message: evil[4]),
      evil.map { AuditField("detail", [$0]) }
    )
    #expect(try audit.lines.count == 2)
    for line in try audit.lines {
      #expect(line.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f })
      let text = String(decoding: line.dropLast(), as: UTF8.self)
      #expect(!text.unicodeScalars.contains(where: Escaped.isDangerous))
      _ = try JSONSerialization.jsonObject(with: Data(line))
    }
    let records = try audit.records().compactMap(\.content)
    #expect(records[0].about == [AuditField("names", evil + ["x"])])
    #expect(records[0].command == evil[0] && records[0].program == evil[1])
    #expect(records[0].reason == evil[3] && records[1].message == evil[4])
    #expect(records[1].details == [AuditField("detail", evil)])
    #expect(!records[0].isCut && !records[1].isCut)
    #expect(try audit.report().isWhole)
  }

  @Test func anyLengthFitsAndSaysThatItWasCut() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let long = String(repeating: "\u{202e}", count: 100_000)
    let many = (0..<50_000).map { "name-\($0)" }
    for about in [
      [AuditField("one", [long])], [AuditField("many", many)],
      (0..<3000).map { AuditField("field-\($0)", [long]) },
      [AuditField("one", [String(repeating: "x", count: 2047) + "🚢"])],
    ] {
      let entry = try audit.begin(long, about)
      _ = try entry.conclude(.refused(code: long, exit: 1, message: long), about)
    }
    for (line, record) in zip(try audit.lines, try audit.records()) {
      #expect(line.count <= AuditLineWriter.longestLine)
      #expect(record.content?.isCut == true)
      _ = try JSONSerialization.jsonObject(with: Data(line))
    }
    let cut = try #require(try audit.records()[2].content)
    #expect(cut.about[0].values.count > 100 && cut.about[0].values[0] == "name-0")
    #expect(try audit.records()[0].content?.about[0].values[0].hasSuffix("…") == true)
    #expect(try audit.report().isWhole)
  }

  @Test(arguments: [
    ("http://user:secret@host/path", "http://…@host/path"),
    ("tor+https://t:o@k:e@n@host:8/@x", "tor+https://…@host:8/@x"),
    ("a://b@c d://e:f@g", "a://…@c d://…@g"), ("mail@example", "mail@example"),
    ("https://host/?x=a@b", "https://host/?x=a@b"), ("://", "://"), ("x://u:p@", "x://…@"),
  ])
  func aPasswordInAnAddressIsNotRecorded(text: String, expected: String) {
    #expect(AuditLineWriter.withoutCredentials(text) == expected)
  }

  @Test func theFileIsPrivateAndOnlyEverAppendedTo() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let mask = umask(0)
    defer { umask(mask) }
    var before: [UInt8] = []
    for _ in 1...5 {
      try audit.commands(1)
      let now = try audit.bytes
      #expect(now.starts(with: before))
      before = now
    }
    #expect(try audit.scratch.mode("audit.log") == 0o600)
    #expect(try audit.scratch.mode("audit.lock") == 0o600)
  }

  @Test func manyThreadsLoseAndMixNothing() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let log = audit.log
    try Threads.forEach(count: 16) { (number) throws(Failure) in
      for round in 0..<10 {
        let entry = try log.begin(AuditSubject("\(number) \(round)"), program: "test")
        _ = try entry.conclude(.done, [])
      }
    }
    let report = try audit.report()
    #expect(report.isWhole && report.records == 320, "\(report.findings)")
    #expect(report.unfinished.isEmpty && report.interrupted == 0)
    let commands = Set(try audit.records().compactMap(\.content?.command))
    #expect(commands.count == 160)
  }

  @Test func timesSelectRecords() throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    try audit.commands(2)
    var count = 0
    try audit.log.forEachRecord(since: UTCTime.now().adding(seconds: 60)) { _ in count += 1 }
    #expect(count == 0)
    try audit.log.forEachRecord(since: .earliest, until: .latest) { _ in count += 1 }
    #expect(count == 4)
    try audit.log.forEachRecord(until: .earliest) { _ in count += 1 }
    #expect(count == 4)
  }

  @Test(arguments: [
    "{", "{}}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{\"a\":\"\u{1}\"}", "[1,]", "{\"a\":tru}",
    "\"\\ud800\"", "\"\\x\"", "{\"a\":--1}", "", "{\"a\"}", String(repeating: "[", count: 9),
  ])
  func whatIsNoJSONIsNoRecord(text: String) {
    #expect(AuditJSON.read(Array(text.utf8)) == nil)
  }
}
