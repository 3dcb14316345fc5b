internal import SafeIO

/// One of the two hierarchies of directories that an image has over the same contents.
struct DiscHierarchy {
  /// Whose names they are.
  enum Kind {
    /// ISO 9660 with Rock Ridge.
    case plain
    /// Joliet.
    case wide
  }

  let kind: Kind
  private let tree: DiscTree
  private let date: UTCTime
  // By node.
  private let identifiers: [[UInt8]]
  /// The directories, in the order of the path table.
  let directories: [Int]
  // The sector and the length in bytes of each directory, by node.
  private var sectors: [UInt32]
  private var lengths: [UInt32]
  /// The sectors of the path tables: low byte first, high byte first.
  private(set) var tables: (little: UInt32, big: UInt32) = (0, 0)

  /// Where the files lie, by node, and the reference to Rock Ridge.
  struct Places {
    var files: [UInt32]
    var reference: UInt32 = 0
  }

  init(_ kind: Kind, of tree: DiscTree, date: UTCTime) {
    self.kind = kind
    self.date = date
    var identifiers = [[UInt8]](repeating: [0], count: tree.nodes.count)
    var sorted = tree
    var (directories, next) = ([0], 0)
    while next < directories.count {
      let directory = directories[next]
      var taken: Set<[UInt8]> = []
      // In the order of their own names, so that the order of the input decides nothing.
      let children = tree.nodes[directory].children.sorted {
        tree.nodes[$0].name.utf8.lexicographicallyPrecedes(tree.nodes[$1].name.utf8)
      }
      for child in children {
        let (name, isFile) = (tree.nodes[child].name, tree.nodes[child].size != nil)
        identifiers[child] =
          kind == .plain
          ? DiscNames.plain(name, isFile: isFile, &taken) : DiscNames.wide(name, &taken)
      }
      sorted.order(
        directory,
        children.sorted { identifiers[$0].lexicographicallyPrecedes(identifiers[$1]) }
      )
      directories += sorted.nodes[directory].children.filter { tree.nodes[$0].size == nil }
      next += 1
    }
    (self.tree, self.identifiers, self.directories) = (sorted, identifiers, directories)
    sectors = [UInt32](repeating: 0, count: tree.nodes.count)
    lengths = sectors
    // A record's length follows from names alone.
    let nowhere = Places(files: sectors)
    for directory in directories {
      lengths[directory] = UInt32(bytes(of: directory, nowhere).count)
    }
  }

  /// The length of a path table, in bytes.
  var tableLength: Int {
    directories.reduce(0) { $0 + 8 + (identifiers[$1].count + 1) / 2 * 2 }
  }

  /// Gives the path tables their sectors, from `sector` on.
  mutating func placeTables(from sector: inout UInt32) {
    let length = UInt32(DiscBytes.sectors(UInt64(tableLength)))
    tables = (sector, sector + length)
    sector += 2 * length
  }

  /// Gives the directories their sectors.
  mutating func placeDirectories(from sector: inout UInt32) {
    for directory in directories {
      sectors[directory] = sector
      sector += lengths[directory] / UInt32(DiscBytes.sector)
    }
  }

  /// Where the directory itself lies.
  private func extent(of directory: Int) -> DiscExtent {
    DiscExtent(sector: sectors[directory], length: lengths[directory], isFollowed: false)
  }

  /// The record of the top directory that the volume descriptor has.
  var topRecord: [UInt8] { DiscRecord.bytes([0], extent(of: 0), isDirectory: true, date) }

  /// The sectors of one directory: records in order, none across the end of a sector.
  func bytes(of directory: Int, _ places: Places) -> [UInt8] {
    var bytes: [UInt8] = []
    func add(_ record: [UInt8]) {
      if bytes.count % DiscBytes.sector + record.count > DiscBytes.sector {
        bytes = DiscBytes.filled(bytes)
      }
      bytes += record
    }
    let parent = tree.nodes[directory].parent
    for (identifier, node) in [(UInt8(0), directory), (1, parent)] {
      let more = fields(of: node, isTop: identifier == 0 && directory == 0, places)
      add(DiscRecord.bytes([identifier], extent(of: node), isDirectory: true, date, more: more))
    }
    for child in tree.nodes[directory].children {
      let name = kind == .plain ? RockRidge.name(tree.nodes[child].name) : []
      let more = fields(of: child, isTop: false, places) + name
      let size = tree.nodes[child].size
      let extents =
        size.map { DiscExtent.all(of: $0, from: places.files[child]) } ?? [extent(of: child)]
      for extent in extents {
        add(
          DiscRecord.bytes(
            identifiers[child],
            extent,
            isDirectory: size == nil,
            date,
            more: more
          )
        )
      }
    }
    return DiscBytes.filled(bytes)
  }

  private func fields(of node: Int, isTop: Bool, _ places: Places) -> [UInt8] {
    guard kind == .plain else { return [] }
    let attributes = RockRidge.attributes(
      isDirectory: tree.nodes[node].size == nil,
      links: tree.links(of: node),
      date
    )
    guard isTop else { return attributes }
    return RockRidge.beginning + attributes + RockRidge.continuation(at: places.reference)
  }

  /// A path table in one byte order.
  func table(isBig: Bool) -> [UInt8] {
    var numbers = [UInt16](repeating: 1, count: tree.nodes.count)
    for (index, directory) in directories.enumerated() { numbers[directory] = UInt16(index + 1) }
    return directories.flatMap { directory in
      let identifier = identifiers[directory]
      let (sector, parent) = (sectors[directory], numbers[tree.nodes[directory].parent])
      return [UInt8(identifier.count), 0]
        + (isBig ? DiscBytes.big32(sector) : DiscBytes.little32(sector))
        + (isBig ? DiscBytes.big16(parent) : DiscBytes.little16(parent))
        + identifier + (identifier.count.isMultiple(of: 2) ? [] : [0])
    }
  }
}
