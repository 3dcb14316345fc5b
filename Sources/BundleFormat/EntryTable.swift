package import SafeIO

/// Where a piece of content lies: a chunk, counted from 1, and a range of the tar archive in it.
package struct Placement: Sendable, Equatable {
  // Packed, since a bundle may have a million: chunk in 20 bits above offset in 44, part in 14
  // bits above length in 44 (`BundleLimits`); in halves, so that all of it needs 20 bytes.
  private let placeHigh: UInt32
  private let placeLow: UInt32
  private let extentHigh: UInt32
  private let extentLow: UInt32
  /// The position of the entry in the table.
  package let entry: UInt32

  private static let low: UInt64 = (1 << 44) - 1

  /// Nil beyond `BundleLimits`.
  package init?(chunk: UInt32, entry: UInt32, offset: UInt64, length: UInt64, part: UInt16) {
    guard chunk < 1 << 20, offset <= Placement.low, length <= Placement.low, part < 1 << 14 else {
      return nil
    }
    self.init(
      place: UInt64(chunk) << 44 | offset,
      extent: UInt64(part) << 44 | length,
      entry: entry
    )
  }

  private init(place: UInt64, extent: UInt64, entry: UInt32) {
    placeHigh = UInt32(place >> 32)
    placeLow = UInt32(truncatingIfNeeded: place)
    extentHigh = UInt32(extent >> 32)
    extentLow = UInt32(truncatingIfNeeded: extent)
    self.entry = entry
  }

  private var place: UInt64 { UInt64(placeHigh) << 32 | UInt64(placeLow) }
  private var extent: UInt64 { UInt64(extentHigh) << 32 | UInt64(extentLow) }

  /// The same place in a chunk that stands `count` further on; `count` is below 2^20.
  func shifted(byChunks count: UInt32) -> Placement {
    Placement(place: place + UInt64(count) << 44, extent: extent, entry: entry)
  }

  /// The chunk, counted from 1.
  package var chunk: UInt32 { UInt32(place >> 44) }
  /// Where the bytes begin in the (plain) tar archive.
  package var offset: UInt64 { place & Placement.low }
  /// How many bytes.
  package var length: UInt64 { extent & Placement.low }
  /// 0 for a whole file, else the number of the part, counted from 1.
  package var part: UInt16 { UInt16(extent >> 44) }

  /// By chunk, offset and entry: the order in which a chunk has them.
  static func standsBefore(_ left: Placement, _ right: Placement) -> Bool {
    left.place == right.place ? left.entry < right.entry : left.place < right.place
  }
}

/// What ENTRIES says: every file of every snapshot of a bundle, and where its bytes lie.
///
/// Files are named `<snapshot>/<path>`. Held compactly, since a bundle may have a million.
package struct EntryTable: Sendable {
  /// Path, size and digest of each entry, sorted by path.
  package let files: FileList
  /// Where the content lies, by chunk and offset; entries that lie nowhere have none.
  package let placements: [Placement]

  package init(files: FileList, placements: [Placement]) {
    self.files = files
    self.placements = placements
  }

  /// How many entries there are.
  package var count: Int { files.count }

  /// The positions of one snapshot's entries.
  package func range(ofSnapshot name: String) -> Range<Int> {
    files.indices(withPrefix: name + "/")
  }

  /// Gives the canonical text of one snapshot's list (its files under their own paths) in pieces
  /// of some 64 KiB; its SHA-256 is the snapshot's digest.
  package func forEachListingBlock(
    ofSnapshot name: String,
    _ body: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    let prefix = name.utf8.count + 1
    var text: [UInt8] = []
    text.reserveCapacity(1 << 16 + 2048)
    try files.forEachPath(in: range(ofSnapshot: name)) { (index, path) throws(Failure) in
      files.appendLine(path.dropFirst(prefix), at: index, to: &text)
      guard text.count >= 1 << 16 else { return }
      try body(text)
      text.removeAll(keepingCapacity: true)
    }
    if !text.isEmpty { try body(text) }
  }

  /// The placements in one chunk, by offset.
  package func placements(inChunk number: Int) -> ArraySlice<Placement> {
    let chunk = UInt32(clamping: number)
    let start = firstPlacement(from: chunk)
    return placements[start..<firstPlacement(from: chunk &+ 1)]
  }

  /// How many entries have no place: an increment relies on the receiver to have them.
  package var unplacedCount: Int { isPlaced.count { !$0 } }

  /// The different contents that lie nowhere, each with one of its entries.
  package var unplacedContents: [(entry: Int, digest: SHA256Digest)] {
    let isPlaced = isPlaced
    var seen: Set<SHA256Digest> = []
    return (0..<count).compactMap { entry in
      guard !isPlaced[entry] else { return nil }
      let digest = files.digest(at: entry)
      return seen.insert(digest).inserted ? (entry, digest) : nil
    }
  }

  private var isPlaced: [Bool] {
    var isPlaced = [Bool](repeating: false, count: count)
    for place in placements { isPlaced[Int(place.entry)] = true }
    return isPlaced
  }

  /// Where a part begins in its file: behind the parts before it, in bytes.
  package func firstByte(ofPart part: UInt16, entry: Int) -> UInt64 {
    placements.reduce(0) { sum, place in
      Int(place.entry) == entry && place.part < part ? sum + place.length : sum
    }
  }

  private func firstPlacement(from chunk: UInt32) -> Int {
    var low = 0
    var high = placements.count
    while low < high {
      let middle = (low + high) / 2
      if placements[middle].chunk < chunk { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension EntryTable {
  /// Gives the text of ENTRIES in pieces of some 64 KiB.
  ///
  /// A line an entry: `<sha256> <size> <where> <snapshot>/<path>\n`, where `<where>` is `-`,
  /// `<chunk>:<offset>`, or for a split file `<chunk>:<offset>+<length>` for each part, joined by
  /// commas.
  package func forEachTextBlock<Problem: Error>(
    _ body: ([UInt8]) throws(Problem) -> Void
  ) throws(Problem) {
    // The first placement of each entry; the further parts of split files, which are few, apart.
    var first = [UInt32](repeating: .max, count: count)
    var parts: [UInt32: [Int]] = [:]
    for (index, place) in placements.enumerated() {
      if place.part > 0 { parts[place.entry, default: []].append(index) }
      if place.part <= 1 { first[Int(place.entry)] = UInt32(index) }
    }
    var text: [UInt8] = []
    text.reserveCapacity(1 << 16 + 4096)
    try files.forEachPath(in: 0..<count) { (index, path) throws(Problem) in
      files.digest(at: index).appendHex(to: &text)
      text.append(0x20)
      DecimalNumber.append(files.size(at: index), to: &text)
      text.append(0x20)
      if first[index] == .max {
        text.append(0x2d)
      } else if let split = parts[UInt32(index)] {
        let inOrder = split.map { placements[$0] }.sorted { $0.part < $1.part }
        text += inOrder.map { "\($0.chunk):\($0.offset)+\($0.length)" }.joined(separator: ",").utf8
      } else {
        let place = placements[Int(first[index])]
        DecimalNumber.append(UInt64(place.chunk), to: &text)
        text.append(0x3a)
        DecimalNumber.append(place.offset, to: &text)
      }
      text.append(0x20)
      text += path
      text.append(0x0a)
      guard text.count >= 1 << 16 else { return }
      try body(text)
      text.removeAll(keepingCapacity: true)
    }
    if !text.isEmpty { try body(text) }
  }
}
