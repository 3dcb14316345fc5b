import Foundation
import SafeIO
import Testing

@testable import Depot

/// Threats T144 and T145: a log that was altered, cut or forked says so.
@Suite struct AuditChainTests {
  /// A log of six commands, damaged in a way, read with what the catalogue knows of it.
  private func expectFinding(
    _ what: String,
    naming sequence: UInt64,
    line: UInt64? = nil,
    _ damage: (inout [[UInt8]]) -> Void
  ) throws {
    let audit = try AuditScratch()
    defer { audit.remove() }
    let head = try audit.commands(6)
    #expect(try audit.report(head).isWhole)
    var lines = try audit.lines
    #expect(lines.count == 12)
    damage(&lines)
    try audit.write(lines.flatMap { $0 })
    let report = try audit.report(head)
    #expect(!report.isWhole, "\(what)")
    let first = report.findings.min { ($0.sequence, $0.line) < ($1.sequence, $1.line) }
    #expect(first?.sequence == sequence, "\(what): \(report.findings)")
    if let line { #expect(first?.line == line, "\(what): \(report.findings)") }
    let found = failure { try report.requireWhole("audit.log") }
    #expect(found == Failure(.integrity, "audit-log", ""), "\(what)")
    #expect(found?.reason.contains("ecord") == true || first?.line == 0)
  }

  @Test func anEditOfAnyRecordIsFoundWhereverItIs() throws {
    for record in 1...12 as ClosedRange<Int> {
      for text in ["\"program\"", "T", "\"uid\":", "command"] {
        try expectFinding(
          "\(text) of \(record)",
          naming: UInt64(record),
          line: UInt64(record)
        ) { lines in
          let line = String(decoding: lines[record - 1], as: UTF8.self)
          // One byte, so that the text remains a record where it was one.
          let place = line.range(of: text) ?? line.startIndex..<line.endIndex
          var bytes = lines[record - 1]
          let index = line.utf8.distance(from: line.startIndex, to: place.upperBound) + 1
          bytes[index] = bytes[index] == 0x31 ? 0x32 : 0x31
          lines[record - 1] = bytes
        }
      }
    }
  }

  @Test func aRemovedRecordIsNamed() throws {
    for record in 1...12 as ClosedRange<Int> {
      try expectFinding("removed \(record)", naming: UInt64(record)) { $0.remove(at: record - 1) }
    }
  }

  @Test func exchangedRecordsAreNamed() throws {
    for record in 1...11 as ClosedRange<Int> {
      try expectFinding("exchanged \(record)", naming: UInt64(record), line: UInt64(record)) {
        $0.swapAt(record - 1, record)
      }
    }
  }

  @Test func aRepeatedRecordIsNamed() throws {
    for record in 1...12 as ClosedRange<Int> {
      try expectFinding("repeated \(record)", naming: UInt64(record), line: UInt64(record + 1)) {
        $0.insert($0[record - 1], at: record)
      }
    }
  }

  @Test func aLogThatWasCutLacksWhatTheCatalogueKnows() throws {
    for kept in 0...11 as ClosedRange<Int> {
      try expectFinding("cut behind \(kept)", naming: 12, line: 0) { $0 = Array($0.prefix(kept)) }
    }
  }

  @Test func aRecordReplacedByAWellFormedOneIsFound() throws {
    // What somebody writes who knows the format: the whole rest would have to be made anew.
    for record in 2...11 as ClosedRange<Int> {
      try expectFinding("forged \(record)", naming: UInt64(record)) { lines in
        let text = String(decoding: lines[record - 1], as: UTF8.self)
        lines[record - 1] = Array(
          text.replacingOccurrences(of: "\"user\":\"", with: "\"user\":\"x").utf8
        )
      }
    }
  }

  @Test func aLogWrittenAnewAsAWholeIsFoundByItsHead() throws {
    let (audit, other) = (try AuditScratch(), try AuditScratch())
    defer { audit.remove() }
    defer { other.remove() }
    let head = try audit.commands(3)
    try other.begin("forged").conclude(.done, []).expectSequence(2)
    try other.commands(2)
    try audit.write(try other.bytes)
    #expect(try audit.report().isWhole)
    let report = try audit.report(head)
    #expect(report.findings.map(\.sequence) == [6], "\(report.findings)")
    #expect(try !audit.log.contains(head))
  }

  @Test func twoCopiesThatWentOnAfterARestoreAreToldApart() throws {
    let (first, second) = (try AuditScratch(), try AuditScratch())
    defer { first.remove() }
    defer { second.remove() }
    let common = try first.commands(2)
    try second.write(try first.bytes)
    let one = try first.commands(1)
    let two = try second.commands(1)
    #expect(one.sequence == two.sequence && one != two)
    for (audit, own, foreign) in [(first, one, two), (second, two, one)] {
      #expect(try audit.report(own).isWhole)
      #expect(try audit.log.contains(common))
      #expect(try audit.log.contains(own))
      #expect(try !audit.log.contains(foreign))
      let report = try audit.report(foreign)
      #expect(report.findings.map(\.sequence) == [6], "\(report.findings)")
    }
  }

  @Test func twoHeadsOfOneNumberFromElsewhereAreAnAlarmAndBothAreKept() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let catalogue = try scratch.depot().catalogue
    func foreign(_ log: String, _ sequence: UInt64, _ text: String) -> ForeignAuditHead {
      ForeignAuditHead(
        log: log,
        head: AuditHead(sequence: sequence, digest: SHA256Digest.of(Array(text.utf8))),
        seen: UTCTime(seconds: 7),
        source: "receipt"
      )
    }
    try catalogue.record(foreign("A", 5, "five"))
    try catalogue.record(foreign("A", 5, "five"))
    try catalogue.record(foreign("A", 9, "nine"))
    try catalogue.record(foreign("B", 5, "another"))
    let found = failure { try catalogue.record(foreign("A", 5, "other")) }
    #expect(found == Failure(.integrity, "audit-forked", ""))
    #expect(found?.details.count == 2)
    #expect(try catalogue.foreignAuditHeads(of: "A").map(\.head.sequence) == [5, 5, 9])
    #expect(try catalogue.foreignAuditHeads().count == 4)
  }

  @Test func theCatalogueKeepsTheNewestHeadBesideEachChange() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    #expect(try depot.catalogue.auditCheckpoint() == nil)
    let entry = try depot.audit.begin(AuditSubject("snapshot create"), program: "test")
    depot.catalogue.noteAuditHead(with: entry.head)
    _ = try depot.freeze("one", ["a": "a"])
    #expect(try depot.catalogue.auditCheckpoint() == entry.head)
    let done = try entry.conclude(.done, [])
    try depot.catalogue.noteAuditHead(done)
    #expect(try depot.catalogue.auditCheckpoint() == done)
    // A command that was overtaken does not take it back.
    try depot.catalogue.noteAuditHead(entry.head)
    #expect(try depot.catalogue.auditCheckpoint() == done)
    #expect(try depot.audit.head() == done)
  }

  @Test func aHeadIsReadAsItIsWritten() {
    let head = AuditHead(sequence: 12, digest: SHA256Digest.of([1]))
    #expect(AuditHead(text: head.text) == head)
    for text in ["", "12", "12:", ":" + head.digest.hex, "0:" + head.digest.hex, head.text + "0"] {
      #expect(AuditHead(text: text) == nil, "\(text)")
    }
  }
}

extension AuditHead {
  fileprivate func expectSequence(_ sequence: UInt64) { #expect(self.sequence == sequence) }
}
