import Depot
import Foundation
import SafeIO
import TestSupport
import Testing
import Transfer

/// A bundle on several media.
@Suite struct MediaSetTests {
  private let media = ["--media", "1MB×20", "--chunk-size", "64KiB"]

  private func crossing(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    // Some 3 MB that do not compress.
    let packages = (0..<30).map {
      ForgedPackage("crate\($0)", architecture: "all", payload: 100_000)
    }
    try crossing.forge.build(ForgedSuite("stable", ["main": packages]))
    try crossing.freeze("first", "stable")
    return crossing
  }

  /// The media that were written, in order.
  private func written(_ crossing: Crossing) throws -> [String] {
    try Disk.names(in: crossing.medium).map { crossing.medium + "/" + $0 }
      .sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }
  }

  @Test func everyChunkLiesOnOneMediumAndTheListsOnAll() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let plan = try crossing.connected(
        ["export", "first", "--media-dir", crossing.medium, "--dry-run", "--json"] + media
      ).succeeded()
      // A plan needs no place; writing does.
      let nowhere = ["export", "first"] + media
      #expect(try crossing.connected(nowhere + ["--dry-run", "--json"]).succeeded() == plan)
      #expect(try crossing.connected(nowhere).refused(.usage))
      #expect(try Disk.names(in: crossing.medium).isEmpty)
      try crossing.connected(["export", "first", "--media-dir", crossing.medium] + media)
        .succeeded()
      let media = try written(crossing)
      #expect(media.count > 2 && plan.contains("\"media\": \(media.count)"), "\(plan)")
      var chunks: [String] = []
      for medium in media {
        let bundle = medium + "/mainland-000001"
        #expect(try Disk.names(in: bundle).contains("MANIFEST"))
        chunks += try Disk.names(in: bundle + "/chunks")
      }
      #expect(Set(chunks).count == chunks.count)
      let partly = try crossing.isolated(["import"] + media.dropLast())
      #expect(partly.refused(.incomplete, "chunks-missing"), "\(partly.everything)")
      try crossing.isolated(["import"] + media).succeeded()
    }
  }

  @Test func theLayoutDependsOnTheChunkSizeAlone() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let other = try scratch.directory("other")
      try crossing.connected(["export", "first", "--media-dir", crossing.medium] + media)
        .succeeded()
      try crossing.connected(
        ["export", "first", "--full", "--media-dir", other, "--media", "2MB×9"]
          + ["--chunk-size", "64KiB"]
      ).succeeded()
      let one = try Disk.read(try written(crossing)[0] + "/mainland-000001/SHA256SUMS")
      let name = try Disk.names(in: other)[0]
      #expect(try Disk.read("\(other)/\(name)/mainland-000002/SHA256SUMS") == one)
    }
  }

  @Test func whatIsMissingIsWrittenLater() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      // Something that is in the way of the second medium costs only that one.
      try Disk.makeDirectory(crossing.medium + "/MAINLAN-1-2/mainland-000001")
      let result = try crossing.connected(
        ["export", "first", "--media-dir", crossing.medium] + media
      )
      #expect(result.refused(.incomplete, "media-missing"), "\(result.everything)")
      #expect(result.errors.contains("MAINLAN-1-2"), "\(result.everything)")
      #expect(result.errors.contains("the bundle is in the ledger"), "\(result.everything)")
      let media = try written(crossing)
      let stick = try scratch.directory("stick")
      let shown = try crossing.connected(
        "export",
        "--continue",
        "mainland-000001",
        "--to",
        stick,
        "--dry-run"
      )
      #expect(shown.text.contains("MISSING") && shown.refused(.incomplete, "media-missing"))
      #expect(try Disk.names(in: stick).isEmpty)
      try crossing.connected("export", "--continue", "mainland-000001", "--to", stick).succeeded()
      try crossing.isolated(
        ["import"] + media.filter { !$0.hasSuffix("MAINLAN-1-2") } + [stick]
      ).succeeded()
    }
  }

  @Test func anInterruptedMediumGoesOnAndDamageInItIsReplaced() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.connected(["export", "first", "--media-dir", crossing.medium] + media)
        .succeeded()
      let second = crossing.medium + "/MAINLAN-1-2"
      let chunks = try Disk.names(in: second + "/mainland-000001/chunks")
      // As a run leaves it that was killed: a part of the chunks, one of them damaged.
      let stick = try scratch.directory("stick")
      try run(["cp", "-r", second + "/mainland-000001", stick + "/mainland-000001.partial"])
        .succeeded()
      let partial = stick + "/mainland-000001.partial/chunks/"
      Disk.remove(partial + chunks[0])
      try Damage.flipBit(of: partial + chunks[1], at: 700)
      let record = crossing.scratch.path("connected/exports/mainland-000001/MEDIA")
      let text = try Disk.text(record)
      var stanzas = text.components(separatedBy: "\n\n")
      stanzas[2] = stanzas[2].components(separatedBy: "\nWritten:")[0]
      try Disk.write(stanzas.joined(separator: "\n\n"), to: record)
      try crossing.connected("export", "--continue", "mainland-000001", "--to", stick).succeeded()
      Disk.remove(second)
      try crossing.isolated(["import"] + (try written(crossing)) + [stick]).succeeded()
    }
  }

  @Test func aPersonIsAskedForEachMedium() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let words = ["export", "first", "--to", crossing.medium] + media
      let result = try PseudoTerminal.run(
        [crossing.connected.program] + words + ["--depot", crossing.scratch.path("connected")],
        columns: 200,
        keys: "\\n|\\n|s\\n|q\\n",
        environment: ["HOME": scratch.path("home")]
      )
      #expect(result.text.contains("Insert medium 1 of"), "\(result.everything)")
      // The first medium is still there: it is not taken for the second.
      #expect(result.text.contains("another medium of this set"), "\(result.everything)")
      #expect(result.text.contains("Insert medium 3 of"), "\(result.everything)")
      #expect(result.status == 12, "\(result.everything)")
      #expect(try Disk.names(in: crossing.medium) == ["mainland-000001"])
    }
  }

  @Test func withoutATerminalNothingIsBegun() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let result = try crossing.connected(["export", "first", "--to", crossing.medium] + media)
      #expect(result.refused(.usage, "no-terminal"), "\(result.everything)")
      #expect(!Disk.exists(crossing.scratch.path("connected/exports")))
    }
  }

  @Test func mediaThatAreTooSmallAreRefusedBeforeAnythingIsMade() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let words = ["--media-dir", crossing.medium, "--media", "1MB×2", "--chunk-size", "64KiB"]
      for more in [["--dry-run"], []] {
        let result = try crossing.connected(["export", "first"] + words + more)
        #expect(result.refused(.resource, "medium-too-small"), "\(result.everything)")
        #expect(result.errors.contains("media like “1MB”"), "\(result.everything)")
      }
      #expect(!Disk.exists(crossing.scratch.path("connected/exports")))
      #expect(try Disk.names(in: crossing.medium).isEmpty)
    }
  }

  @Test func whatComesFirstLiesOnTheFirstMedia() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let result = try crossing.connected(
        ["export", "first", "--media-dir", crossing.medium, "--first", "suite=nosuch"] + media
      )
      #expect(result.refused(.usage, "pattern"), "\(result.everything)")
      try crossing.connected(
        ["export", "first", "--media-dir", crossing.medium, "--first", "path=dists/*"] + media
      ).succeeded()
      // A single medium has all that a look at the suite needs.
      let seen = try crossing.isolated("inspect", try written(crossing)[0])
      #expect(seen.text.contains("stable") && seen.status == 12, "\(seen.everything)")
      let entries = try run([
        "sh", "-c", "zstd -dcq \"$1\" | awk '$4 ~ /dists/{print $3}' | cut -d: -f1 | sort -nu",
        "sh",
        try written(crossing)[0] + "/mainland-000001/ENTRIES.zst",
      ]).succeeded()
      let chunks = try Disk.names(in: try written(crossing)[0] + "/mainland-000001/chunks")
      for number in entries.split(separator: "\n") {
        #expect(chunks.contains { Int($0.prefix(6)) == Int(number) }, "\(entries) \(chunks)")
      }
    }
  }

  @Test func imagesHaveWhatMediaHave() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let said = try crossing.connected(
        ["export", "first", "--to", crossing.medium, "--image", "iso"] + media
      ).succeeded()
      let images = try written(crossing)
      #expect(images.count > 2 && images.allSatisfy { $0.hasSuffix(".iso") }, "\(said)")
      var unpacked: [String] = []
      for (number, image) in images.enumerated() {
        #expect(try Disk.read(image).count <= 1_000_000)
        let place = try scratch.directory("disc\(number)")
        try run(["bsdtar", "-xf", image, "-C", place]).succeeded()
        unpacked.append(place)
      }
      try crossing.isolated(["import"] + unpacked).succeeded()
    }
  }

  @Test func anImageTakesTheNameOfNothingElse() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      func export(_ stream: String) throws -> RunResult {
        try crossing.connected(
          ["export", "first", "--to", crossing.medium, "--image", "iso", "--stream", stream] + media
        )
      }
      // Labels have room for seven letters.
      try export("site-alpha-prod").succeeded()
      let before = try written(crossing).map { try Disk.read($0) }
      try export("site-alpha-test").succeeded()
      #expect(try written(crossing).count == 2 * before.count)
      let names = try written(crossing).filter { $0.contains("prod") }
      #expect(try names.map { try Disk.read($0) } == before)
      try Disk.write("my own", to: crossing.medium + "/site-alpha-prod-000002-1.iso")
      let refused = try export("site-alpha-prod")
      #expect(refused.refused(.incomplete), "\(refused.everything)")
      #expect(refused.everything.contains("another file has the name"), "\(refused.everything)")
      #expect(try Disk.text(crossing.medium + "/site-alpha-prod-000002-1.iso") == "my own")
    }
  }

  @Test(arguments: ["9223372036854775807", "-9223372036854775808", "0"])
  func aNumberThatTheSetDoesNotHaveIsRefused(number: String) throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.connected(
        ["export", "first", "--to", crossing.medium, "--image", "iso"] + media
      ).succeeded()
      let refused = try crossing.connected(
        "export",
        "--continue",
        "mainland-000001",
        "--to",
        crossing.medium,
        "--again=" + number
      )
      #expect(refused.refused(.usage), "\(refused.everything)")
    }
  }

  @Test func aLostMediumIsWrittenAgain() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.connected(["export", "first", "--media-dir", crossing.medium] + media)
        .succeeded()
      Disk.remove(crossing.medium + "/MAINLAN-1-2")
      let stick = try scratch.directory("stick")
      let words = ["export", "--continue", "mainland-000001", "--to", stick]
      // All are written, as far as the depot knows.
      try crossing.connected(words).succeeded()
      #expect(try Disk.names(in: stick).isEmpty)
      let beyond = try crossing.connected(words + ["--again", "99"])
      #expect(beyond.refused(.usage, "media"), "\(beyond.everything)")
      try crossing.connected(words + ["--again", "2"]).succeeded()
      try crossing.isolated(["import"] + (try written(crossing)) + [stick]).succeeded()
    }
  }

  /// Two people write media of one set: neither forgets what the other has written.
  @Test func twoWhoWriteMediaOfOneSetKeepEachOthersRecord() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      // Files where directories are wanted: nothing is written yet.
      for number in 1...20 { try Disk.write("", to: crossing.medium + "/MAINLAN-1-\(number)") }
      let begun = try crossing.connected(
        ["export", "first", "--media-dir", crossing.medium] + media
      )
      #expect(begun.refused(.incomplete, "media-missing"), "\(begun.everything)")
      let depot = try Depot.open(at: crossing.scratch.path("connected"))
      let (one, two) = (
        try MediaSetWriting("mainland-000001", in: depot),
        try MediaSetWriting("mainland-000001", in: depot)
      )
      for (number, writing) in [(1, one), (2, two)] {
        let place = try scratch.directory("place\(number)")
        _ = try writing.write(number, to: place, now: UTCTime(seconds: 1_800_000_000)) { _ in }
      }
      let known = try MediaSetWriting("mainland-000001", in: depot)
      #expect(known.record.media.prefix(3).map { $0.written != nil } == [true, true, false])
    }
  }

  @Test func aRecordThatIsNotAboutTheBundleIsRefused() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.connected(["export", "first", "--media-dir", crossing.medium] + media)
        .succeeded()
      let record = crossing.scratch.path("connected/exports/mainland-000001/MEDIA")
      let text = try Disk.text(record)
      let first = text.components(separatedBy: "Chunks: ")[1].prefix { $0 != "\n" }
      for wrong in ["Chunks: 99999", "Chunks: 1", "Chunks: x"] {
        let other = text.replacingOccurrences(of: "Chunks: \(first)", with: wrong)
        try Disk.write(other, to: record)
        let result = try crossing.connected(
          "export",
          "--continue",
          "mainland-000001",
          "--to",
          try scratch.directory("stick"),
          "--again",
          "1"
        )
        #expect(result.refused(.integrity, "media-record"), "\(wrong)\n\(result.everything)")
      }
    }
  }

  @Test func mediaAreNeverMadeInTheDepot() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let place = crossing.scratch.path("connected/public")
      let before = try Disk.names(in: place)
      let result = try crossing.connected(["export", "first", "--media-dir", place] + media)
      #expect(result.refused(.unsafe, "inside-depot"), "\(result.everything)")
      #expect(try Disk.names(in: place) == before)
      #expect(!Disk.exists(crossing.scratch.path("connected/exports")))
    }
  }
}
