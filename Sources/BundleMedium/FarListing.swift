internal import BundleFormat
internal import SafeIO
internal import Synchronization

/// A directory of a far medium that remembers what was listed: each look is a request over the network.
final class FarListing: Sendable {
  let medium: any FarMedium
  /// Below the medium's top; empty for that itself.
  private let path: String

  private struct Known {
    var entries: [FarEntry]?
    var byName: [String: Int] = [:]
    var below: [String: FarListing] = [:]
  }

  private let known = Mutex(Known())

  init(_ medium: any FarMedium, at path: String = "") { (self.medium, self.path) = (medium, path) }

  /// A path below, for messages and as a person names it.
  func describe(_ relative: String) -> String {
    [medium.name, path, relative].filter { !$0.isEmpty }.joined(separator: "/")
  }

  /// Equal for two ways to one directory.
  var identity: String { "far:" + describe("") }

  /// All that the directory lists.
  func entries() throws(Failure) -> [FarEntry] {
    if let entries = known.withLock({ $0.entries }) { return entries }
    let entries = try medium.entries(of: path, atMost: BundleLimits.fileCount)
    known.withLock { known in
      known.entries = entries
      // A file comes before a directory of its name.
      for (index, entry) in entries.enumerated() where entry.isUsable {
        guard let before = known.byName[entry.name] else {
          known.byName[entry.name] = index
          continue
        }
        if entries[before].isDirectory, !entry.isDirectory { known.byName[entry.name] = index }
      }
    }
    return entries
  }

  /// What is at a path below; nil when nothing is.
  func entry(_ relative: String) throws(Failure) -> FarEntry? {
    guard let (listing, name) = try last(relative) else { return nil }
    return try listing.own(name)
  }

  /// A directory at a path below.
  func listing(_ relative: String) throws(Failure) -> FarListing {
    guard let (parent, name) = try last(relative), let listing = try parent.below(name) else {
      throw .system("open the directory", describe(relative), errno: noSuchFile)
    }
    return listing
  }

  /// A file at a path below.
  func file(_ relative: String) throws(Failure) -> MediumFile {
    guard let (listing, name) = try last(relative), let entry = try listing.own(name),
      !entry.isDirectory
    else { throw .system("open", describe(relative), errno: noSuchFile) }
    let path = listing.path.isEmpty ? name : listing.path + "/" + name
    return MediumFile(
      try medium.open(path, size: entry.size),
      size: entry.size,
      name: describe(relative)
    )
  }

  // ENOENT.
  private var noSuchFile: Int32 { 2 }

  private func own(_ name: String) throws(Failure) -> FarEntry? {
    let entries = try entries()
    return known.withLock { $0.byName[name] }.map { entries[$0] }
  }

  /// The directory that holds the last component of a path; nil for a path without one.
  private func last(_ relative: String) throws(Failure) -> (FarListing, String)? {
    var listing = self
    var names = relative.split(separator: "/").map(String.init)
    guard let name = names.popLast() else { return nil }
    for name in names {
      guard let next = try listing.below(name) else { return nil }
      listing = next
    }
    return (listing, name)
  }

  private func below(_ name: String) throws(Failure) -> FarListing? {
    if let listing = known.withLock({ $0.below[name] }) { return listing }
    guard try own(name)?.isDirectory == true else { return nil }
    let listing = FarListing(medium, at: path.isEmpty ? name : path + "/" + name)
    known.withLock { $0.below[name] = listing }
    return listing
  }
}
