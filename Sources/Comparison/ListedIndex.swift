internal import Archives
package import DebianRepository
package import SafeIO

/// One Packages or Sources index of a state, in the form that is cheapest to read.
package struct ListedIndex: Sendable {
  /// The distribution, as the paths have it.
  package let suite: String
  /// What it is of: `amd64`, `all`, `source`, `amd64/udeb`.
  package let architecture: String
  /// Its path in the state, and what the file is.
  package let path: String
  package let digest: SHA256Digest
  /// Whether it lists source packages.
  package let isSources: Bool
  private let compression: Compression

  init(
    suite: String,
    architecture: String,
    path: String,
    digest: SHA256Digest,
    isSources: Bool,
    compression: Compression
  ) {
    (self.suite, self.architecture, self.path) = (suite, architecture, path)
    (self.digest, self.isSources, self.compression) = (digest, isSources, compression)
  }

  /// Whether it lists packages of an installer.
  package var isInstallers: Bool { architecture.hasSuffix("/udeb") }

  /// Hands out its stanzas; those that `apt` cannot get among them.
  ///
  /// - Throws: what `open` and `body` throw, and `integrity` for an index that cannot be read.
  package func forEachStanza(
    open: SnapshotComparison.Opening,
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    try Interruption.check()
    let file = try open(digest)
    var reader = PackageIndexReader(isSources ? .sources : .packages, name: path)
    // Larger than any index is; Release's limits were kept when the snapshot was made.
    try Decompressor.forEachBlock(of: file, compression, limit: 16 << 30) {
      (bytes) throws(Failure) in
      try reader.feed(unsafe bytes._unsafeView(as: UInt8.self), body)
    }
    try reader.finish(body)
  }
}

extension SnapshotComparison.State {
  /// Its indexes, by suite and architecture.
  package var indexes: [ListedIndex] {
    SnapshotComparison.groups(of: self).sorted { $0.key < $1.key }.flatMap { group, indexes in
      indexes.map { index in
        ListedIndex(
          suite: group.suite,
          architecture: group.architecture,
          path: files.path(at: index.position),
          digest: files.digest(at: index.position),
          isSources: index.isSources,
          compression: index.compression
        )
      }
    }
  }
}
