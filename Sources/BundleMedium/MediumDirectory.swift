internal import DiscImages
package import SafeIO

/// What is at a path on a medium.
package struct MediumStatus: Sendable {
  /// The kind of file.
  package let kind: FileStatus.Kind
  /// The size in bytes.
  package let size: UInt64
}

/// A directory on a medium: mounted, or in an image of a disc, or on a disc in its drive, or far away.
///
/// Media are only ever read. It can know files by other names than theirs: those of a bundle, which
/// the medium changed.
package struct MediumDirectory: Sendable {
  private enum Place: Sendable {
    case mounted(Directory)
    case disc(DiscListing)
    case far(FarListing)
  }

  private let place: Place
  private let names: MediumNames

  /// A directory that is mounted.
  package init(_ directory: Directory) { self.init(.mounted(directory), .unchanged) }

  /// Opens what the user named: a directory, an image of a disc, the drive with a disc, or one of the
  /// media that are far away.
  ///
  /// - Throws: `usage` for anything else, and for an image of something else.
  package init(opening path: String, among far: FarMedia = .none) throws(Failure) {
    if let medium = far[path] {
      self.init(.far(FarListing(medium)), .unchanged)
    } else if let file = try OpenFile.namedFileOrDevice(path) {
      let length = try file.length()
      let image = try DiscImage(file, length: length)
      self.init(.disc(DiscListing(image.top)), .unchanged)
    } else {
      self.init(try Directory(opening: path))
    }
  }

  private init(_ place: Place, _ names: MediumNames) { (self.place, self.names) = (place, names) }

  /// The same, with the names that the medium has for those of a bundle.
  func knowing(_ names: MediumNames) -> MediumDirectory { MediumDirectory(place, names) }

  /// The paths that the medium changed: what the bundle has, and where that is for messages.
  package var changedNames: [(path: String, place: String)] {
    names.all.map { (path: $0.path, place: describe(actual: $0.actual)) }
  }

  /// Where it is, for messages.
  package var path: String {
    switch place {
    case .mounted(let directory): directory.path
    case .disc(let listing): listing.directory.path
    case .far(let listing): listing.describe("")
    }
  }

  /// What a person names to have it read again: of an image or drive all of it.
  package var namedPath: String {
    switch place {
    case .mounted(let directory): directory.path
    case .disc(let listing): listing.directory.imagePath
    case .far(let listing): listing.describe("")
    }
  }

  /// A path below it, for messages.
  package func describe(_ relative: String) -> String { describe(actual: names.path(relative)) }

  private func describe(actual: String) -> String {
    switch place {
    case .mounted(let directory): directory.describe(actual)
    case .disc(let listing): listing.directory.describe(actual)
    case .far(let listing): listing.describe(actual)
    }
  }

  /// Equal for two ways to one directory of one mounted medium, or image.
  package func identity() throws(Failure) -> String {
    switch place {
    case .mounted(let directory):
      let status = try directory.status()
      return "\(status.device):\(status.inode)"
    case .disc(let listing): return try listing.directory.identity()
    case .far(let listing): return listing.identity
    }
  }

  /// The directory as it is mounted; nil where it lies in an image, or on a disc that is not mounted.
  package var mounted: Directory? {
    guard case .mounted(let directory) = place else { return nil }
    return directory
  }

  /// Whether it lies on a disc, where reading in the order of place matters.
  package var isOnDisc: Bool {
    switch place {
    case .mounted(let directory): directory.isOptical
    case .disc: true
    case .far: false
    }
  }

  /// The sector in which a file begins; nil where that is not known.
  package func sector(of relative: String) throws(Failure) -> UInt32? {
    guard case .disc(let listing) = place else { return nil }
    return try listing.entry(names.path(relative)).flatMap(\.sector)
  }

  /// What is at a path, without following a link in its last component; nil when nothing is.
  package func status(_ relative: String) throws(Failure) -> MediumStatus? {
    let actual = names.path(relative)
    switch place {
    case .mounted(let directory):
      return try directory.status(actual).map { MediumStatus(kind: $0.kind, size: $0.size) }
    case .disc(let listing):
      return try listing.entry(actual)
        .map { MediumStatus(kind: $0.kind, size: $0.kind == .regular ? $0.size : 0) }
    case .far(let listing):
      return try listing.entry(actual).map { MediumStatus(kind: $0.kind, size: $0.size) }
    }
  }

  /// The same as far as the medium can be read: nil for a name that cannot be looked at, too.
  package func readableStatus(_ relative: String) throws(Failure) -> MediumStatus? {
    do throws(Failure) {
      return try status(relative)
    } catch {
      guard error.isOfMedium else { throw error }
      return nil
    }
  }

  /// Opens a directory below this one.
  package func directory(_ relative: String) throws(Failure) -> MediumDirectory {
    let actual = names.path(relative)
    switch place {
    case .mounted(let directory):
      return MediumDirectory(
        .mounted(try directory.directory(actual)),
        names.below(relative)
      )
    case .disc(let listing):
      return MediumDirectory(
        .disc(try listing.listing(actual)),
        names.below(relative)
      )
    case .far(let listing):
      return MediumDirectory(.far(try listing.listing(actual)), names.below(relative))
    }
  }

  /// Forgets what was read of a directory below this one: nobody needs it any more.
  func forget(_ name: String) {
    if case .disc(let listing) = place { listing.forget(name) }
  }

  /// Opens a regular file for reading; anything else (FIFO, device, directory, link) is refused.
  package func file(_ relative: String) throws(Failure) -> MediumFile {
    let actual = names.path(relative)
    switch place {
    case .mounted(let directory):
      return MediumFile(SharedFile(try directory.file(actual)))
    case .disc(let listing): return MediumFile(try listing.file(actual))
    case .far(let listing): return try listing.file(actual)
    }
  }

  /// The whole content of a small file, refused above `limit` bytes.
  package func contents(of relative: String, limit: Int) throws(Failure) -> [UInt8] {
    try file(relative).readAll(limit: limit)
  }

  /// The names in this directory, sorted by bytes, without those that are no text.
  package func list() throws(Failure) -> [Directory.Entry] {
    var entries: [Directory.Entry] = []
    try forEachEntry { entries.append($0) }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Hands out the names that `list` answers, in no order and without keeping them.
  package func forEachEntry(
    _ body: (Directory.Entry) throws(Failure) -> Void
  ) throws(Failure) {
    switch place {
    case .mounted(let directory):
      guard !names.isEmpty else { return try directory.forEachEntry(body) }
      try directory.forEachEntry { (entry) throws(Failure) in
        try body(Directory.Entry(name: names.original(of: entry.name), kind: entry.kind))
      }
    case .disc(let listing):
      for entry in try listing.entries() where entry.isUsable {
        try body(Directory.Entry(name: names.original(of: entry.name), kind: entry.kind))
      }
    case .far(let listing):
      for entry in try listing.entries() where entry.isUsable {
        try body(Directory.Entry(name: names.original(of: entry.name), kind: entry.kind))
      }
    }
  }

  /// The names that are no text, or that no file can have, as they can be shown, with what each is.
  package func unreadableEntries() throws(Failure) -> [Directory.Entry] {
    switch place {
    case .mounted(let directory): try directory.unreadableEntries()
    case .disc(let listing):
      try listing.entries().filter { !$0.isUsable }
        .map { Directory.Entry(name: $0.name, kind: $0.kind) }
    case .far(let listing):
      try listing.entries().filter { !$0.isUsable }
        .map { Directory.Entry(name: $0.name, kind: $0.kind) }
    }
  }
}
