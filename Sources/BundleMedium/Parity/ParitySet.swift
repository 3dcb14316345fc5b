package import BundleFormat
package import SafeIO

/// What the media of a bundle say of its parity: PARITY.txt and the table of its blocks, both as MANIFEST
/// names them.
package struct ParitySet: Sendable {
  /// What PARITY.txt says.
  package let list: ParityList
  /// The bytes of both files.
  package let text: [UInt8]
  package let table: [UInt8]

  /// How many files of other names are tried on a medium.
  private static let mostTried = 16

  /// How the chunks stand in rows.
  package var layout: ParityLayout { list.layout }

  /// The digest of a block, by its place in the table.
  func digest(at index: Int) -> SHA256Digest {
    unsafe SHA256Digest(table.span.bytes, at: index * 32)
  }

  /// Whether parity makes chunks good that are on no medium, as far as names and lengths tell.
  package func restores(_ chunks: [Int], on media: BundleMedia) throws(Failure) -> Bool {
    var lost: [Int] = []
    for (index, file) in list.files.enumerated() {
      let path = ParityList.directory + "/" + ParityList.fileName(index + 1)
      var isThere = false
      for medium in media.media where !isThere {
        isThere = try medium.directory.readableStatus(path)?.size == file.size
      }
      if !isThere { lost.append(index + 1) }
    }
    return layout.survives(losing: chunks, files: lost, of: list.files.map(\.size))
  }

  /// Reads both from the first medium that has them undamaged; nil for a bundle without parity.
  ///
  /// - Throws: `incomplete` when they are on no medium, or damaged on all, `integrity` when they do not
  ///   follow the format.
  package static func read(
    from media: BundleMedia,
    for manifest: Manifest
  ) throws(Failure) -> ParitySet? {
    guard let sum = manifest.parity else { return nil }
    let text = try find(ParityList.name, sum, on: media)
    let list = try ParityList(text: text, sizes: manifest.chunks.map(\.size))
    let table = try find(ParityList.tableName, list.table, on: media)
    return ParitySet(list: list, text: text, table: table)
  }

  private static func find(
    _ name: String,
    _ sum: Manifest.FileSum,
    on media: BundleMedia
  ) throws(Failure) -> [UInt8] {
    for medium in media.media {
      let known = [name, ParityList.directory + "/" + name]
      let others = medium.paths(ofSize: sum.size).filter { !known.contains($0) }
      for path in known + others.prefix(mostTried) {
        if let bytes = try read(path, sum, in: medium.directory) { return bytes }
      }
    }
    throw Failure(
      .incomplete,
      "no-parity-list",
      "\(name) is missing or damaged on every medium",
      subject: media.place,
      hint:
        "nothing can be repaired without it: add another medium of the set, or copy this one again"
    )
  }

  private static func read(
    _ path: String,
    _ sum: Manifest.FileSum,
    in directory: MediumDirectory
  ) throws(Failure) -> [UInt8]? {
    do throws(Failure) {
      guard let status = try directory.status(path), status.kind == .regular,
        status.size == sum.size
      else { return nil }
      let bytes = try directory.contents(of: path, limit: Int(clamping: sum.size))
      return SHA256Digest.of(bytes) == sum.digest ? bytes : nil
    } catch {
      // Another medium may have it whole.
      guard error.isOfMedium else { throw error }
      return nil
    }
  }
}
