internal import DiscImages
internal import SafeIO
internal import Synchronization

/// A directory of a disc that remembers what was read of it: a disc is slow, and each of its
/// directories has to be read as a whole for a single name.
final class DiscListing: Sendable {
  let directory: DiscDirectory

  private struct Known {
    var entries: [DiscEntry]?
    var byName: [String: Int] = [:]
    var below: [String: DiscListing] = [:]
  }

  private let known = Mutex(Known())

  init(_ directory: DiscDirectory) { self.directory = directory }

  /// All that the directory lists.
  func entries() throws(Failure) -> [DiscEntry] {
    if let entries = known.withLock({ $0.entries }) { return entries }
    let entries = try directory.entries()
    known.withLock { known in
      known.entries = entries
      // Of two with one name the first counts.
      for (index, entry) in entries.enumerated() where entry.isUsable {
        if known.byName[entry.name] == nil { known.byName[entry.name] = index }
      }
    }
    return entries
  }

  /// What is at a path below; nil when nothing is.
  func entry(_ path: String) throws(Failure) -> DiscEntry? {
    guard let (listing, name) = try last(path) else { return nil }
    return try listing.own(name)
  }

  /// A directory at a path below.
  func listing(_ path: String) throws(Failure) -> DiscListing {
    guard let (parent, name) = try last(path), let listing = try parent.below(name) else {
      throw .system("open the directory", directory.describe(path), errno: noSuchFile)
    }
    return listing
  }

  /// A file at a path below.
  func file(_ path: String) throws(Failure) -> DiscFile {
    guard let (listing, name) = try last(path), let entry = try listing.own(name) else {
      throw .system("open", directory.describe(path), errno: noSuchFile)
    }
    return try listing.directory.file(entry)
  }

  // ENOENT.
  private var noSuchFile: Int32 { 2 }

  private func own(_ name: String) throws(Failure) -> DiscEntry? {
    let entries = try entries()
    return known.withLock { $0.byName[name] }.map { entries[$0] }
  }

  /// The directory that holds the last component of a path; nil for a path without one.
  private func last(_ path: String) throws(Failure) -> (DiscListing, String)? {
    var listing = self
    var names = path.split(separator: "/").map(String.init)
    guard let name = names.popLast() else { return nil }
    for name in names {
      guard let next = try listing.below(name) else { return nil }
      listing = next
    }
    return (listing, name)
  }

  /// Forgets what was read of a directory below.
  func forget(_ name: String) { known.withLock { $0.below[name] = nil } }

  private func below(_ name: String) throws(Failure) -> DiscListing? {
    if let listing = known.withLock({ $0.below[name] }) { return listing }
    guard let entry = try own(name), entry.kind == .directory else { return nil }
    let listing = DiscListing(try directory.directory(entry))
    known.withLock { $0.below[name] = listing }
    return listing
  }
}
