/// How an index file is compressed: exactly the ways that `apt` reads.
package enum Compression: String, Sendable, Hashable, CaseIterable {
  case none, gzip, xz, bzip2, lzma, zstd, lz4

  /// What stands at the end of a file name; empty for `none`.
  package var suffix: String {
    switch self {
    case .none: ""
    case .gzip: ".gz"
    case .xz: ".xz"
    case .bzip2: ".bz2"
    case .lzma: ".lzma"
    case .zstd: ".zst"
    case .lz4: ".lz4"
    }
  }

  /// What the name of an index says; nil for a suffix that `apt` does not read.
  ///
  /// A name without a dot in its last component is a plain index: `Packages`, `Contents-amd64`,
  /// `Translation-en`.
  package init?(fileName: some StringProtocol) {
    let last = fileName.split(separator: "/").last.map { String($0) } ?? ""
    guard last.contains(".") else {
      self = .none
      return
    }
    for compression in Compression.allCases where compression != .none {
      guard last.hasSuffix(compression.suffix) else { continue }
      self = compression
      return
    }
    return nil
  }
}
