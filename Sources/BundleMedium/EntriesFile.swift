private import Archives
package import BundleFormat
package import SafeIO

/// Reads ENTRIES.zst: its digest is checked before a byte of it is decompressed.
package enum EntriesFile {
  /// The name on the medium.
  package static let name = "ENTRIES.zst"
  /// How many files of other names are tried on a medium: each is read whole, and whoever made the medium
  /// chose how many there are.
  private static let mostTried = 16

  /// How long the file of a table will be, in bytes.
  static func length(of table: EntryTable) throws(Failure) -> UInt64 {
    var plain: UInt64 = 0
    table.forEachTextBlock { plain += UInt64($0.count) }
    var length: UInt64 = 0
    func count(_ bytes: RawSpan) throws(Failure) { length += UInt64(bytes.byteCount) }
    var zstd = try ZstdWriter(level: ChunkWriter.compressionLevel, contentSize: plain)
    try table.forEachTextBlock { (text) throws(Failure) in
      try unsafe zstd.write(text.span.bytes, count)
    }
    try zstd.finish(count)
    return length
  }

  /// The table, from the first medium that has the file undamaged, checked against the manifest.
  ///
  /// - Throws: `incomplete` when no medium has the file, `integrity` when it is damaged on all of
  ///   them or does not say what the manifest says.
  package static func read(
    from media: BundleMedia,
    for manifest: Manifest
  ) throws(Failure) -> EntryTable {
    try first(of: media, manifest) { (directory, path) throws(Failure) in
      // Read once: what is checked is what is parsed.
      guard var blocks = try load(path, from: directory, manifest.entries) else { return nil }
      // Taken from the end, so that a block that has been decompressed is freed at once.
      blocks.reverse()
      return try parse(manifest) { blocks.popLast() }
    }
  }

  /// The table of a manifest that nobody has vouched for; nil when it is too long to be read.
  ///
  /// Whoever wrote the manifest chose these lengths: the file is never held in memory, and its text
  /// costs a reader no more memory than it has bytes.
  package static func readClaimed(
    from media: BundleMedia,
    for manifest: Manifest
  ) throws(Failure) -> EntryTable? {
    guard
      max(manifest.entries.size, manifest.plainEntries.size)
        <= BundleLimits.unverifiedEntriesLength
    else { return nil }
    return try first(of: media, manifest) { (directory, path) throws(Failure) in
      guard try isWhole(path, directory, manifest.entries) else { return nil }
      let file = try directory.file(path)
      var rest = manifest.entries.size
      return try parse(manifest) { () throws(Failure) in
        guard rest > 0 else { return nil }
        let block = Block(capacity: Int(min(rest, UInt64(Block.standardCapacity))))
        let count = try file.read(into: block, at: manifest.entries.size - rest)
        rest -= UInt64(count)
        return count > 0 ? block : nil
      }
    }
  }

  /// What `read` makes of the first medium on which it finds the file undamaged.
  private static func first(
    of media: BundleMedia,
    _ manifest: Manifest,
    _ read: (MediumDirectory, String) throws(Failure) -> EntryTable?
  ) throws(Failure) -> EntryTable {
    var damaged: [String] = []
    var irregular: [String] = []
    for medium in media.media {
      let status: MediumStatus?
      do throws(Failure) {
        status = try medium.directory.status(name)
      } catch {
        guard error.isOfMedium else { throw error }
        damaged.append(medium.directory.describe(name))
        continue
      }
      guard let status else { continue }
      guard status.kind == .regular else {
        // Not opened: opening a FIFO or device can have an effect. Another medium may have the file.
        irregular.append(medium.directory.describe(name))
        continue
      }
      if status.size == manifest.entries.size, let table = try read(medium.directory, name) {
        return table
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
    // Under another name it is the same file.
    for medium in media.media {
      for path in medium.paths(ofSize: manifest.entries.size).prefix(mostTried) {
        if let table = try read(medium.directory, path) { return table }
      }
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

  /// The files that may be it: those of its name and length, then those of its length.
  package static func candidates(
    on media: BundleMedia,
    for manifest: Manifest
  ) throws(Failure) -> [MediumFile] {
    var files: [MediumFile] = []
    for medium in media.media {
      guard let status = try medium.directory.readableStatus(name), status.kind == .regular,
        status.size == manifest.entries.size
      else { continue }
      files.append(try medium.directory.file(name))
    }
    for medium in media.media {
      for path in medium.paths(ofSize: manifest.entries.size).prefix(mostTried) {
        files.append(try medium.directory.file(path))
      }
    }
    return files
  }

  /// The file's bytes; nil when they are not those that were signed, or the medium cannot be read.
  private static func load(
    _ path: String,
    from directory: MediumDirectory,
    _ sum: Manifest.FileSum
  ) throws(Failure) -> [Block]? {
    do {
      let blocks = try load(try directory.file(path), length: sum.size)
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
    _ file: MediumFile,
    length: UInt64
  ) throws(Failure) -> [Block] {
    var blocks: [Block] = []
    var rest = length
    while rest > 0 {
      let block = Block(capacity: Int(min(rest, UInt64(Block.standardCapacity))))
      while block.room > 0 {
        let offset = length - rest + UInt64(block.count)
        if try file.read(into: block, at: offset) == 0 { return blocks + [block] }
      }
      rest -= UInt64(block.count)
      blocks.append(block)
    }
    return blocks
  }

  /// Whether the file is the one that MANIFEST names; false also when the medium cannot be read.
  private static func isWhole(
    _ path: String,
    _ directory: MediumDirectory,
    _ sum: Manifest.FileSum
  ) throws(Failure) -> Bool {
    do {
      let file = try directory.file(path)
      var hasher = SHA256Hasher()
      var length: UInt64 = 0
      try file.forEachBlock { (bytes) throws(Failure) in
        hasher.update(bytes)
        length += UInt64(bytes.byteCount)
        return length <= sum.size
      }
      return length == sum.size && hasher.finish() == sum.digest
    } catch {
      guard error.isOfMedium else { throw error }
      return false
    }
  }

  private static func parse(
    _ manifest: Manifest,
    _ nextBlock: () throws(Failure) -> Block?
  ) throws(Failure) -> EntryTable {
    let files = manifest.snapshots.reduce(0 as UInt64) { sum, snapshot in
      let (total, overflow) = sum.addingReportingOverflow(snapshot.files)
      return overflow ? .max : total
    }
    var reader = EntryReader(
      chunkCount: manifest.chunks.count,
      expectedCount: Int(clamping: files),
      textLength: Int(clamping: manifest.plainEntries.size)
    )
    var hasher = SHA256Hasher()
    var zstd = try ZstdReader(expectedSize: manifest.plainEntries.size)
    while let block = try nextBlock() {
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
