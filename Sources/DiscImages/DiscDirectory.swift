package import SafeIO

/// A directory of a disc, and what its records say.
package struct DiscDirectory: Sendable {
  /// Where it is, for messages.
  package let path: String
  /// Equal for two ways to one directory of one image.
  package func identity() throws(Failure) -> String {
    "\(try image.identity()):\(extent.sector)"
  }

  /// The path of the image or drive.
  package var imagePath: String { image.name }

  private let image: DiscImage
  private let extent: DiscExtent
  // The sectors of the directories above.
  private let above: [UInt32]

  /// The longest directory that is read, in bytes, and the most names.
  private static let longest: UInt32 = 64 << 20
  private static let mostEntries = 300_000
  /// How many pieces a file has at most: each may have 4 GiB.
  private static let mostPieces = 4096
  /// How deep directories may lie in each other.
  private static let deepest = 64

  init(of image: DiscImage, path: String, at extent: DiscExtent, below above: [UInt32]) {
    (self.image, self.path, self.extent, self.above) = (image, path, extent, above)
  }

  /// A path below it, for messages.
  package func describe(_ name: String) -> String { path + "/" + name }

  /// Opens a directory that it lists.
  ///
  /// - Throws: `unsafe` when the disc's directories lie in each other in a circle.
  package func directory(_ entry: DiscEntry) throws(Failure) -> DiscDirectory {
    let place = describe(entry.name)
    guard entry.kind == .directory, let first = entry.extents.first, entry.extents.count == 1 else {
      throw Failure(.unsafe, .notRegular, "this is not a directory", subject: place)
    }
    guard above.count < DiscDirectory.deepest, first.sector != extent.sector,
      !above.contains(first.sector)
    else { throw damaged("directories lie in each other in a circle, or too deep", place) }
    guard image.enters(first.sector, as: place) else {
      throw damaged("many directories of the disc are one and the same", place)
    }
    return DiscDirectory(of: image, path: place, at: first, below: above + [extent.sector])
  }

  /// Opens a file that it lists.
  package func file(_ entry: DiscEntry) throws(Failure) -> DiscFile {
    guard entry.kind == .regular else {
      throw Failure(
        .unsafe,
        .notRegular,
        "this is not a regular file",
        subject: describe(entry.name)
      )
    }
    return DiscFile(of: image, entry, name: describe(entry.name))
  }

  /// All that it lists, in the order of the disc, without itself and the one above.
  ///
  /// - Throws: `unsafe` when its records are not as a disc has them, or too many.
  package func entries() throws(Failure) -> [DiscEntry] {
    guard extent.length <= DiscDirectory.longest else {
      throw damaged("the directory is longer than any that aptferry writes", path)
    }
    var entries: [DiscEntry] = []
    // The piece of a file that another piece follows.
    var begun: DiscRecordReader?
    let start = UInt64(extent.sector) * UInt64(DiscBytes.sector)
    for offset in stride(from: 0, to: UInt64(extent.length), by: DiscBytes.sector) {
      try Interruption.check()
      let rest = min(DiscBytes.sector, Int(UInt64(extent.length) - offset))
      let bytes = try image.bytes(at: start + offset, length: rest)
      guard bytes.count == rest else { throw damaged("the disc ends in a directory", path) }
      var position = 0
      while position < rest, bytes[position] > 0 {
        let length = Int(bytes[position])
        guard position + length <= rest,
          let record = DiscRecordReader(bytes[position..<(position + length)])
        else { throw damaged("a record of the directory is not as a disc has it", path) }
        position += length
        if record.isOfDirectoryItself { continue }
        if let known = begun, known.identifier != record.identifier {
          throw damaged("a file of several pieces lacks one", path)
        }
        // Taken out, so that appending copies nothing.
        var whole = begun
        begun = nil
        whole?.append(record)
        let file = whole ?? record
        guard file.extents.count <= DiscDirectory.mostPieces else {
          throw damaged("a file has more pieces than any file needs", path)
        }
        guard !record.isFollowed else {
          begun = file
          continue
        }
        try image.count(entry: path)
        guard entries.count < DiscDirectory.mostEntries else {
          throw damaged("there are too many files in this directory", path)
        }
        entries.append(try file.entry(in: image))
      }
    }
    guard begun == nil else { throw damaged("a file of several pieces lacks one", path) }
    return entries
  }

  private func damaged(_ what: String, _ place: String) -> Failure {
    Failure(
      .unsafe,
      "disc-structure",
      what,
      subject: place,
      hint: "the disc or image is damaged, or was made to do harm: use another copy"
    )
  }
}

/// One name in a directory of a disc.
package struct DiscEntry: Sendable {
  /// The name, for messages only where `isUsable` is false.
  package let name: String
  /// Whether it can be the name of a file: text, no slash in it, neither `.` nor `..`.
  package let isUsable: Bool
  /// What it is.
  package let kind: FileStatus.Kind
  /// The length in bytes, as the disc states it.
  package let size: UInt64
  let extents: [DiscExtent]

  /// The sector in which it begins.
  package var sector: UInt32? { extents.first?.sector }
}

/// A file of a disc, read at any offset.
package struct DiscFile: Sendable {
  /// What it is called in messages.
  package let name: String
  /// The length in bytes, as the disc states it.
  package let size: UInt64
  private let image: DiscImage
  private let extents: [DiscExtent]

  init(of image: DiscImage, _ entry: DiscEntry, name: String) {
    (self.image, self.name, size, extents) = (image, name, entry.size, entry.extents)
  }

  /// Reads at a byte offset, at most `limit`, into the block's free part; 0 at the end of the file,
  /// and at the end of a disc that is shorter than it should be.
  package func read(
    into block: Block,
    at offset: UInt64,
    limit: Int = .max
  ) throws(Failure) -> Int {
    var start: UInt64 = 0
    for extent in extents {
      let end = start + UInt64(extent.length)
      if offset < end {
        let most = min(limit, Int(end - offset))
        let place = UInt64(extent.sector) * UInt64(DiscBytes.sector) + (offset - start)
        return try image.read(into: block, at: place, limit: most)
      }
      start = end
    }
    return 0
  }
}
