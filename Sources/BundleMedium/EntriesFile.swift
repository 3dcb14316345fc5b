private import Archives
package import BundleFormat
package import SafeIO

/// Reads ENTRIES.zst: its digest is checked before a byte of it is decompressed.
package enum EntriesFile {
  /// The name on the medium.
  package static let name = "ENTRIES.zst"

  /// The table, from the first medium that has the file undamaged, checked against the manifest.
  ///
  /// - Throws: `incomplete` when no medium has the file, `integrity` when it is damaged on all of
  ///   them or does not say what the manifest says.
  package static func read(
    from media: BundleMedia,
    for manifest: Manifest
  ) throws(Failure) -> EntryTable {
    var damaged: [String] = []
    var irregular: [String] = []
    for medium in media.media {
      guard let status = try medium.directory.status(name) else { continue }
      guard status.kind == .regular else {
        // Not opened: opening a FIFO or device can have an effect. Another medium may have the file.
        irregular.append(medium.directory.describe(name))
        continue
      }
      if status.size == manifest.entries.size,
        let blocks = try load(from: medium.directory, manifest.entries)
      {
        return try parse(blocks, manifest)
      }
      damaged.append(medium.directory.describe(name))
    }
    if !irregular.isEmpty {
      throw Failure(
        .unsafe,
        "not-regular",
        "this is not a regular file",
        subject: irregular.joined(separator: ", "),
        hint: "do not use this medium: nothing that aptferry writes looks like this"
      )
    }
    if damaged.isEmpty {
      throw Failure(
        .incomplete,
        "no-entries",
        "ENTRIES.zst is missing on every medium",
        subject: media.place,
        hint: "every medium of a set carries it: copy the media again"
      )
    }
    throw Failure(
      .integrity,
      "entries-damaged",
      "ENTRIES.zst is not the file that MANIFEST names",
      subject: damaged.joined(separator: ", "),
      hint: "copy the medium again, or add another medium of the set; nothing was changed"
    )
  }

  /// The file's bytes, read once: what is checked is what is parsed; nil when they are not those
  /// that were signed, or the medium cannot be read.
  private static func load(
    from directory: Directory,
    _ sum: Manifest.FileSum
  ) throws(Failure) -> [Block]? {
    do {
      let blocks = try load(try directory.file(name), length: sum.size)
      var hasher = SHA256Hasher()
      for block in blocks { hasher.update(block.bytes) }
      return hasher.finish() == sum.digest ? blocks : nil
    } catch {
      // Another medium may have it whole.
      guard error.isOfMedium else { throw error }
      return nil
    }
  }

  /// Reads at most `length` bytes.
  private static func load(
    _ file: borrowing OpenFile,
    length: UInt64
  ) throws(Failure) -> [Block] {
    var blocks: [Block] = []
    var rest = length
    while rest > 0 {
      let block = Block(capacity: Int(min(rest, UInt64(Block.standardCapacity))))
      while block.room > 0 {
        if try file.read(into: block) == 0 { return blocks + [block] }
      }
      rest -= UInt64(block.count)
      blocks.append(block)
    }
    return blocks
  }

  private static func parse(
    _ source: consuming [Block],
    _ manifest: Manifest
  ) throws(Failure) -> EntryTable {
    let files = manifest.snapshots.reduce(0 as UInt64) { $0 &+ $1.files }
    var reader = EntryReader(
      chunkCount: manifest.chunks.count,
      expectedCount: Int(clamping: files),
      textLength: Int(clamping: manifest.plainEntries.size)
    )
    var hasher = SHA256Hasher()
    var zstd = try ZstdReader(expectedSize: manifest.plainEntries.size)
    // Taken from the end, so that a block that has been decompressed is freed at once.
    var blocks = Array(source.reversed())
    while let block = blocks.popLast() {
      try zstd.read(block.bytes) { (text) throws(Failure) in
        hasher.update(text)
        try reader.read(Span(_bytes: text))
      }
    }
    try zstd.finish()
    guard hasher.finish() == manifest.plainEntries.digest else {
      throw refuse("the text in ENTRIES.zst is not the one that MANIFEST names")
    }
    let table = try reader.finish()
    try check(table, against: manifest)
    return table
  }

  private static func refuse(_ what: String) -> Failure {
    Failure(
      .integrity,
      "entries",
      what,
      subject: "ENTRIES",
      hint: "the bundle was not made by a program that follows the format; nothing was changed"
    )
  }

  /// Entries and snapshots must speak of the same files, and every chunk must have a layout of
  /// exactly the length that the manifest states.
  private static func check(_ table: EntryTable, against manifest: Manifest) throws(Failure) {
    var covered = 0
    for snapshot in manifest.snapshots {
      let range = table.range(ofSnapshot: snapshot.name)
      covered += range.count
      var hasher = SHA256Hasher()
      var bytes: UInt64 = 0
      for index in range {
        let (sum, overflow) = bytes.addingReportingOverflow(table.files.size(at: index))
        guard !overflow else { throw refuse("the files of \(snapshot.name) are too long") }
        bytes = sum
      }
      try table.forEachListingBlock(ofSnapshot: snapshot.name) { (text) throws(Failure) in
        hasher.update(text)
      }
      guard UInt64(range.count) == snapshot.files, bytes == snapshot.bytes,
        hasher.finish() == snapshot.digest
      else { throw refuse("the files of snapshot \(snapshot.name) are not those of MANIFEST") }
    }
    guard covered == table.count else { throw refuse("there are entries of no snapshot") }
    for (index, chunk) in manifest.chunks.enumerated() {
      let layout = try ChunkLayout(chunk: index + 1, of: table)
      guard layout.length == chunk.plainSize else {
        throw refuse("chunk \(index + 1) does not have the length that its entries give")
      }
    }
  }
}
