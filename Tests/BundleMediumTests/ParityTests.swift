import BundleFormat
import BundleMedium
import Foundation
import SafeIO
import TestSupport
import Testing

/// Parity as it is written, what it makes good, and what is said where it does not.
@Suite struct ParityTests {
  private static let second =
    String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))
    + "/../Parity/second_parity.py"

  @Test func theSecondImplementationMakesTheSameBytes() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch)
      #expect(lab.manifest.chunks.count >= 5)
      try run(["python3", ParityTests.second, "check", lab.path]).succeeded()
      // It makes a chunk again from ours, and ours is read by it.
      let number = 3
      let original = try Disk.read(lab.chunk(number))
      Disk.remove(lab.chunk(number))
      let out = scratch.path("out.tar")
      try run(["python3", ParityTests.second, "rebuild", lab.path, "\(number)", out]).succeeded()
      #expect(try Disk.read(out) == original)
    }
  }

  @Test func theSameInputsGiveTheSameParity() throws {
    try withScratchDirectory { scratch in
      let one = try ParityLab(scratch, out: "one")
      let other = try ParityLab(scratch, out: "other")
      #expect(one.manifest == other.manifest && one.manifest.parity != nil)
      for name in try Disk.names(in: one.path + "/parity") {
        #expect(
          try Disk.read("\(one.path)/parity/\(name)") == Disk.read("\(other.path)/parity/\(name)")
        )
      }
    }
  }

  @Test func nothingOfParityIsAStranger() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch)
      let findings = try lab.check()
      #expect(findings.isComplete && findings.strangers.isEmpty, "\(findings.strangers)")
      let parity = try #require(findings.parity)
      #expect(parity.lostBlocks == 0 && parity.repairable.isEmpty && parity.beyond.isEmpty)
      try Disk.write("x", to: lab.path + "/parity/000001.par.txt")
      try Disk.makeDirectory(lab.path + "/parity/more")
      #expect(try lab.check().strangers.count == 2)
      // Where MANIFEST speaks of no parity, all of it is strange.
      var manifest = lab.manifest
      manifest.parity = nil
      let table = try EntriesFile.read(from: lab.media(), for: manifest)
      let check = try BundleCheck(media: lab.media(), manifest: manifest).run(table: table)
      let names = check.strangers.map { $0.place.split(separator: "/").last ?? "" }
      for name in ["PARITY.txt", "PARITY.blocks", "000001.par", "MANIFEST"] {
        #expect(names.contains { $0 == name }, "\(names)")
      }
      #expect(check.parity == nil)
    }
  }

  /// Each block of the longest chunk and of the compressed one, one after the other.
  @Test func everyDamagedBlockIsFoundAndMadeGood() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch)
      let layout = try #require(try lab.set()).layout
      let last = try #require(lab.manifest.chunks.indices.last) + 1
      #expect(lab.manifest.chunks[last - 1].isCompressed)
      for number in [1, last] {
        for (_, place) in layout.places(ofChunk: number) {
          let damaged = try lab.copy("damaged")
          let byte = Int(place.offset) + (place.block * 977) % place.length
          try Damage.flipBit(of: damaged.chunk(number), at: byte)
          let findings = try damaged.check()
          #expect(findings.damagedChunks == [number])
          #expect(findings.parity?.repairable == [number] && findings.parity?.beyond == [])
          let outcome = try damaged.repair()
          #expect(outcome.rebuilt == [number] && outcome.beyond.isEmpty)
          #expect(try damaged.isMade([number], as: lab), "block \(place.block)")
        }
      }
    }
  }

  /// All sets of chunks that can be lost: where no row lacks more than parity has, all come back; else what
  /// cannot is named.
  @Test func everySubsetOfLostChunksIsMadeGoodOrNamed() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch, files: 6, percent: 40, block: 8192)
      let layout = try #require(try lab.set()).layout
      let count = lab.manifest.chunks.count
      var (healed, beyond) = (0, 0)
      for mask in 1..<(1 << count) {
        let lost = (1...count).filter { mask >> ($0 - 1) & 1 == 1 }
        let damaged = try lab.copy("damaged")
        var rows = [Int](repeating: 0, count: layout.rows)
        for number in lost {
          Disk.remove(damaged.chunk(number))
          for (row, _) in layout.places(ofChunk: number) { rows[row] += 1 }
        }
        let hopeless = lost.filter { number in
          layout.places(ofChunk: number).contains { rows[$0.row] > layout.parityStrips }
        }
        let findings = try damaged.check()
        #expect(findings.parity?.beyond == hopeless)
        #expect(findings.parity?.repairable == lost.filter { !hopeless.contains($0) })
        let outcome = try damaged.repair()
        #expect(outcome.beyond == hopeless, "lost \(lost)")
        #expect(try damaged.isMade(lost.filter { !hopeless.contains($0) }, as: lab), "lost \(lost)")
        if hopeless.isEmpty { healed += 1 } else { beyond += 1 }
      }
      #expect(healed > 0 && beyond > 0, "\(healed) healed, \(beyond) not")
    }
  }

  @Test func parityThatIsDamagedTooIsPassedOver() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch)
      let damaged = try lab.copy("damaged")
      let layout = try #require(try lab.set()).layout
      // One strip of parity is gone, and as many blocks of the first row as the others make good.
      let file = damaged.path + "/parity/" + ParityList.fileName(1)
      try Damage.flipBit(of: file, at: 0)
      for strip in 0..<(layout.parityStrips - 1) {
        let place = try #require(layout.place(strip: strip, row: 0))
        try Damage.flipBit(of: damaged.chunk(place.chunk), at: Int(place.offset))
      }
      let findings = try damaged.check()
      #expect(findings.parity?.lostBlocks == 1 && findings.parity?.beyond == [])
      let outcome = try damaged.repair()
      #expect(outcome.beyond.isEmpty)
      #expect(try damaged.isMade(outcome.rebuilt, as: lab))
      // One more, and the row is beyond repair; chunks without a block in it are not.
      let place = try #require(layout.place(strip: layout.parityStrips, row: 0))
      try Damage.flipBit(of: damaged.chunk(place.chunk), at: Int(place.offset))
      let worse = try damaged.repair()
      #expect(worse.rebuilt.isEmpty && worse.beyond.contains(place.chunk), "\(worse)")
      #expect(try Disk.names(in: damaged.repaired).isEmpty)
    }
  }

  /// One block more of a row is hit than there is parity, each elsewhere: the drive says where, and the
  /// rest of each block is good.
  @Test func sectorsThatCannotBeReadCostNoMoreThanThemselves() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch, block: 32768)
      let layout = try #require(try lab.set()).layout
      let places = (0..<layout.dataStrips).compactMap { layout.place(strip: $0, row: 0) }
        .filter { $0.length == layout.blockSize }.prefix(layout.parityStrips + 1)
      #expect(places.count == layout.parityStrips + 1 && places.count <= 8)
      let chunks = Set(places.map(\.chunk)).sorted()
      func hit(_ slices: [Int]) -> [String: [Range<Int>]] {
        var bad: [String: [Range<Int>]] = [:]
        for (place, slice) in zip(places, slices) {
          let start = Int(place.offset) + slice * 4096 + 512
          bad["chunks/" + lab.manifest.chunkName(place.chunk), default: []]
            .append(start..<start + 512)
        }
        return bad
      }
      var damaged = try lab.copy("damaged")
      damaged.unreadable = hit(Array(0..<places.count))
      let findings = try damaged.check()
      #expect(findings.damagedChunks == chunks, "\(findings.damagedChunks)")
      #expect(findings.parity?.repairable == chunks && findings.parity?.beyond == [])
      #expect(try damaged.repair().rebuilt == chunks)
      #expect(try damaged.isMade(chunks, as: lab))
      // Parity that is hit elsewhere counts as little.
      damaged.unreadable["parity/" + ParityList.fileName(1)] = [12288..<12800]
      #expect(try damaged.repair().rebuilt == chunks)
      // All in the same place is one too many, and what nobody can vouch for is no help.
      damaged.unreadable = hit(places.map { _ in 2 })
      #expect(try damaged.check().parity?.beyond == chunks)
      #expect(try damaged.repair().beyond == chunks)
      damaged.unreadable = hit(Array(0..<places.count))
      try Damage.flipBit(
        of: damaged.chunk(places[0].chunk),
        at: Int(places[0].offset) + 3 * 4096
      )
      #expect(try damaged.repair().beyond.contains(places[0].chunk))
    }
  }

  @Test func chunksThatAreCutOrTooLongAreMadeAgain() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch)
      for change in [-1, -5000, 1, 70_000] {
        let damaged = try lab.copy("damaged")
        if change < 0 {
          try Damage.truncate(damaged.chunk(2), to: change)
        } else {
          try Damage.append([UInt8](repeating: 0, count: change), to: damaged.chunk(2))
        }
        #expect(try damaged.check().damagedChunks == [2])
        #expect(try damaged.repair().rebuilt == [2], "\(change)")
        #expect(try damaged.isMade([2], as: lab))
      }
    }
  }

  /// Two copies with other damages: what one lacks the other has, without any parity.
  @Test func twoDamagedCopiesCompleteEachOther() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch)
      let (one, other) = (try lab.copy("one"), try lab.copy("other"))
      for damaged in [one, other] { try Disk.write("", to: damaged.path + "/parity/000001.par") }
      try Damage.flipBit(of: one.chunk(1), at: 0)
      try Damage.flipBit(of: other.chunk(1), at: -1)
      for damaged in [one, other] {
        for name in try Disk.names(in: damaged.path + "/parity") where name.hasSuffix(".par") {
          Disk.remove(damaged.path + "/parity/" + name)
        }
      }
      #expect(try one.repair(nil, [other.path]).rebuilt == [1])
      #expect(try one.isMade([1], as: lab))
    }
  }

  @Test func theListsAreReadFromTheirSecondCopy() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch)
      try Damage.flipBit(of: lab.path + "/PARITY.txt", at: 60)
      Disk.remove(lab.path + "/PARITY.blocks")
      try Damage.flipBit(of: lab.path + "/ENTRIES.zst", at: 30)
      #expect(try lab.check().isComplete)
      try Damage.flipBit(of: lab.path + "/parity/PARITY.txt", at: 60)
      let findings = try lab.check()
      #expect(findings.isComplete && findings.parity?.unread?.name == "no-parity-list")
    }
  }

  /// Links and pipes in the place of parity are never opened.
  @Test func whatIsNoFileIsNoParity() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch)
      let file = lab.path + "/parity/000001.par"
      Disk.remove(file)
      try run(["mkfifo", file]).succeeded()
      Disk.remove(lab.path + "/PARITY.txt")
      try Disk.symbolicLink(lab.path + "/PARITY.txt", to: "parity/PARITY.txt")
      let findings = try lab.check()
      #expect(findings.strangers.count(where: \.isUnsafe) == 2, "\(findings.strangers)")
      #expect((findings.parity?.lostBlocks ?? 0) > 0)
    }
  }

  /// Only what is wanted is written, and rows without it are not read.
  @Test func oneChunkIsMadeAgainForWhoeverAsks() throws {
    try withScratchDirectory { scratch in
      let lab = try ParityLab(scratch)
      let damaged = try lab.copy("damaged")
      Disk.remove(damaged.chunk(2))
      try Damage.flipBit(of: damaged.chunk(4), at: 0)
      #expect(try damaged.repair([2]).rebuilt == [2])
      #expect(try damaged.isMade([2], as: lab))
      // One that is whole, and asked for nevertheless.
      #expect(try damaged.repair([1]).rebuilt == [1])
      #expect(try damaged.isMade([1], as: lab))
    }
  }
}
