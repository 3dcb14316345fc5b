import Foundation
import SafeIO
import TestSupport
import Testing

/// What an export and an import say of their media: on paper, in the ledger and in the audit log.
@Suite struct ExportSlipTests {
  private func crossing(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    try crossing.forge.build(.small())
    try crossing.freeze("first", "stable")
    return crossing
  }

  /// The facts of a kind in the log of a depot.
  private func facts(_ depot: String, _ kind: String) throws -> [[String: Any]] {
    try Disk.text(depot + "/audit.log").split(separator: "\n").flatMap { line in
      let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return record?["facts"] as? [[String: Any]] ?? []
    }.filter { $0["fact"] as? String == kind }
  }

  @Test func anExportWritesItsSlip() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let outside = crossing.connected
      let export = ["export", "first", "--to", crossing.medium]
      let wrong: [[String]] = [
        ["--slip", scratch.path("x.txt"), "--dry-run"], ["--marking", "X"],
        ["--slip", scratch.path("x.txt"), "--marking", ""],
      ]
      for words in wrong { #expect(try outside(export + words).refused(.usage), "\(words)") }
      let refused = try outside(export + ["--slip", scratch.path("connected/slip.html")])
      #expect(refused.refused(.unsafe, "inside-depot"), "\(refused.everything)")
      #expect(try Disk.names(in: crossing.medium).isEmpty)
      let file = scratch.path("slip.html")
      try outside(export + ["--slip", file, "--marking", "SITE ONLY", "--purpose", "CR 4711"])
        .succeeded()
      let page = try Disk.text(file)
      for word in ["SITE ONLY", "CR 4711", "medium 1 of 1", "made by this depot", "<svg "] {
        #expect(page.contains(word), "\(word)")
      }
      // Without a medium, it comes out the same but for its time.
      let again = scratch.path("again.html")
      let words = ["slip", "--bundle", "mainland-000001", "--marking", "SITE ONLY"]
      try outside(words + ["--purpose", "CR 4711", "--to", again]).succeeded()
      func timeless(_ text: String) -> String {
        text.replacing(/Slip made<.*/, with: "")
      }
      #expect(timeless(try Disk.text(again)) == timeless(page))
    }
  }

  @Test func aSlipOfASetSaysWhichMediaAreStillToBeWritten() throws {
    try withScratchDirectory { scratch in
      let (crossing, media) = try SlipTests.set(scratch)
      let export = ["export", "first", "--full", "--media", "1MB×20", "--chunk-size", "64KiB"]
      let other = try scratch.directory("other")
      try Disk.makeDirectory(other + "/MAINLAN-2-2/mainland-000002")
      let file = scratch.path("slip.json")
      let result = try crossing.connected(export + ["--media-dir", other, "--slip", file])
      #expect(result.refused(.incomplete, "media-missing"), "\(result.everything)")
      let slip = try #require(try SlipTests.slips(try Disk.text(file)).first)
      let all = try #require(slip["media"] as? [[String: Any]])
      #expect(all.count == media.count)
      for (index, medium) in all.enumerated() {
        #expect((medium["written"] is String) == (index != 1), "\(medium)")
      }
    }
  }

  @Test func theLedgerAndTheLogNameTheMedia() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.export("first")
      let (outside, inside) = (scratch.path("connected"), scratch.path("isolated"))
      let written = try facts(outside, "medium-written")
      #expect(written.count == 1)
      #expect(written[0]["number"] as? Int == 1 && written[0]["of"] as? Int == 1, "\(written)")
      #expect(written[0]["place"] as? String == crossing.bundle(), "\(written)")
      #expect(written[0]["read-back"] as? String == "none", "\(written)")
      let ledger = try crossing.connected("ledger", "show", "--json").succeeded()
      let document = try JSONSerialization.jsonObject(with: Data(ledger.utf8)) as? [String: Any]
      let made = try #require(document?["made"] as? [[String: Any]])
      let media = try #require(made[0]["media"] as? [[String: Any]])
      #expect(media.map { $0["place"] as? String } == [crossing.bundle()])
      // What a device said of itself is shown, on one line.
      let record = outside + "/exports/mainland-000001/MEDIA"
      let device = "Model: Harbour Stick\nSerial: 4C53\u{1b}[2J\nRead-Back:"
      try Disk.write(try Disk.text(record).replacing("Read-Back:", with: device), to: record)
      let shown = try crossing.connected("ledger", "show").succeeded()
      #expect(!shown.contains("\u{1b}"), "\(shown)")
      if shown.contains("Harbour Stick") { #expect(shown.contains("4C53\\x1b[2J"), "\(shown)") }
      try Disk.write("nothing", to: record)
      let damaged = try crossing.connected("ledger", "show")
      #expect(damaged.status == 0 && damaged.text.contains("record of the bundle's media"))
      #expect(damaged.text.contains("mainland-000001"), "\(damaged.everything)")
      try crossing.isolated("import", crossing.medium).succeeded()
      let read = try facts(inside, "medium-read")
      #expect(read.map { $0["place"] as? String } == [crossing.bundle()], "\(read)")
      try crossing.isolated("audit", "verify").succeeded()
    }
  }

  @Test func aBundleOnOneMediumIsWrittenAgain() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.export("first")
      Disk.remove(crossing.bundle())
      let words = ["export", "--continue", "mainland-000001", "--to", crossing.medium]
      try crossing.connected(words + ["--again", "1"]).succeeded()
      try crossing.isolated("import", crossing.medium).succeeded()
      #expect(try facts(scratch.path("connected"), "medium-written").count == 2)
    }
  }
}
