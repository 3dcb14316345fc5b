internal import Archives
internal import DebianRepository
package import SafeIO

/// A package as an index lists it.
package struct ListedPackage: Hashable, Sendable {
  /// A file of it.
  package struct File: Hashable, Sendable {
    /// The path below the directory that the index counts from.
    package let path: String
    package let size: UInt64
    /// Nil where the index has no SHA-256.
    package let sha256: SHA256Digest?
  }

  package let name: String
  package let version: String
  /// `source` for a source package.
  package let architecture: String
  /// The package's own file, or those of a source package.
  package let files: [File]
}

/// Looks for a package in the indexes of snapshots; an index that several have is read once.
package struct PackageSearch {
  /// A package, and the index that lists it.
  package struct Sighting: Hashable, Sendable {
    package let suite: String
    /// The path of the index in the snapshot.
    package let index: String
    package let package: ListedPackage
  }

  private let name: String
  private let version: String?
  private var known: [SHA256Digest: [ListedPackage]] = [:]

  /// Looks for all versions where none is given.
  package init(_ name: String, version: String?) { (self.name, self.version) = (name, version) }

  /// Where a state has the package.
  ///
  /// - Throws: what `open` throws, and `integrity` for an index that cannot be read.
  package mutating func find(
    in state: SnapshotComparison.State,
    open: SnapshotComparison.Opening
  ) throws(Failure) -> [Sighting] {
    var found: [Sighting] = []
    for (group, indexes) in SnapshotComparison.groups(of: state).sorted(by: { $0.key < $1.key }) {
      for index in indexes {
        try Interruption.check()
        let path = state.files.path(at: index.position)
        let digest = state.files.digest(at: index.position)
        if known[digest] == nil { known[digest] = try read(index, path, try open(digest)) }
        found += (known[digest] ?? []).map {
          Sighting(suite: group.suite, index: path, package: $0)
        }
      }
    }
    return found
  }

  private func read(
    _ index: SnapshotComparison.Index,
    _ path: String,
    _ file: borrowing OpenFile
  ) throws(Failure) -> [ListedPackage] {
    var found: [ListedPackage] = []
    func take(_ stanza: PackageStanza) throws(Failure) {
      guard stanza.unusable == nil, stanza.package == name,
        version == nil || stanza.version == version
      else { return }
      found.append(
        ListedPackage(
          name: name,
          version: stanza.version,
          architecture: stanza.architecture,
          files: stanza.files.map {
            ListedPackage.File(path: $0.path.text, size: $0.size, sha256: $0.sha256)
          }
        )
      )
    }
    var reader = PackageIndexReader(index.isSources ? .sources : .packages, name: path)
    try Decompressor.forEachBlock(of: file, index.compression, limit: 16 << 30) {
      (bytes) throws(Failure) in
      try reader.feed(unsafe bytes._unsafeView(as: UInt8.self), take)
    }
    try reader.finish(take)
    return found
  }
}
