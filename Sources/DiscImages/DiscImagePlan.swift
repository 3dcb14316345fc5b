package import SafeIO

/// Where everything lies in an image of a disc: ISO 9660 level 3 with Rock Ridge and Joliet.
///
/// It follows from names, sizes, label and date alone: the size is known before a byte is written,
/// and the same input gives the same image. The contents lie in the order in which the files are
/// given, so that a reader that takes them in that order never goes back.
package struct DiscImagePlan: Sendable {
  /// A file of the image.
  package struct File: Sendable, Equatable {
    /// The path from the top of the disc.
    package let path: String
    /// The length in bytes.
    package let size: UInt64
    /// The sector in which it begins; 0 for an empty file.
    package let sector: UInt32
  }

  /// The length of a sector, in bytes.
  package static let sectorLength = DiscBytes.sector
  /// The sectors behind the last file: drives that read ahead fail in the last ones of a disc.
  package static let padding: UInt32 = 150
  /// The longest label, in characters.
  package static let labelLength = 32

  /// The volume's label.
  package let label: String
  /// The time that everything in the image has.
  package let date: UTCTime
  /// The files, in the order in which they were given.
  package let files: [File]
  /// How many sectors the image has.
  package let sectors: UInt32
  let hierarchies: [DiscHierarchy]
  let places: DiscHierarchy.Places

  /// The length of the image, in bytes.
  package var size: UInt64 { UInt64(sectors) * UInt64(DiscImagePlan.sectorLength) }

  /// Plans an image.
  ///
  /// - Parameters:
  ///   - files: paths from the top of the disc, with the length of each in bytes, in the order in
  ///     which their contents are to lie. Files above 4 GiB get several extents.
  ///   - label: the volume's label; Joliet shows its first 16 characters.
  ///   - date: the time of all files and of the volume.
  /// - Throws: `usage` where an image cannot have such names or label, `resource` where it would be
  ///   too long.
  package init(
    files: [(path: String, size: UInt64)],
    label: String,
    date: UTCTime
  ) throws(Failure) {
    guard label.utf8.count <= DiscImagePlan.labelLength,
      label.utf8.allSatisfy({ (0x20..<0x7f).contains($0) })
    else {
      throw Failure(
        .usage,
        "image-label",
        "a disc's label has at most \(DiscImagePlan.labelLength) characters of ASCII",
        subject: label
      )
    }
    let tree = try DiscTree(files)
    var hierarchies = [
      DiscHierarchy(.plain, of: tree, date: date), DiscHierarchy(.wide, of: tree, date: date),
    ]
    var places = DiscHierarchy.Places(files: [UInt32](repeating: 0, count: tree.nodes.count))
    var sector = DiscDescriptor.systemArea + UInt32(hierarchies.count) + 1
    for index in hierarchies.indices { hierarchies[index].placeTables(from: &sector) }
    for index in hierarchies.indices { hierarchies[index].placeDirectories(from: &sector) }
    // Behind the directories: libarchive refuses a reference that lies before them.
    places.reference = sector
    var next = UInt64(sector) + 1
    let limit = UInt64(UInt32.max) - UInt64(DiscImagePlan.padding)
    var placed: [File] = []
    for (node, file) in zip(tree.files, files) {
      let length = DiscBytes.sectors(file.size)
      guard next + length <= limit else { throw DiscImagePlan.tooLong(file.path) }
      places.files[node] = file.size == 0 ? 0 : UInt32(next)
      placed.append(File(path: file.path, size: file.size, sector: places.files[node]))
      next += length
    }
    (self.label, self.date, self.files) = (label, date, placed)
    (self.hierarchies, self.places) = (hierarchies, places)
    sectors = UInt32(next) + DiscImagePlan.padding
  }

  private static func tooLong(_ path: String) -> Failure {
    Failure(
      .resource,
      "image-length",
      "an image has at most \(UInt64(UInt32.max) * 2048) bytes",
      subject: path,
      hint: "put fewer files on one disc"
    )
  }

  /// Everything before the first file, piece by piece.
  func forEachPieceOfFront(_ body: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    try body([UInt8](repeating: 0, count: Int(DiscDescriptor.systemArea) * DiscBytes.sector))
    for hierarchy in hierarchies {
      try body(DiscDescriptor.volume(hierarchy, label: label, sectors: sectors, date))
    }
    try body(DiscDescriptor.end)
    for hierarchy in hierarchies {
      try body(DiscBytes.filled(hierarchy.table(isBig: false)))
      try body(DiscBytes.filled(hierarchy.table(isBig: true)))
    }
    for hierarchy in hierarchies {
      for directory in hierarchy.directories { try body(hierarchy.bytes(of: directory, places)) }
    }
    try body(DiscBytes.filled(RockRidge.reference))
  }
}
