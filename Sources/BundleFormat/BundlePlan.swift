package import SafeIO

/// Which content goes into which chunk, at which offset: decided from lists and sizes alone, so that
/// two exporters with the same snapshots and options make the same bundle.
package struct BundlePlan: Sendable {
  /// Every entry and its place.
  package let table: EntryTable
  /// For each chunk, whether it is compressed; stored chunks come first.
  package let isCompressed: [Bool]

  /// Names that end so hold content that does not compress further.
  private static let storedSuffixes: [String] = [
    ".deb", ".udeb", ".ddeb", ".xz", ".gz", ".bz2", ".lzma", ".zst", ".lz4", ".tgz", ".txz",
    ".tbz", ".jar", ".png", ".jpg", ".iso",
  ]

  /// Whether content of this name goes into a stored chunk.
  static func isStored(_ path: ArraySlice<UInt8>) -> Bool {
    storedSuffixes.contains { suffix in path.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }
  }

  /// The longest tar archive whose chunk file stays within `chunkSize`, whatever is in it.
  ///
  /// zstd never needs more than 1/256 and 64 bytes beyond its input (`ZSTD_compressBound`), and
  /// the frame header and checksum 22.
  static func capacity(chunkSize: UInt64, isCompressed: Bool) -> UInt64 {
    let length = isCompressed ? chunkSize - chunkSize / 256 - 1024 : chunkSize
    return length - length % TarHeader.block - TarHeader.endLength
  }

  /// Which contents come first, and which have a chunk for themselves.
  package struct Order: Sendable {
    /// Up to which length a content that is larger than a chunk has one of its own, in bytes.
    ///
    /// What is longer is split; nil splits everything that is larger than a chunk.
    package var wholeSize: UInt64?
    /// How many classes there are; chunks never mix two.
    package var classes = 1
    /// The class of the entry at a position, from 0, which comes first.
    package var classOf: @Sendable (Int) -> Int = { _ in 0 }

    package init() {}
  }

  /// The longest file that an archive of so many bytes is compressed to, in bytes.
  package static func compressedBound(_ length: UInt64) -> UInt64 { length + length / 256 + 1024 }

  /// Plans a bundle.
  ///
  /// - Parameters:
  ///   - files: those of all snapshots, named `<snapshot>/<path>`.
  ///   - chunkSize: the largest chunk file, in bytes; that of a content which has one for itself may be
  ///     larger.
  ///   - order: which contents come first.
  ///   - held: digests that the receiver is relied on to have, which get no place.
  /// - Throws: `usage` for a chunk size out of range or too small for a file's names, `integrity` for
  ///   a digest with two sizes.
  package init(
    entries files: FileList,
    chunkSize: UInt64,
    order: Order = Order(),
    held: (SHA256Digest) -> Bool = { _ in false }
  ) throws(Failure) {
    try BundlePlan.check(chunkSize)
    if let whole = order.wholeSize { try BundlePlan.check(whole) }
    var fillers = (0..<order.classes).flatMap { _ in
      ChunkFiller.ofClass(chunkSize: chunkSize, wholeSize: order.wholeSize, files: files)
    }
    // Room for all, of which only what is used costs memory: growing would hold half of it twice.
    fillers[1].placements.reserveCapacity(files.count)
    let inOrder = files.indicesByDigest()
    for start in BundlePlan.groupStarts(inOrder, files) {
      let group = BundlePlan.group(at: Int(start), inOrder, files)
      let first = Int(group[group.startIndex])
      for entry in group where files.size(at: Int(entry)) != files.size(at: first) {
        throw Failure(
          .integrity,
          "two-sizes",
          "this file and \(files.path(at: first)) have one SHA-256 but not one size",
          subject: files.path(at: Int(entry)),
          hint: "make the snapshot again; nothing was written"
        )
      }
      if held(files.digest(at: first)) { continue }
      let isStored = group.contains { BundlePlan.isStored(files.pathBytes(at: Int($0))) }
      let number = group.reduce(order.classes - 1) { min($0, order.classOf(Int($1))) }
      let base = max(0, number) * ChunkFiller.kinds + (isStored ? 0 : 2)
      let isWhole = try fillers[base].takesWhole(group, beyond: fillers[base + 1])
      try fillers[base + (isWhole ? 0 : 1)].place(group)
    }
    let (placements, isCompressed) = try BundlePlan.join(&fillers)
    table = EntryTable(files: files, placements: placements)
    self.isCompressed = isCompressed
  }

  /// Puts the chunks of all fillers behind each other.
  private static func join(
    _ fillers: inout [ChunkFiller]
  ) throws(Failure) -> (placements: [Placement], isCompressed: [Bool]) {
    let count = fillers.reduce(0) { $0 + $1.chunks }
    guard count <= BundleLimits.chunkCount else {
      throw Failure(
        .usage,
        "chunk-size",
        "the bundle would have \(count) chunks, more than \(BundleLimits.chunkCount)",
        hint: "choose a larger --chunk-size"
      )
    }
    // Placed in order, so that nothing has to be sorted; in place, since there may be a million.
    var placements: [Placement] = []
    var isCompressed: [Bool] = []
    for index in fillers.indices where fillers[index].chunks > 0 {
      if isCompressed.isEmpty {
        swap(&placements, &fillers[index].placements)
      } else {
        let before = UInt32(isCompressed.count)
        for place in fillers[index].placements {
          placements.append(place.shifted(byChunks: before))
        }
      }
      isCompressed += Array(repeating: fillers[index].isCompressed, count: fillers[index].chunks)
    }
    return (placements, isCompressed)
  }

  private static func check(_ chunkSize: UInt64) throws(Failure) {
    guard chunkSize >= BundleLimits.smallestChunkSize, chunkSize <= BundleLimits.largestChunkSize
    else {
      throw Failure(
        .usage,
        "chunk-size",
        "a chunk has from \(BundleLimits.smallestChunkSize) to \(BundleLimits.largestChunkSize) "
          + "bytes, not \(chunkSize)"
      )
    }
  }

  /// Entries of one content stand together in `order`; where each such group begins, the groups in
  /// the order of their first entry.
  private static func groupStarts(_ order: [UInt32], _ files: FileList) -> [UInt32] {
    var starts: [UInt32] = []
    starts.reserveCapacity(order.count)
    for index in order.indices {
      let isFirst =
        index == 0
        || files.digest(at: Int(order[index])) != files.digest(at: Int(order[index - 1]))
      if isFirst { starts.append(UInt32(index)) }
    }
    starts.sort { order[Int($0)] < order[Int($1)] }
    return starts
  }

  private static func group(
    at start: Int,
    _ order: [UInt32],
    _ files: FileList
  ) -> ArraySlice<UInt32> {
    var end = start + 1
    let digest = files.digest(at: Int(order[start]))
    while end < order.count, files.digest(at: Int(order[end])) == digest { end += 1 }
    return order[start..<end]
  }
}
