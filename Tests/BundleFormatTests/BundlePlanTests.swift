import BundleFormat
import SafeIO
import TestSupport
import Testing

private let smallest = BundleLimits.smallestChunkSize

/// Snapshots that only look random: sizes from 0 to several chunks, contents that repeat.
private func snapshots(seed: UInt64, chunkSize: UInt64) throws -> [(name: String, files: FileList)]
{
  var random = SeededGenerator(seed: seed)
  let suffixes = [".deb", ".xz", "", ".dsc", ".gz", "/Packages", ".udeb", ".txt"]
  var sizes: [String: UInt64] = [:]
  return try (0..<Int.random(in: 1...3, using: &random)).map { snapshot in
    let files = (0..<Int.random(in: 0...120, using: &random)).map { index in
      let content = "content \(Int.random(in: 0..<80, using: &random))"
      let edge = [
        0, 1, 511, 512, 513, chunkSize - 2048, chunkSize - 1536, chunkSize, chunkSize * 3,
      ]
      let size =
        sizes[content]
        ?? (Bool.random(using: &random)
          ? UInt64.random(in: 0...20_000, using: &random)
          : edge[Int.random(in: 0..<edge.count, using: &random)])
      sizes[content] = size
      let name = String(repeating: "n", count: Int.random(in: 1...200, using: &random))
      let suffix = suffixes[Int.random(in: 0..<suffixes.count, using: &random)]
      return (path: "pool/\(index)/\(name)\(suffix)", size: size, content: content)
    }
    return (name: "snap\(snapshot)", files: try list(files))
  }
}

extension BundlePlan {
  /// The plan for snapshots by name, in whatever order.
  fileprivate init(
    snapshots: [(name: String, files: FileList)],
    chunkSize: UInt64,
    held: (SHA256Digest) -> Bool = { _ in false }
  ) throws {
    var entries = FileList.Builder()
    for (name, files) in snapshots {
      for index in 0..<files.count {
        let path = Array("\(name)/\(files.path(at: index))".utf8)
        try entries.add(
          path: path.span,
          size: files.size(at: index),
          digest: files.digest(at: index)
        )
      }
    }
    try self.init(entries: try entries.finish(), chunkSize: chunkSize, held: held)
  }
}

/// What must hold of every plan.
private func check(_ plan: BundlePlan, chunkSize: UInt64, held: Set<SHA256Digest> = []) throws {
  let table = plan.table
  var places: [SHA256Digest: Set<String>] = [:]
  var byEntry: [UInt32: [Placement]] = [:]
  for place in table.placements { byEntry[place.entry, default: []].append(place) }
  for index in 0..<table.count {
    let parts = (byEntry[UInt32(index)] ?? []).sorted { $0.part < $1.part }
    let digest = table.files.digest(at: index)
    guard !held.contains(digest) else {
      #expect(parts.isEmpty)
      continue
    }
    #expect(parts.reduce(0) { $0 + $1.length } == table.files.size(at: index))
    #expect(!parts.isEmpty)
    if parts.count == 1 {
      #expect(parts[0].part == 0)
    } else {
      #expect(parts.map { Int($0.part) } == Array(1...max(1, parts.count)))
    }
    let place = Set(parts.map { "\($0.chunk):\($0.offset)+\($0.length)" })
    // All names of one content share one place: hard links in the same chunk.
    #expect(places[digest] ?? place == place)
    places[digest] = place
  }
  for chunk in 0..<plan.isCompressed.count {
    let layout = try ChunkLayout(chunk: chunk + 1, of: table)
    // ZSTD_compressBound and the frame's header and checksum.
    let bound =
      plan.isCompressed[chunk] ? layout.length + layout.length / 256 + 64 + 22 : layout.length
    #expect(bound <= chunkSize)
    #expect(layout.length % 512 == 0)
  }
  #expect(table.placements.allSatisfy { $0.chunk >= 1 && Int($0.chunk) <= plan.isCompressed.count })
  // Stored chunks come first.
  #expect(plan.isCompressed == plan.isCompressed.sorted { !$0 && $1 })
  let text = entriesText(table)
  let read = try readEntries(text, chunkCount: plan.isCompressed.count)
  #expect(read.placements == table.placements)
  #expect(entriesText(read) == text)
}

@Suite struct BundlePlanTests {
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func `Plans keep every rule and do not depend on the order of input`(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed &* 977)
    let chunkSize = smallest + UInt64.random(in: 0...100_000, using: &random)
    let input = try snapshots(seed: seed, chunkSize: chunkSize)
    let plan = try BundlePlan(snapshots: input, chunkSize: chunkSize)
    try check(plan, chunkSize: chunkSize)
    let again = try BundlePlan(snapshots: input.reversed(), chunkSize: chunkSize)
    #expect(again.table.placements == plan.table.placements)
    #expect(entriesText(again.table) == entriesText(plan.table))
    #expect(again.isCompressed == plan.isCompressed)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func `What the receiver holds gets no place`(_ seed: UInt64) throws {
    let input = try snapshots(seed: seed, chunkSize: smallest)
    let files = input.flatMap { snapshot in
      (0..<snapshot.files.count).map { snapshot.files.digest(at: $0) }
    }
    let held = Set(files.filter { $0.hex.utf8.first.map { $0 < 0x38 } ?? false })
    let plan = try BundlePlan(snapshots: input, chunkSize: smallest, held: held.contains)
    try check(plan, chunkSize: smallest, held: held)
  }

  @Test func `A file above 8 GiB is split into chunks of 1 GiB`() throws {
    let input = [(name: "s", files: try list([("pool/big.iso", 20 << 30, "big")]))]
    let chunkSize = BundleLimits.standardChunkSize
    let plan = try BundlePlan(snapshots: input, chunkSize: chunkSize)
    #expect(plan.isCompressed.count == 21)
    try check(plan, chunkSize: chunkSize)
  }

  @Test(arguments: [8 << 30, (8 << 30) + 1024, (8 << 30) + 2560, 9 << 30, 17 << 30] as [UInt64])
  func `Chunks about 8 GiB are planned right`(_ chunkSize: UInt64) throws {
    for size in [(8 << 30) - 513, (8 << 30) - 1, 8 << 30, (8 << 30) + 513, 100 << 30] as [UInt64] {
      let input = [(name: "s", files: try list([("pool/big.iso", size, "big")]))]
      let plan = try BundlePlan(snapshots: input, chunkSize: chunkSize)
      try check(plan, chunkSize: chunkSize)
    }
  }

  @Test func `A plan of nothing has no chunks`() throws {
    let plan = try BundlePlan(snapshots: [(name: "s", files: try list([]))], chunkSize: smallest)
    #expect(plan.isCompressed.isEmpty)
    #expect(entriesText(plan.table).isEmpty)
  }

  @Test func `Only content that compresses is compressed`() throws {
    let input = [
      (
        name: "s",
        files: try list([
          ("a.deb", 10, "a"), ("b.txt", 10, "b"), ("Packages", 10, "c"), ("Packages.xz", 10, "d"),
          ("x.DEB", 10, "e"), ("by-hash/0", 10, "d"),
        ])
      )
    ]
    let plan = try BundlePlan(snapshots: input, chunkSize: smallest)
    #expect(plan.isCompressed == [false, true])
    let stored = plan.table.placements(inChunk: 1).map { plan.table.files.path(at: Int($0.entry)) }
    #expect(stored.sorted() == ["s/Packages.xz", "s/a.deb", "s/by-hash/0"])
  }

  @Test(arguments: [0, smallest - 1, BundleLimits.largestChunkSize + 1, .max] as [UInt64])
  func `A chunk size out of range is refused`(_ size: UInt64) throws {
    let found = failure { _ = try BundlePlan(snapshots: [], chunkSize: size) }
    #expect(found?.code == "E-USAGE-CHUNK-SIZE")
  }

  @Test func `More names than fit into a chunk are refused, for an empty file too`() throws {
    for size in [0, 1, 70_000] as [UInt64] {
      let files = (0..<200).map { (path: "p/\($0)", size: size, content: "same") }
      let input = [(name: "s", files: try list(files))]
      let found = failure { _ = try BundlePlan(snapshots: input, chunkSize: smallest) }
      #expect(found?.code == "E-USAGE-CHUNK-SIZE")
      try check(try BundlePlan(snapshots: input, chunkSize: smallest * 4), chunkSize: smallest * 4)
    }
  }

  @Test func `Sizes that cannot be are refused without a trap`() throws {
    for size in [1 << 62, 1 << 63 - 1, .max] as [UInt64] {
      let input = [(name: "s", files: try list([("a.deb", size, "a"), ("b.txt", size, "b")]))]
      let found = failure { _ = try BundlePlan(snapshots: input, chunkSize: smallest) }
      #expect(found?.code == "E-USAGE-CHUNK-SIZE")
    }
  }

  @Test func `One digest with two sizes is refused`() throws {
    let input = [(name: "s", files: try list([("a", 1, "same"), ("b", 2, "same")]))]
    let found = failure { _ = try BundlePlan(snapshots: input, chunkSize: smallest) }
    #expect(found?.code == "E-INTEGRITY-TWO-SIZES")
  }

  @Test(arguments: ["a.aptferry-part-0001", "x.aptferry-part-/b", "a.aptferry-part-0002.deb"])
  func `A path that looks like a part does not travel`(_ path: String) throws {
    func isReserved(_ path: String) -> Bool { ChunkLayout.isReserved(Array(path.utf8).span) }
    #expect(isReserved("s/\(path)"))
    #expect(!isReserved("s/a.aptferry-par-0001"))
  }
}

@Suite struct ChunkLayoutTests {
  private func layout(_ lines: String) throws -> ChunkLayout {
    try ChunkLayout(chunk: 1, of: try readEntries(Array(lines.utf8), chunkCount: 2))
  }

  private func refusal(_ lines: String) -> Failure? {
    failure { _ = try layout(lines) }
  }

  private let a = digest("a").hex
  private let b = digest("b").hex

  @Test func `Contents and links stand one behind the other`() throws {
    // Header 512, content 5 padded to 512, one link; then header and content of b.
    let text = "\(a) 5 1:512 s/a\n\(a) 5 1:512 s/b\n\(b) 600 1:2048 s/c\n"
    #expect(try layout(text).length == 2048 + 1024 + 1024)
  }

  @Test func `Offsets that do not follow from the headers are refused`() {
    for offset in [0, 511, 513, 1024] {
      #expect(refusal("\(a) 5 1:\(offset) s/a\n")?.code == "E-INTEGRITY-LAYOUT")
    }
    // Too early, too late, and inside the first content.
    for offset in [1024, 1535, 1537, 2048, 600] {
      let text = "\(a) 5 1:512 s/a\n\(b) 5 1:\(offset) s/b\n"
      #expect(refusal(text)?.code == "E-INTEGRITY-LAYOUT")
    }
    #expect(refusal("\(a) 5 1:512 s/a\n\(b) 5 1:1536 s/b\n") == nil)
  }

  @Test func `Entries that share a place must share their content`() {
    #expect(refusal("\(a) 5 1:512 s/a\n\(b) 5 1:512 s/b\n")?.code == "E-INTEGRITY-LAYOUT")
    #expect(refusal("\(a) 5 1:512 s/a\n\(a) 6 1:512 s/b\n")?.code == "E-INTEGRITY-LAYOUT")
    let parts = "\(a) 5 1:512 s/a\n\(a) 5 1:512+2,2:512+3 s/b\n"
    #expect(refusal(parts)?.code == "E-INTEGRITY-LAYOUT")
  }

  @Test func `Two parts of one file cannot share a place`() {
    #expect(refusal("\(a) 4 1:512+2,1:512+2 s/a\n")?.code == "E-INTEGRITY-LAYOUT")
  }

  @Test func `A chunk with nothing in it is refused`() {
    #expect(refusal("\(a) 5 2:512 s/a\n")?.code == "E-INTEGRITY-LAYOUT")
  }

  @Test func `Lengths at the end of the number line are refused without a trap`() {
    #expect(refusal("\(a) \(UInt64(1) << 63 - 1) 1:512 s/a\n")?.code == "E-INTEGRITY-ENTRIES")
    #expect(refusal("\(a) 5 1:\(UInt64(1) << 44) s/a\n")?.code == "E-INTEGRITY-ENTRIES")
    #expect(refusal("\(a) \(UInt64(1) << 44) 1:512 s/a\n")?.code == "E-INTEGRITY-ENTRIES")
  }

}
