package import SafeIO

/// Where a piece of content lies: a chunk, counted from 1, and a range of the tar archive in it.
package struct Placement: Sendable, Equatable {
  /// The chunk, counted from 1.
  package let chunk: UInt32
  /// The position of the entry in the table.
  package let entry: UInt32
  /// Where the bytes begin in the (plain) tar archive.
  package let offset: UInt64
  /// How many bytes.
  package let length: UInt64
  /// 0 for a whole file, else the number of the part, counted from 1.
  package let part: UInt16

  package init(chunk: UInt32, entry: UInt32, offset: UInt64, length: UInt64, part: UInt16) {
    self.chunk = chunk
    self.entry = entry
    self.offset = offset
    self.length = length
    self.part = part
  }

  /// By chunk, offset and entry: the order in which a chunk has them.
  static func standsBefore(_ left: Placement, _ right: Placement) -> Bool {
    if left.chunk != right.chunk { return left.chunk < right.chunk }
    if left.offset != right.offset { return left.offset < right.offset }
    return left.entry < right.entry
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

  /// The files of one snapshot under their own paths.
  package func snapshotFiles(_ name: String) throws(Failure) -> FileList {
    var builder = FileList.Builder()
    let prefix = name.utf8.count + 1
    for index in range(ofSnapshot: name) {
      let path = files.pathBytes(at: index).dropFirst(prefix)
      try builder.add(path: path.span, size: files.size(at: index), digest: files.digest(at: index))
    }
    return try builder.finish()
  }

  /// The placements in one chunk, by offset.
  package func placements(inChunk number: Int) -> ArraySlice<Placement> {
    let chunk = UInt32(clamping: number)
    let start = firstPlacement(from: chunk)
    return placements[start..<firstPlacement(from: chunk &+ 1)]
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
  package func forEachTextBlock(_ body: ([UInt8]) throws -> Void) rethrows {
    let order = placements.indices.sorted {
      let (left, right) = (placements[$0], placements[$1])
      return left.entry == right.entry ? left.part < right.part : left.entry < right.entry
    }
    var next = 0
    var text: [UInt8] = []
    text.reserveCapacity(1 << 16 + 4096)
    for index in 0..<count {
      files.digest(at: index).appendHex(to: &text)
      text += " \(files.size(at: index)) ".utf8
      var isFirst = true
      while next < order.count, placements[order[next]].entry == UInt32(index) {
        let place = placements[order[next]]
        if !isFirst { text.append(0x2c) }
        text += "\(place.chunk):\(place.offset)".utf8
        if place.part > 0 { text += "+\(place.length)".utf8 }
        isFirst = false
        next += 1
      }
      if isFirst { text.append(0x2d) }
      text.append(0x20)
      text += files.pathBytes(at: index)
      text.append(0x0a)
      if text.count >= 1 << 16 {
        try body(text)
        text.removeAll(keepingCapacity: true)
      }
    }
    if !text.isEmpty { try body(text) }
  }
}
