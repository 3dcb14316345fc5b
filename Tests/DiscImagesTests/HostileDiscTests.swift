import DiscImages
import SafeIO
import TestSupport
import Testing

/// Images that were made to do harm: each ends in a refusal, or in what its digest will refuse.
@Suite struct HostileDiscTests {
  /// An image with `d/file` (300 bytes) and `d/other`, and where its parts are.
  struct Forgery {
    var bytes: [UInt8]
    // The records of the directory, as offsets.
    let directory: Int

    init(_ scratch: ScratchDirectory) throws {
      let sample = DiscSample(files: [("d/file", 300), ("d/other", 70)])
      try sample.write("good.iso", in: scratch.path)
      bytes = try Disk.read(scratch.path("good.iso"))
      let top = bytes.little32(at: 16 * 2048 + 158) * 2048
      let entry = Forgery.records(bytes, top)[2]
      directory = bytes.little32(at: entry + 2) * 2048
    }

    static func records(_ bytes: [UInt8], _ start: Int) -> [Int] {
      var (offsets, at): ([Int], Int) = ([], start)
      while bytes[at] > 0 {
        offsets.append(at)
        at += Int(bytes[at])
      }
      return offsets
    }

    /// The record of `file`, and where its name stands in Rock Ridge.
    var record: Int { Forgery.records(bytes, directory)[2] }
    var top: Int { bytes.little32(at: 16 * 2048 + 158) * 2048 }
    func field(_ name: String, in record: Int) -> Int {
      let wanted = Array(name.utf8)
      return (record..<(record + 255)).first { Array(bytes[$0..<($0 + 2)]) == wanted } ?? record
    }

    func open(_ scratch: ScratchDirectory) throws -> DiscImage {
      try Disk.write(bytes, to: scratch.path("bad.iso"))
      return try ReaderTests.open(scratch.path("bad.iso"))
    }
  }

  private func forge(_ body: (inout Forgery, ScratchDirectory) throws -> Void) throws {
    try withScratchDirectory { scratch in
      var forgery = try Forgery(scratch)
      try body(&forgery, scratch)
    }
  }

  private func directory(_ image: DiscImage) throws -> DiscDirectory {
    try image.top.directory(#require(try image.top.entries().first))
  }

  @Test func aDirectoryInItselfIsNotEnteredAgain() throws {
    try forge { forgery, scratch in
      // The directory becomes the top one, and the file the directory.
      let entry = Forgery.records(forgery.bytes, forgery.top)[2]
      forgery.bytes.setLittle32(forgery.top / 2048, at: entry + 2)
      let image = try forgery.open(scratch)
      let below = try #require(try image.top.entries().first)
      #expect(throws: Failure(.unsafe, "disc-structure", "")) { try image.top.directory(below) }
    }
  }

  @Test func namesThatLeadElsewhereAreNone() throws {
    for (name, isSpecial) in [
      ("..", false), ("a/b", false), (".", false), ("", false), ("x", true),
    ] {
      try forge { forgery, scratch in
        let field = forgery.field("NM", in: forgery.record)
        var bytes = Array("NM".utf8) + [UInt8(5 + name.utf8.count), 1, isSpecial ? 4 : 0]
        bytes += Array(name.utf8)
        // What is left of the field becomes one that nobody knows.
        let rest = Int(forgery.bytes[field + 2]) - bytes.count
        if rest >= 4 { bytes += Array("XX".utf8) + [UInt8(rest), 1] }
        forgery.bytes.replaceSubrange(field..<(field + bytes.count), with: bytes)
        let entries = try directory(forgery.open(scratch)).entries()
        #expect(entries.count == 2)
        #expect(!entries[0].isUsable || entries[0].name == "FILE", "\(name): \(entries[0])")
        #expect(entries[1].isUsable)
      }
    }
  }

  @Test func lengthsBeyondTheDiscEndWithIt() throws {
    try forge { forgery, scratch in
      forgery.bytes.setLittle32(0x7fff_ffff, at: forgery.record + 10)
      let place = try directory(forgery.open(scratch))
      let file = try place.file(place.entries()[0])
      #expect(file.size == 0x7fff_ffff)
      let start = forgery.bytes.little32(at: forgery.record + 2) * 2048
      #expect(try ReaderTests.contents(file).count == forgery.bytes.count - start)
      forgery.bytes.setLittle32(0xffff_fff0, at: forgery.record + 2)
      let beyond = try directory(forgery.open(scratch))
      let nothing = try ReaderTests.contents(beyond.file(beyond.entries()[0]))
      #expect(nothing.isEmpty)
    }
  }

  /// Two names of one place are no harm: a digest decides what is there.
  @Test func extentsMayOverlap() throws {
    try forge { forgery, scratch in
      let records = Forgery.records(forgery.bytes, forgery.directory)
      forgery.bytes.setLittle32(forgery.bytes.little32(at: records[2] + 2), at: records[3] + 2)
      let place = try directory(forgery.open(scratch))
      let entries = try place.entries()
      let contents = try entries.map { try ReaderTests.contents(place.file($0)) }
      #expect(contents[1].count == 70 && contents[0].starts(with: contents[1]))
    }
  }

  @Test(arguments: [0x7fff_ffff, 0x0500_0000, 1 << 24])
  func aHugeDirectoryIsRefused(_ length: Int) throws {
    try forge { forgery, scratch in
      let entry = Forgery.records(forgery.bytes, forgery.top)[2]
      forgery.bytes.setLittle32(length, at: entry + 10)
      let place = try directory(forgery.open(scratch))
      #expect(throws: Failure(.unsafe, "disc-structure", "")) { try place.entries() }
    }
  }

  @Test(arguments: [1, 33, 255]) func aRecordOfAWrongLengthIsRefused(_ length: Int) throws {
    try forge { forgery, scratch in
      let last = try #require(Forgery.records(forgery.bytes, forgery.directory).last)
      // Behind the last record, so that nothing else is where it should be.
      let end = last + Int(forgery.bytes[last])
      forgery.bytes[end] = UInt8(length)
      let place = try directory(forgery.open(scratch))
      #expect(throws: Failure(.unsafe, "disc-structure", "")) { try place.entries() }
    }
  }

  @Test func aContinuationThatLeadsToItselfEnds() throws {
    try forge { forgery, scratch in
      let field = forgery.field("PX", in: forgery.record)
      let sector = UInt32(forgery.directory / 2048)
      let place = UInt32(field - forgery.directory)
      func both(_ number: UInt32) -> [UInt8] {
        let little = [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: number >> $0) }
        return little + little.reversed()
      }
      let bytes = Array("CE".utf8) + [28, 1] + both(sector) + both(place) + both(28)
      forgery.bytes.replaceSubrange(field..<(field + 28), with: bytes)
      let entries = try directory(forgery.open(scratch)).entries()
      #expect(entries.count == 2)
    }
  }

  @Test func aFileOfPiecesThatLacksOneIsRefused() throws {
    try forge { forgery, scratch in
      forgery.bytes[forgery.record + 25] |= 0x80
      let place = try directory(forgery.open(scratch))
      #expect(throws: Failure(.unsafe, "disc-structure", "")) { try place.entries() }
    }
  }

  /// A file of very many pieces would cost the square of their number.
  @Test func aFileOfTooManyPiecesIsRefused() throws {
    try forge { forgery, scratch in
      let length = Int(forgery.bytes[forgery.record])
      var piece = Array(forgery.bytes[forgery.record..<(forgery.record + length)])
      piece[25] |= 0x80
      let perSector = 2048 / length
      let sector = (0..<perSector).flatMap { _ in piece }
      let filled = sector + [UInt8](repeating: 0, count: 2048 - sector.count)
      let count = 300_000 / perSector
      let entry = Forgery.records(forgery.bytes, forgery.top)[2]
      forgery.bytes.setLittle32(forgery.bytes.count / 2048, at: entry + 2)
      forgery.bytes.setLittle32(count * 2048, at: entry + 10)
      for _ in 0..<count { forgery.bytes += filled }
      // The last one ends the file, so that nothing is wrong with it but its number of pieces.
      forgery.bytes[forgery.bytes.count - 2048 + (perSector - 1) * length + 25] &= 0x7f
      let place = try directory(forgery.open(scratch))
      #expect(throws: Failure(.unsafe, "disc-structure", "")) { try place.entries() }
    }
  }

  @Test func whatIsInterleavedOrAssociatedIsNoFile() throws {
    for change in [(26, UInt8(1)), (27, 1), (25, 4)] {
      try forge { forgery, scratch in
        forgery.bytes[forgery.record + change.0] = change.1
        let entries = try directory(forgery.open(scratch)).entries()
        #expect(entries[0].kind == .other)
      }
    }
  }

  @Test func everyCutIsRefusedOrSeen() throws {
    try forge { forgery, scratch in
      let whole = forgery.bytes
      // Of the last sector only the beginning is content.
      let end = whole.count - 151 * 2048 + 512
      for size in stride(from: 0, to: whole.count - 150 * 2048, by: 512) {
        forgery.bytes = Array(whole[..<size])
        let found = try? ReaderTests.sums(forgery.open(scratch).top)
        let good = Set(DiscSample(files: [("d/file", 300), ("d/other", 70)]).sums)
        #expect(found.map { Set($0) != good } ?? true || size >= end, "\(size)")
      }
    }
  }

  @Test func whatIsNoDiscIsSaidToBeNone() throws {
    try withScratchDirectory { scratch in
      for bytes in [[], [1, 2, 3], [UInt8](repeating: 0, count: 70_000)] {
        try Disk.write(bytes, to: scratch.path("x"))
        #expect(throws: Failure(.usage, "no-disc", "")) {
          _ = try ReaderTests.open(scratch.path("x"))
        }
      }
      // Sectors of another length.
      var forgery = try Forgery(scratch)
      forgery.bytes[16 * 2048 + 129] = 2
      #expect(throws: Failure(.usage, "no-disc", "")) { try forgery.open(scratch) }
    }
  }
}
