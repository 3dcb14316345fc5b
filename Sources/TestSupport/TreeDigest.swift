private import Foundation
private import Glibc
private import SafeIO

/// Everything that matters about a directory tree, to compare it before and after.
package struct TreeDigest: Hashable, Sendable, CustomStringConvertible {
  /// What an entry is.
  package enum Kind: String, Hashable, Sendable {
    case file
    case directory
    case link
    case other
  }

  /// What is compared besides paths, types, sizes, contents and link targets.
  package struct Detail: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    /// Permission bits.
    package static let modes = Detail(rawValue: 1)
    /// Modification times of files.
    package static let times = Detail(rawValue: 2)
  }

  /// One file, directory or link.
  package struct Entry: Hashable, Sendable {
    /// Relative to the root of the tree.
    package let path: String
    package let kind: Kind
    package let size: Int
    /// SHA-256 of a file, target of a link, else empty.
    package let content: String
    /// Permission bits when asked for, else 0.
    package let mode: UInt32
    /// Seconds and nanoseconds when asked for, else 0.
    package let time: [Int]
  }

  /// Sorted by the bytes of their paths.
  package let entries: [Entry]

  /// Reads the tree at `path`; what lies below one of the `skipping` paths is left out.
  package init(of path: String, _ detail: Detail = [], skipping: Set<String> = []) throws {
    var found: [Entry] = []
    try TreeDigest.collect(path, "", detail, skipping, &found)
    entries = found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private static func collect(
    _ root: String,
    _ relative: String,
    _ detail: Detail,
    _ skipping: Set<String>,
    _ found: inout [Entry]
  ) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: root + "/" + relative) {
      let path = relative.isEmpty ? name : relative + "/" + name
      if skipping.contains(path) { continue }
      let full = root + "/" + path
      var status = stat()
      guard unsafe lstat(full, &status) == 0 else {
        throw TestSupportError("could not look at \(full)")
      }
      var kind = Kind.other
      var content = ""
      switch status.st_mode & S_IFMT {
      case S_IFREG:
        kind = .file
        content = SHA256Digest.of(try Disk.read(full)).hex
      case S_IFDIR: kind = .directory
      case S_IFLNK:
        kind = .link
        content = try FileManager.default.destinationOfSymbolicLink(atPath: full)
      default: break
      }
      found.append(
        Entry(
          path: path,
          kind: kind,
          size: kind == .file ? Int(status.st_size) : 0,
          content: content,
          mode: detail.contains(.modes) && kind != .link ? status.st_mode & 0o7777 : 0,
          time: detail.contains(.times) && kind == .file
            ? [status.st_mtim.tv_sec, status.st_mtim.tv_nsec] : []
        )
      )
      if kind == .directory { try collect(root, path, detail, skipping, &found) }
    }
  }

  /// One line for each entry that stands in only one of the two trees or differs.
  package func difference(to other: TreeDigest) -> [String] {
    let mine = Set(entries)
    let theirs = Set(other.entries)
    return mine.subtracting(theirs).map { "- \($0)" }.sorted()
      + theirs.subtracting(mine).map { "+ \($0)" }.sorted()
  }

  package var description: String {
    entries.map { "\($0.kind.rawValue) \($0.size) \($0.content) \($0.path)" }
      .joined(separator: "\n")
  }
}
