import Foundation
import SafeIO
import TestSupport
import Testing

/// Parity of a bundle on several media: what may be lost.
@Suite struct ParitySetTests {
  /// Some ten megabytes that do not compress, each package a chunk.
  private func crossing(_ scratch: ScratchDirectory) throws -> Crossing {
    let crossing = try Crossing(scratch)
    let packages = (0..<10).map {
      ForgedPackage("crate\($0)", architecture: "all", payload: 900_000)
    }
    try crossing.forge.build(ForgedSuite("stable", ["main": packages]))
    try crossing.freeze("first", "stable")
    return crossing
  }

  private func export(_ crossing: Crossing, _ more: String...) throws -> RunResult {
    try crossing.connected(
      ["export", "first", "--media-dir", crossing.medium, "--chunk-size", "1MiB"] + more
    )
  }

  private func media(_ crossing: Crossing) throws -> [String] {
    try Disk.names(in: crossing.medium).map { crossing.medium + "/" + $0 }
      .sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }
  }

  private func verify(_ crossing: Crossing, _ media: [String]) throws -> RunResult {
    try crossing.kiosk(["verify", "--keyring", crossing.exporterKey] + media)
  }

  /// Whichever medium is lost, the others are enough.
  @Test func anyOneMediumMayBeLost() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let plan = try export(crossing, "--media", "6MB×6", "--parity-media", "1", "--dry-run")
        .succeeded()
      #expect(plan.contains("loss:     any one of the media may be lost"), "\(plan)")
      try export(crossing, "--media", "6MB×6", "--parity-media", "1").succeeded()
      let media = try media(crossing)
      #expect(media.count >= 4, "\(media)")
      let parity = try Disk.names(in: media[media.count - 1] + "/mainland-000001/parity")
      #expect(parity.contains("000001.par") && parity.contains("MANIFEST"), "\(parity)")
      #expect(try Disk.names(in: media[media.count - 1] + "/mainland-000001/chunks").isEmpty)
      // The papers say what a medium without a chunk is for.
      let slip = try crossing.connected("slip", "--bundle", "mainland-000001").succeeded()
      #expect(slip.contains("parity 1") && !slip.contains("the lists alone"), "\(slip)")
      let whole = try verify(crossing, media)
      #expect(whole.status == 0 && whole.text.contains("all good"), "\(whole.everything)")
      for index in media.indices {
        var rest = media
        rest.remove(at: index)
        let found = try verify(crossing, rest)
        guard index < media.count - 1 else {
          #expect(found.status == 0, "\(found.everything)")
          continue
        }
        #expect(found.refused(.incomplete), "\(found.everything)")
        #expect(found.text.contains("can be made again"), "\(found.text)")
        #expect(!found.text.contains("beyond:"), "\(found.text)")
      }
      // The first two together are too much; what of them is too much is named.
      let two = try verify(crossing, Array(media.dropFirst(2)))
      #expect(two.text.contains("beyond:"), "\(two.text)")
      try crossing.isolated(["import"] + media.dropFirst()).succeeded()
      try crossing.isolated("depot", "check").succeeded()
    }
  }

  @Test func anyTwoOfTwoMediaOfParityMayBeLost() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try export(crossing, "--media", "6MB×7", "--parity-media", "2").succeeded()
      let media = try media(crossing)
      for first in media.indices {
        for second in media.indices where second > first {
          let rest = media.indices.filter { $0 != first && $0 != second }.map { media[$0] }
          let found = try verify(crossing, rest)
          #expect(!found.text.contains("beyond:"), "\(first), \(second): \(found.text)")
          #expect(found.status == 0 || found.text.contains("can be made again"))
        }
      }
    }
  }

  @Test func aShareOfParityLiesOnTheMediaTheyFill() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let plan = try export(crossing, "--media", "6MB×9", "--parity", "50%", "--dry-run")
        .succeeded()
      // Six megabytes of parity beside eleven: they take what they need, not what hundred strips would.
      #expect(
        plan.contains("3 of 3") && plan.contains("one of the media 2-3 may be lost"),
        "\(plan)"
      )
      try export(crossing, "--media", "6MB×9", "--parity", "50%").succeeded()
      let media = try media(crossing)
      try verify(crossing, media).succeeded()
      // Every medium has the lists twice.
      for medium in media {
        let names = try Disk.names(in: medium + "/mainland-000001/parity")
        #expect(names.contains("PARITY.txt") && names.contains("ENTRIES.zst"), "\(names)")
      }
      for lost in media.indices {
        let found = try verify(crossing, media.filter { $0 != media[lost] })
        // The first has more chunks than there is parity, the last one nothing else.
        switch lost {
        case 0: #expect(found.text.contains("beyond:"), "\(found.text)")
        case 1: #expect(found.text.contains("can be made again"), "\(found.text)")
        default: #expect(found.status == 0, "\(found.everything)")
        }
        #expect((lost == 0) == found.text.contains("beyond:"), "\(found.text)")
      }
      // A medium that is lost is written once more, parity and all.
      let kept = media[media.count - 1]
      let before = try Disk.files(below: kept)
      Disk.remove(kept)
      try crossing.connected(
        "export",
        "--continue",
        "mainland-000001",
        "--again",
        "\(media.count)",
        "--media-dir",
        crossing.medium
      ).succeeded()
      #expect(try Disk.files(below: kept) == before)
    }
  }

  @Test func imagesCarryParityToo() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try crossing.connected(
        "export",
        "first",
        "--image",
        "iso",
        "--media",
        "8MB×6",
        "--to",
        crossing.medium,
        "--chunk-size",
        "1MiB",
        "--parity-media",
        "1"
      ).succeeded()
      let images = try media(crossing)
      try verify(crossing, images).succeeded()
      let found = try verify(crossing, Array(images.dropFirst()))
      #expect(found.text.contains("can be made again"), "\(found.text)")
    }
  }

  /// Lists that are damaged on a medium are read from their second copy there.
  @Test func aDamagedManifestCostsNothing() throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      try export(crossing, "--media", "6MB×6", "--parity-media", "1").succeeded()
      let media = try media(crossing)
      let bundle = media[0] + "/mainland-000001"
      try Damage.flipBit(of: bundle + "/MANIFEST", at: 70)
      try Damage.flipBit(of: media[1] + "/mainland-000001/MANIFEST.asc", at: 100)
      Disk.remove(media[2] + "/mainland-000001/MANIFEST")
      let found = try verify(crossing, media)
      #expect(found.status == 0, "\(found.everything)")
      try Damage.flipBit(of: bundle + "/ENTRIES.zst", at: 40)
      let alone = try verify(crossing, [media[0]])
      #expect(alone.refused(.incomplete), "\(alone.everything)")
      try crossing.isolated(["import"] + media).succeeded()
    }
  }

  @Test(arguments: [
    ["--parity-media", "0"], ["--parity-media", "6"], ["--parity-media", "1", "--parity", "5%"],
  ])
  func mediaOfParityThatAreNoneAreRefused(words: [String]) throws {
    try withScratchDirectory { scratch in
      let crossing = try crossing(scratch)
      let result = try crossing.connected(
        ["export", "first", "--media-dir", crossing.medium, "--media", "6MB×6"] + words
      )
      #expect(result.status == 2, "\(result.everything)")
    }
  }
}
