package import SafeIO

/// Reads ENTRIES from blocks of its text as they are decompressed, one strict line after the other.
package struct EntryReader {
  private var builder = FileList.Builder()
  private var placements: [Placement] = []
  private var rest: [UInt8] = []
  private var previous: [UInt8] = []
  private var line = 0
  private let chunkCount: Int
  private let expectedCount: Int
  private var partCount = 0

  /// The longest line, in bytes: more than a digest, a size, 9999 parts and a path ever need.
  package static let longestLine = BundleLimits.entryLineLength

  /// A reader for a bundle of `chunkCount` chunks; no entry may lie in another.
  ///
  /// The count and the length of the text, in bytes, are what the manifest says: room is made for
  /// them at once, within the limits of the list, so that nothing is copied while it grows; and
  /// more entries than that are refused before they cost anything.
  package init(chunkCount: Int, expectedCount: Int = .max, textLength: Int = 0) {
    (self.chunkCount, self.expectedCount) = (chunkCount, expectedCount)
    // A line has a digest, a size, a place, a path of at least three bytes and their ends.
    let known = min(max(0, expectedCount), max(0, textLength) / 72)
    placements.reserveCapacity(min(known, 2_000_000))
  }

  private func refuse(_ what: String) -> Failure {
    Failure(
      .integrity,
      "entries",
      "line \(line) \(what)",
      subject: "ENTRIES",
      hint: "the bundle was not made by a program that follows the format; nothing was changed"
    )
  }

  /// Takes the next block of text in.
  package mutating func read(_ block: Span<UInt8>) throws(Failure) {
    var start = 0
    for index in block.indices where block[index] == 0x0a {
      let piece = block.extracting(start..<index)
      if rest.isEmpty {
        try readLine(piece)
      } else {
        for offset in piece.indices { rest.append(piece[offset]) }
        let whole = rest
        rest.removeAll(keepingCapacity: true)
        try readLine(whole.span)
      }
      start = index + 1
    }
    guard rest.count + block.count - start <= EntryReader.longestLine else {
      line += 1
      throw refuse("is too long")
    }
    for index in start..<block.count { rest.append(block[index]) }
  }

  private mutating func readLine(_ text: Span<UInt8>) throws(Failure) {
    line += 1
    guard builder.count < expectedCount else { throw refuse("is more than MANIFEST says") }
    // Here too, or it would depend on where the blocks end.
    guard text.count <= EntryReader.longestLine else { throw refuse("is too long") }
    guard text.count > 68, text[64] == 0x20,
      let digest = SHA256Digest(hex: text.extracting(0..<64))
    else { throw refuse("does not begin with a SHA-256 and a space") }
    var cursor = 65
    guard let size = DecimalNumber.read(text, at: &cursor), cursor < text.count,
      text[cursor] == 0x20
    else { throw refuse("has no size") }
    cursor += 1
    try readPlacements(text, at: &cursor, size: size)
    guard cursor < text.count, text[cursor] == 0x20 else { throw refuse("has no path") }
    let path = text.extracting((cursor + 1)..<text.count)
    guard line == 1 || previous.precedes(path) else { throw refuse("is not in order") }
    previous.removeAll(keepingCapacity: true)
    previous.append(copying: path)
    guard previous.contains(0x2f) else { throw refuse("has no snapshot before its path") }
    guard !ChunkLayout.isReserved(path) else {
      throw ChunkLayout.reserved(previous)
    }
    try builder.add(path: path, size: size, digest: digest)
  }

  private mutating func readPlacements(
    _ text: Span<UInt8>,
    at cursor: inout Int,
    size: UInt64
  ) throws(Failure) {
    guard cursor < text.count, text[cursor] != 0x2d else {
      cursor += 1
      return
    }
    let entry = UInt32(clamping: builder.count)
    var part = 0
    var total: UInt64 = 0
    while true {
      guard let chunk = DecimalNumber.read(text, at: &cursor), chunk >= 1,
        chunk <= UInt64(chunkCount), cursor < text.count, text[cursor] == 0x3a
      else { throw refuse("names a chunk that is not in the bundle") }
      cursor += 1
      guard let offset = DecimalNumber.read(text, at: &cursor),
        offset <= BundleLimits.largestChunkSize, cursor < text.count
      else { throw refuse("has no offset") }
      var length = size
      let isPart = text[cursor] == 0x2b
      if isPart {
        cursor += 1
        guard let read = DecimalNumber.read(text, at: &cursor), read > 0, cursor < text.count else {
          throw refuse("has a part without a length")
        }
        length = read
      }
      guard isPart || part == 0, part < BundleLimits.partCount else {
        throw refuse("has parts that do not belong together")
      }
      if isPart {
        part += 1
        partCount += 1
      }
      let (sum, overflow) = total.addingReportingOverflow(length)
      guard !overflow else { throw refuse("has parts longer than the file") }
      total = sum
      guard partCount <= BundleLimits.allPartsCount else {
        throw refuse("has more parts than all entries together may have")
      }
      guard
        let place = Placement(
          chunk: UInt32(chunk),
          entry: entry,
          offset: offset,
          length: length,
          part: UInt16(part)
        )
      else { throw refuse("has more content than a chunk can hold") }
      placements.append(place)
      guard text[cursor] == 0x2c else { break }
      guard isPart else { throw refuse("has parts that do not belong together") }
      cursor += 1
    }
    guard total == size, part != 1 else { throw refuse("has parts that are not the whole file") }
  }

  /// The table, when all of the text has been read.
  package consuming func finish() throws(Failure) -> EntryTable {
    guard rest.isEmpty else { throw refuse("does not end") }
    var sorted: [Placement] = []
    swap(&sorted, &placements)
    sorted.sort(by: Placement.standsBefore)
    return EntryTable(files: try builder.finish(), placements: sorted)
  }
}
