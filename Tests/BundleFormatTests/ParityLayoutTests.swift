import BundleFormat
import SafeIO
import TestSupport
import Testing

/// How chunks stand in rows, and what PARITY.txt says of it.
@Suite struct ParityLayoutTests {
  /// 95,368 blocks as of a hundred gigabytes, and the longest of four discs.
  @Test func layoutsAreThoseOfTheDescription() throws {
    let share = try #require(ParityShare("10%"))
    let sizes = [UInt64](repeating: 1 << 30, count: 93) + [UInt64(136 << 20)]
    let layout = try #require(try share.layout(of: sizes))
    #expect(layout.dataBlocks == 95_368 && layout.rows == 954)
    #expect(layout.dataStrips == 100 && layout.parityStrips == 10)
    #expect(layout.tableCount * 32 == 3_357_056)
    let discs = try ParityLayout(
      sizes: [UInt64](repeating: UInt64(22_900 << 20), count: 4),
      segments: [[1], [2], [3], [4]],
      blockSize: 1 << 20,
      rows: 2863,
      parityStrips: 8
    )
    #expect(discs.segments.map(\.strips) == [8, 8, 8, 8] && discs.dataStrips == 32)
    #expect(discs.parityLength == UInt64(22_904 << 20) && discs.tableCount * 32 == 3_664_128)
  }

  @Test func everyBlockHasOnePlace() throws {
    let sizes: [UInt64] = [5000, 512, 513, 1, 100_000, 4096, 2047]
    let layout = try ParityLayout(
      sizes: sizes,
      segments: [[2, 5], [], [1, 3, 4, 6, 7]],
      blockSize: 512,
      rows: 7,
      parityStrips: 3
    )
    var seen: [Int: ParityLayout.Place] = [:]
    for strip in 0..<layout.dataStrips {
      for row in 0..<layout.rows {
        guard let place = layout.place(strip: strip, row: row) else { continue }
        #expect(seen.updateValue(place, forKey: place.index) == nil)
      }
    }
    #expect(seen.count == layout.dataBlocks && seen.keys.max() == layout.dataBlocks - 1)
    for number in 1...sizes.count {
      let places = layout.places(ofChunk: number)
      #expect(places.reduce(0) { $0 + UInt64($1.place.length) } == sizes[number - 1])
      for (row, place) in places {
        #expect(seen[place.index] == place)
        let strips = (0..<layout.dataStrips).filter { layout.place(strip: $0, row: row) == place }
        #expect(strips.count == 1)
      }
    }
  }

  @Test func whatCannotBeALayoutIsRefused() {
    func refuses(_ segments: [[Int]], _ block: Int = 512, _ rows: Int = 4, _ parity: Int = 1)
      -> Bool
    {
      do {
        _ = try ParityLayout(
          sizes: [1000, 2000],
          segments: segments,
          blockSize: block,
          rows: rows,
          parityStrips: parity
        )
        return false
      } catch { return true }
    }
    #expect(!refuses([[1, 2]]) && !refuses([[1], [2]]))
    #expect(
      refuses([[1]]) && refuses([[1, 1, 2]]) && refuses([[1, 2, 3]]) && refuses([[0, 1, 2]])
    )
    #expect(refuses([[1, 2]], 511) && refuses([[1, 2]], 1 << 25) && refuses([[1, 2]], 0))
    #expect(
      refuses([[1, 2]], 512, 0) && refuses([[1, 2]], 512, 4, 0) && refuses([[1, 2]], 512, 4, 255)
    )
    #expect(refuses([[1, 2]], 512, .max) && refuses([[1, 2]], 512, 4, .max))
  }

  @Test(arguments: ["10%", "2.5%", "0.25%", "100%", "12.5%", "0.05%"])
  func aShareReadsBackAsItWasWritten(text: String) {
    #expect(ParityShare(text)?.text == text)
  }

  @Test(arguments: ["10", "0%", "101%", "%", "1,5%", "1.%", "1.234%", "-1%", "100.01%", "010%"])
  func whatIsNoShareIsRefused(text: String) {
    #expect(ParityShare(text) == nil)
  }

  /// Chunks that compress are shorter than was planned: no file of parity is more or longer than planned.
  @Test(arguments: [1, 300, 1000, 3300, 10_000])
  func shorterChunksNeedNoFileThatWasNotPlanned(hundredths: Int) throws {
    var random = SeededGenerator(seed: UInt64(hundredths))
    let share = try #require(ParityShare(hundredths: hundredths))
    for count in [1, 2, 11, 150, 1002, 2500] {
      let sizes = (0..<count).map { _ in UInt64.random(in: 1...(3 << 20), using: &random) }
      let half = count > 1 ? [Array(1...count / 2), Array(count / 2 + 1...count)] : [[1]]
      let orders: [(ParityOrder, media: Int)] = [
        (.share(share, longest: 1 << 20), 1),
        (.media(1, strips: 8, segments: half, longest: 1 << 20), 1),
        (.media(2, strips: 3, segments: half, longest: 1 << 20), 2),
      ]
      for (order, media) in orders {
        let order = try order.settled(for: sizes)
        let planned = try order.files(of: sizes).map(\.size)
        for _ in 0..<20 {
          let shorter = sizes.map { UInt64.random(in: ($0 / 4)...$0, using: &random) }
          let layout = try #require(try order.layout(of: shorter))
          let made = order.fileLengths(layout)
          #expect(made.count <= planned.count, "\(count) chunks")
          // Each medium of parity has as many of them.
          #expect(made.count % media == 0 && planned.count % media == 0)
          for medium in 0..<media {
            let now = made.dropFirst(medium * made.count / media).prefix(made.count / media)
            let then = planned.dropFirst(medium * planned.count / media)
              .prefix(planned.count / media)
            #expect(zip(now, then).allSatisfy { $0 <= $1 }, "\(count) chunks")
          }
        }
      }
    }
  }

  /// A bundle so long that blocks have to be longer.
  @Test func blocksAreDoubledWhereThereAreTooMany() throws {
    let share = try #require(ParityShare("10%"))
    let layout = try #require(
      try share.layout(of: [UInt64](repeating: 1 << 40, count: 5))
    )
    #expect(layout.blockSize == 4 << 20 && layout.tableCount <= ParityLayout.mostBlocks)
    #expect(throws: Failure.self) {
      try share.layout(of: [UInt64](repeating: BundleLimits.largestChunkSize, count: 1000))
    }
  }

  private func sample() throws -> (list: ParityList, sizes: [UInt64]) {
    let sizes: [UInt64] = [5000, 512, 513]
    let layout = try ParityLayout(
      sizes: sizes,
      segments: [[1, 3], [2]],
      blockSize: 512,
      rows: 5,
      parityStrips: 2
    )
    let digest = SHA256Digest.of([1])
    let table = Manifest.FileSum(digest: digest, size: UInt64(layout.tableCount * 32))
    let files = [3 * 512, 7 * 512].map { Manifest.FileSum(digest: digest, size: $0) }
    return (ParityList(layout: layout, table: table, files: files), sizes)
  }

  @Test func theListReadsBackAsItWasWritten() throws {
    let (list, sizes) = try sample()
    #expect(try ParityList(text: list.text, sizes: sizes) == list)
    #expect(list.extents == [0..<1536, 1536..<5120])
    #expect(String(decoding: list.text, as: UTF8.self).contains("Segments:\n 3 1 3\n 1 2\n"))
  }

  /// Whatever bit is turned over, the list is refused, or says something else.
  @Test func noTwoTextsSayTheSame() throws {
    let (list, sizes) = try sample()
    let text = list.text
    for position in text.indices {
      for bit in 0..<8 as Range<UInt8> {
        var flipped = text
        flipped[position] ^= 1 << bit
        if let read = try? ParityList(text: flipped, sizes: sizes), read == list {
          Issue.record("byte \(position), bit \(bit) makes no difference")
        }
      }
    }
  }

  @Test(arguments: [
    ("Rows: 5", "Rows: 9223372036854775807"), ("Block: 512", "Block: 1024"),
    ("Strips: 4 2", "Strips: 4 3"),
    (" 3 1 3", " 3 1-100000 3"), (" 3 1 3", " 3 1-9223372036854775807"), ("parity 1", "parity 2"),
    ("1536 000001", "1537 000001"), ("000002.par", "000003.par"), ("Table:", "Tables:"),
  ])
  func aListThatNoExporterWritesIsRefused(_ old: String, _ new: String) throws {
    let (list, sizes) = try sample()
    let text = String(decoding: list.text, as: UTF8.self)
    #expect(text.contains(old))
    #expect(throws: Failure.self) {
      try ParityList(text: Array(text.replacing(old, with: new).utf8), sizes: sizes)
    }
  }

  @Test func aFileOfParityIsKnownByItsName() {
    #expect(ParityList.isFileName("000001.par") && ParityList.isFileName("100000.par"))
    for name in ["000000.par", "1.par", "000001.tar", "0000001.par", "000001.PAR", ".par", "a.par"]
    {
      #expect(!ParityList.isFileName(name), "\(name)")
    }
  }
}
