import BundleFormat
import SafeIO
import TestSupport
import Testing

/// Which chunk goes on which medium.
@Suite struct MediaPlanTests {
  private func kinds(_ text: String) throws -> [String] {
    try MediaList.read(text, isImage: false).map(\.kind)
  }

  @Test func aListNamesSizesAndPresets() throws {
    #expect(
      try kinds("25GB×3,58.2GB,dvd×2") == ["25GB", "25GB", "25GB", "58.2GB", "dvd", "dvd"]
    )
    #expect(try kinds("bd25x2, LTO8") == ["bd25", "bd25", "lto8"])
    let disc = try MediaList.read("bd25", isImage: true)[0]
    #expect(disc.capacity == 24_220_008_448 && disc.fileSystem == .iso)
    #expect(try MediaList.read("58.2GB", isImage: false)[0].capacity == 58_200_000_000)
  }

  @Test(arguments: ["", "lto", "25GB×0", "25GB×1001", "stick", "12", "25GB,,dvd", "dvd×x"])
  func whatIsNoMediumIsRefused(text: String) {
    #expect(throws: Failure.self) { try MediaList.read(text, isImage: false) }
  }

  /// The counts of the kernel's own vfat, filled to the last cluster: 10 chunks of 1 MiB and lists, clusters
  /// of 4 KiB, one directory block each spare and one for the name above.
  @Test func aMediumCountsNamesAndDirectories() {
    var fill = MediumFill(capacity: 1 << 30, of: .fat(cluster: 4096))
    for number in 1...300 {
      fill.add(Manifest.chunkName(number, isCompressed: false), size: 1, to: .chunks)
    }
    // 300 names of 2 slots each and two of the directory's own: 19,264 bytes, 5 clusters.
    #expect(fill.used == 300 + 5 + 1 + 3)
    var small = MediumFill(capacity: 1 << 20, of: .udf(block: 512))
    small.add("000001.tar", size: 296, to: .chunks)
    small.add("000002.tar", size: 297, to: .chunks)
    // The first lies in its own entry; two directories that do too.
    #expect(small.used == 1 + 2 + 2 + 3)
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func noMediumGetsAByteTooMuchAndNoneIsLeftOutThatWouldFit(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let systems: [MediumFileSystem] = [
      .fat(cluster: 4096), .exfat(cluster: 32 << 10), .ext(block: 4096), .udf(block: 2048),
      .ntfs(cluster: 4096), .iso, .disc, .stick(cluster: 32 << 10), .other(block: 4096),
    ]
    let media = (0..<Int.random(in: 1...6, using: &random)).map { index in
      MediaPlan.Medium(
        kind: "\(index)",
        capacity: UInt64.random(in: (1 << 20)...(80 << 20), using: &random),
        fileSystem: systems[Int.random(in: 0..<systems.count, using: &random)]
      )
    }
    let chunks = (1...Int.random(in: 1...200, using: &random)).map { number in
      MediaPlan.File(
        name: Manifest.chunkName(number, isCompressed: number % 7 == 0),
        size: UInt64.random(in: 1...(2 << 20), using: &random)
      )
    }
    let lists = [MediaPlan.File(name: "MANIFEST", size: 3000)]
    let plan = MediaPlan(chunks: chunks, lists: lists, on: media)
    #expect((plan.shares.flatMap(\.chunks) + plan.unplaced).sorted() == Array(1...chunks.count))
    for share in plan.shares {
      #expect(share.fill.used <= share.fill.free || share.chunks.isEmpty)
      #expect(share.chunks == share.chunks.sorted())
      for number in plan.unplaced {
        var fill = share.fill
        let file = chunks[number - 1]
        let isTaken = fill.take(file.name, size: file.size, to: .chunks)
        #expect(!isTaken)
      }
    }
  }

  @Test func theChunkSizeIsASixtyFourthOfTheSmallestMedium() throws {
    func size(_ list: String) throws -> UInt64 {
      MediaPlan.chunkSize(for: try MediaList.read(list, isImage: false))
    }
    #expect(try size("dvd,25GB") == 64 << 20)
    #expect(try size("1GB") == 16 << 20)
    // Of a small one an eighth: what is filled to more leaves much of it empty.
    #expect(try size("100MB") == 8 << 20)
    #expect(try size("16MB") == 1 << 20)
    #expect(try size("8TB") == 1 << 30)
  }

  @Test func aLargeContentHasAChunkForItselfAndComesFirst() throws {
    let files = try list([
      ("a.deb", 100_000, "a"), ("b.deb", 5_000_000, "b"), ("c.deb", 100_000, "c"),
      ("d.deb", 9_000_000, "d"), ("e.deb", 100_000, "e"),
    ])
    var order = BundlePlan.Order()
    order.wholeSize = 6_000_000
    let plan = try BundlePlan(entries: files, chunkSize: 1 << 20, order: order)
    let places = plan.table.placements
    func chunks(_ path: String) -> [UInt32] {
      places.filter { plan.table.files.path(at: Int($0.entry)) == path }.map(\.chunk)
    }
    #expect(chunks("b.deb") == [1])
    // What is longer than that is split, as everything was before.
    #expect(chunks("d.deb").count == 9)
    #expect(chunks("a.deb") == [2] && chunks("c.deb") == [2])
    for number in 1...plan.isCompressed.count { _ = try ChunkLayout(chunk: number, of: plan.table) }
  }

  @Test func classesNeverShareAChunkAndTheFirstComesFirst() throws {
    let files = try list(
      (0..<40).map { ("\($0 < 10 ? "a" : "b")/\($0).deb", 50_000, "content \($0)") }
    )
    var order = BundlePlan.Order()
    order.classes = 2
    order.classOf = { $0 >= 20 ? 0 : 1 }
    let plan = try BundlePlan(entries: files, chunkSize: 1 << 18, order: order)
    let first = Set(plan.table.placements.filter { $0.entry >= 20 }.map(\.chunk))
    let second = Set(plan.table.placements.filter { $0.entry < 20 }.map(\.chunk))
    #expect(first.isDisjoint(with: second))
    #expect((first.max() ?? .max) < (second.min() ?? 0))
  }
}
