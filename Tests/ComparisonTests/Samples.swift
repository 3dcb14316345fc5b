import DebianRepository
import SafeIO
import TestSupport

@testable import Comparison

/// A package as a Packages file lists it; another `content` is another file.
func binary(
  _ name: String,
  _ version: String,
  content: String? = nil,
  source: String? = nil
) -> String {
  """
  Package: \(name)
  Version: \(version)
  Architecture: amd64
  \(source.map { "Source: \($0)\n" } ?? "")Filename: pool/\(name)_\(version).deb
  Size: 1
  SHA256: \(SHA256Digest.of(Array((content ?? name + version).utf8)).hex)


  """
}

/// A source package as a Sources file lists it.
func source(_ name: String, _ version: String) -> String {
  """
  Package: \(name)
  Version: \(version)
  Directory: pool
  Checksums-Sha256:
   \(SHA256Digest.of(Array((name + version).utf8)).hex) 1 \(name)_\(version).dsc


  """
}

/// The list that some stanzas of a Packages file give.
func list(_ stanzas: String...) throws -> PackageList {
  var list = PackageList()
  var reader = PackageIndexReader(.packages, name: "Packages")
  try reader.feed(Array(stanzas.joined().utf8).span) { (stanza) throws(Failure) in
    try list.add(stanza)
  }
  try reader.finish { (stanza) throws(Failure) in try list.add(stanza) }
  list.finish()
  return list
}

/// A change in one line: `upgraded pier 1.0-1 2.0-1`, with `-` for no version.
func line(_ change: PackageChange) -> String {
  "\(change.kind.rawValue) \(change.name) \(change.before ?? "-") \(change.after ?? "-")"
}

/// Two states whose indexes lie in a directory.
struct States {
  private let scratch: ScratchDirectory
  private let directory: Directory

  init(in scratch: ScratchDirectory) throws {
    self.scratch = scratch
    directory = try Directory(opening: scratch.path)
  }

  /// A state of these files, all of which can be opened but those in `lost`.
  func state(
    _ suites: [String],
    _ files: [String: String],
    lost: [String: String] = [:]
  ) throws -> SnapshotComparison.State {
    var builder = FileList.Builder()
    for (path, text) in files.merging(lost, uniquingKeysWith: { $1 }) {
      let bytes = Array(text.utf8)
      try builder.add(path: path, size: UInt64(bytes.count), digest: SHA256Digest.of(bytes))
    }
    for text in files.values {
      try Disk.write(text, to: scratch.path(SHA256Digest.of(Array(text.utf8)).hex))
    }
    return SnapshotComparison.State(files: try builder.finish(), suites: suites)
  }

  func compare(
    _ old: SnapshotComparison.State,
    _ new: SnapshotComparison.State
  ) throws -> [PackageDifference] {
    try SnapshotComparison.compare(old, new) { (digest) throws(Failure) in
      try directory.file(digest.hex)
    }
  }
}
