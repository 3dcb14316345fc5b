/// The limits of format version 1 (`docs/bundle-format.md`, section "Limits").
///
/// A reader refuses what is beyond them before it allocates anything for it.
package enum BundleLimits {
  /// Length of MANIFEST, in bytes.
  package static let manifestLength = 64 << 20
  /// Length of MANIFEST.asc, in bytes.
  package static let signatureLength = 64 << 10
  /// Length of README.txt, in bytes.
  package static let readmeLength: UInt64 = 64 << 10
  /// Length of SHA256SUMS, in bytes.
  package static let sumsLength: UInt64 = 128 << 20
  /// Length of ENTRIES before compression, in bytes.
  package static let entriesLength: UInt64 = 2 << 30
  /// Length of a line of ENTRIES, in bytes.
  package static let entryLineLength = 1 << 20
  /// How many chunks a bundle has; their lines leave room in MANIFEST for everything else.
  package static let chunkCount = 500_000
  /// How many fields a stanza of MANIFEST has.
  package static let fieldCount = 100
  /// How many suites a snapshot has.
  package static let suiteCount = 1000
  /// How many parts a split file has.
  package static let partCount = 9999
  /// How many places all entries together have: each costs a reader memory.
  package static let placeCount = 20_000_000
  /// How many snapshots a bundle has.
  package static let snapshotCount = 1000
  /// The smallest chunk size that an exporter accepts, in bytes.
  package static let smallestChunkSize: UInt64 = 64 << 10
  /// The chunk size unless another is asked for, in bytes.
  package static let standardChunkSize: UInt64 = 1 << 30
  /// The largest chunk that every file system carries (FAT32), in bytes.
  package static let largestPortableChunkSize: UInt64 = (4 << 30) - 1
  /// The largest chunk at all, in bytes.
  package static let largestChunkSize: UInt64 = 1 << 44
  /// The longest stream or snapshot name, in bytes.
  package static let nameLength = 100
}
