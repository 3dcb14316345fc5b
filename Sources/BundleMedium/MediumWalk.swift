internal import BundleFormat
package import SafeIO

/// Lists all that lies in directories of a medium, by name and kind: no file is opened, no link followed.
package struct MediumWalk {
  /// What was found.
  package private(set) var strangers: [Stranger] = []
  private var count = 0
  private var bundlesSeen = 0
  // The bundles' directories, which are checked for themselves.
  private var known: Set<String> = []

  /// How deep directories are looked into.
  private static let deepest = 64

  package init() {}

  /// What lies on media beside the bundles' directories; nothing where a bundle itself was named.
  package static func beside(
    _ bundles: [BundleMedia],
    in paths: [String],
    among far: FarMedia = .none
  ) throws(Failure) -> [Stranger] {
    var walk = MediumWalk()
    walk.known = Set(
      try bundles.flatMap(\.media).map { (medium) throws(Failure) in
        try medium.directory.identity()
      }
    )
    var seen: Set<String> = []
    for path in paths {
      let top = try MediumDirectory(opening: path, among: far)
      let identity = try top.identity()
      guard !walk.known.contains(identity), seen.insert(identity).inserted else { continue }
      try walk.addContents(of: top, depth: 0)
    }
    return walk.strangers
  }

  /// Whether a directory on a medium is a bundle, or the empty `lost+found` that a file system has from
  /// the beginning.
  private func isKnown(
    _ name: String,
    in top: MediumDirectory,
    depth: Int
  ) throws(Failure) -> Bool {
    do throws(Failure) {
      guard !known.isEmpty || name == "lost+found" && depth == 0 else { return false }
      let directory = try top.directory(name)
      if known.contains(try directory.identity()) { return true }
      guard name == "lost+found", depth == 0 else { return false }
      guard try directory.list().isEmpty else { return false }
      return try directory.unreadableEntries().isEmpty
    } catch {
      guard error.isOfMedium else { throw error }
      return false
    }
  }

  /// Adds a stranger that was seen; of a directory what is in it.
  package mutating func add(_ stranger: Stranger, at path: String, in top: MediumDirectory)
    throws(Failure)
  {
    guard stranger.kind == .directory else {
      strangers.append(stranger)
      return
    }
    try addDirectory(path, in: top, depth: 1)
  }

  private mutating func addDirectory(
    _ path: String,
    in parent: MediumDirectory,
    depth: Int
  ) throws(Failure) {
    let place = parent.describe(path)
    guard depth <= MediumWalk.deepest else {
      strangers.append(Stranger(place, .unread))
      return
    }
    let (known, bundles) = (strangers.count, bundlesSeen)
    do throws(Failure) {
      try addContents(of: try parent.directory(path), depth: depth)
    } catch {
      // Such as `lost+found`, which only root may open.
      guard error.isOfMedium else { throw error }
      strangers.append(Stranger(place, .unread))
    }
    // A directory with a bundle in it, such as the place where a medium is mounted, is no stranger.
    if strangers.count == known, bundlesSeen == bundles {
      strangers.append(Stranger(place, .directory))
    }
  }

  private mutating func addContents(
    of directory: MediumDirectory,
    depth: Int
  ) throws(Failure) {
    for entry in try entries(of: directory) {
      if entry.kind == .directory, try isKnown(entry.name, in: directory, depth: depth) {
        bundlesSeen += 1
        continue
      }
      if entry.kind == .directory {
        try addDirectory(entry.name, in: directory, depth: depth + 1)
      } else {
        strangers.append(Stranger(directory.describe(entry.name), Stranger.Kind(entry.kind)))
      }
    }
    try addUnreadable(in: directory)
  }

  /// Adds what has a name that cannot be read as text; nothing where the directory cannot be listed.
  mutating func addUnreadable(in directory: MediumDirectory) throws(Failure) {
    let entries: [Directory.Entry]
    do throws(Failure) {
      entries = try directory.unreadableEntries()
    } catch {
      guard error.kind == .io, error.isOfMedium else { throw error }
      return
    }
    for entry in entries {
      let kind = entry.kind == .directory ? Stranger.Kind.unread : Stranger.Kind(entry.kind)
      strangers.append(Stranger(directory.describe(entry.name), kind))
    }
  }

  private mutating func entries(of directory: MediumDirectory) throws(Failure) -> [Directory.Entry]
  {
    var found: [Directory.Entry] = []
    try directory.forEachEntry { (entry) throws(Failure) in
      count += 1
      guard count <= BundleLimits.fileCount else {
        throw Failure(
          .unsafe,
          "too-many-files",
          "there are more than \(BundleLimits.fileCount) files on this medium beside the bundles",
          subject: directory.path,
          hint: "name the bundle's own directory, or do not use this medium"
        )
      }
      found.append(entry)
    }
    return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

extension Stranger.Kind {
  /// What a name in a directory is.
  init(_ kind: FileStatus.Kind) {
    self =
      switch kind {
      case .regular: .file
      case .directory: .directory
      case .symbolicLink: .link
      case .other: .special
      }
  }
}
