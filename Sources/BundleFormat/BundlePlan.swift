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

  /// Plans a bundle.
  ///
  /// - Parameters:
  ///   - files: those of all snapshots, named `<snapshot>/<path>`.
  ///   - chunkSize: the largest chunk file, in bytes.
  ///   - held: digests that the receiver is relied on to have, which get no place.
  /// - Throws: `usage` for a chunk size out of range or too small for a file's names, `integrity` for
  ///   a digest with two sizes.
  package init(
    entries files: FileList,
    chunkSize: UInt64,
    held: (SHA256Digest) -> Bool = { _ in false }
  ) throws(Failure) {
    try BundlePlan.check(chunkSize)
    var stored = Filler(isCompressed: false, chunkSize: chunkSize, files: files)
    var compressed = Filler(isCompressed: true, chunkSize: chunkSize, files: files)
    // Room for all, of which only what is used costs memory: growing would hold half of it twice.
    stored.placements.reserveCapacity(files.count)
    let order = files.indicesByDigest()
    for start in BundlePlan.groupStarts(order, files) {
      let group = BundlePlan.group(at: Int(start), order, files)
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
      if group.contains(where: { BundlePlan.isStored(files.pathBytes(at: Int($0))) }) {
        try stored.place(group)
      } else {
        try compressed.place(group)
      }
    }
    stored.close()
    compressed.close()
    let count = stored.chunks + compressed.chunks
    guard count <= BundleLimits.chunkCount else {
      throw Failure(
        .usage,
        "chunk-size",
        "the bundle would have \(count) chunks, more than \(BundleLimits.chunkCount)",
        hint: "choose a larger --chunk-size"
      )
    }
    // Placed in order, so that nothing has to be sorted; in place, since there may be a million.
    for place in compressed.placements {
      stored.placements.append(place.shifted(byChunks: UInt32(stored.chunks)))
    }
    table = EntryTable(files: files, placements: stored.placements)
    isCompressed =
      Array(repeating: false, count: stored.chunks)
      + Array(repeating: true, count: compressed.chunks)
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

/// Fills the chunks of one kind, one after the other.
private struct Filler {
  let files: FileList
  let capacity: UInt64
  var placements: [Placement] = []
  /// How many chunks have been begun.
  var chunks = 0
  private var position: UInt64 = 0

  init(isCompressed: Bool, chunkSize: UInt64, files: FileList) {
    self.files = files
    capacity = BundlePlan.capacity(chunkSize: chunkSize, isCompressed: isCompressed)
  }

  mutating func close() { position = 0 }

  /// How many bytes the headers of a content and of its links need.
  private func overhead(
    _ group: ArraySlice<UInt32>,
    length: UInt64,
    part: UInt16
  ) -> (header: UInt64, links: UInt64) {
    var names = group.map {
      ChunkLayout.memberName(files.pathBytes(at: Int($0)), part: part)
    }
    let target = names.removeFirst()
    let links = names.reduce(0 as UInt64) {
      $0 + TarHeader.length(name: $1.span, kind: .link(to: target))
    }
    return (TarHeader.length(name: target.span, kind: .file(size: length)), links)
  }

  mutating func place(_ group: ArraySlice<UInt32>) throws(Failure) {
    let size = files.size(at: Int(group[group.startIndex]))
    let (header, links) = overhead(group, length: size, part: 0)
    let (padded, overflow) = size.addingReportingOverflow(TarHeader.padding(after: size))
    guard !overflow, padded < UInt64.max - header - links else {
      throw tooSmall(group)
    }
    let need = header + padded + links
    if need > capacity { return try split(group, size: size) }
    if chunks == 0 || need > capacity - position { begin() }
    try append(group, offset: position + header, length: size, part: 0)
    position += need
  }

  private mutating func begin() {
    chunks += 1
    position = 0
  }

  private mutating func append(
    _ group: ArraySlice<UInt32>,
    offset: UInt64,
    length: UInt64,
    part: UInt16
  ) throws(Failure) {
    for entry in group {
      guard
        let place = Placement(
          chunk: UInt32(clamping: chunks),
          entry: entry,
          offset: offset,
          length: length,
          part: part
        )
      else { throw tooSmall(group) }
      placements.append(place)
    }
  }

  /// Each part begins a chunk; behind the last one other content may follow.
  private mutating func split(_ group: ArraySlice<UInt32>, size: UInt64) throws(Failure) {
    // Nothing to split: it is the links that are too many.
    guard size > 0 else { throw tooSmall(group) }
    var rest = size
    var part: UInt16 = 0
    while rest > 0 {
      part += 1
      guard Int(part) <= BundleLimits.partCount else { throw tooSmall(group) }
      let (length, header, links) = try piece(group, rest: rest, part: part)
      begin()
      try append(group, offset: header, length: length, part: part)
      position = header + length + TarHeader.padding(after: length) + links
      rest -= length
    }
  }

  /// How much of `rest` fits into an empty chunk; the header depends on that length, and the
  /// length on the header's.
  private func piece(
    _ group: ArraySlice<UInt32>,
    rest: UInt64,
    part: UInt16
  ) throws(Failure) -> (length: UInt64, header: UInt64, links: UInt64) {
    var length = min(rest, capacity)
    while true {
      let (header, links) = overhead(group, length: length, part: part)
      guard header + links + TarHeader.block <= capacity else { throw tooSmall(group) }
      let room = capacity - header - links
      let fitting = min(rest, room - room % TarHeader.block)
      if fitting >= length { return (length, header, links) }
      length = fitting
    }
  }

  private func tooSmall(_ group: ArraySlice<UInt32>) -> Failure {
    Failure(
      .usage,
      "chunk-size",
      "the chunk size is too small for this file and its names",
      subject: files.path(at: Int(group[group.startIndex])),
      hint: "choose a larger --chunk-size"
    )
  }
}
