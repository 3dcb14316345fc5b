/// The limits of format version 1 (`docs/formats/bundle-format.md`, section "Limits").
///
/// A reader refuses what is beyond them before it allocates anything for it.
package enum BundleLimits {
  /// Length of MANIFEST, in bytes.
  package static let manifestLength = 16 << 20
  /// Length of the MANIFEST files of all bundles that are looked at together, in bytes.
  package static let manifestsLength = 32 << 20
  /// How many files there may be in a bundle's directory, and in `chunks/`: every chunk, and strangers.
  package static let fileCount = 200_000
  /// Length of MANIFEST.asc, in bytes.
  package static let signatureLength = 64 << 10
  /// Length of README.txt, in bytes.
  package static let readmeLength: UInt64 = 64 << 10
  /// Length of SHA256SUMS, in bytes.
  static let sumsLength: UInt64 = 16 << 20
  /// Length of ENTRIES before compression, in bytes.
  package static let entriesLength: UInt64 = 2 << 30
  /// Length of ENTRIES, and of its file, that a reader takes in before MANIFEST is verified, in bytes.
  package static let unverifiedEntriesLength: UInt64 = 64 << 20
  /// Length of a line of ENTRIES, in bytes.
  package static let entryLineLength = 1 << 20
  /// How many chunks a bundle has; their lines leave room in MANIFEST for everything else.
  package static let chunkCount = 100_000
  /// How many fields a stanza of MANIFEST has.
  static let fieldCount = 100
  /// Length of a line of MANIFEST, of a receipt or of a resend request, in bytes.
  static let lineLength = 1 << 20
  /// How many words a field of MANIFEST has that is a list of words.
  static let wordCount = 10_000
  /// How many lines Base, Retired and Known-Audit have.
  static let listCount = 10_000
  /// How many keys have signed a suite.
  static let signerCount = 16
  /// How many suites a snapshot has.
  static let suiteCount = 1000
  /// How many suites all snapshots together have.
  static let allSuitesCount = 10_000
  /// How many parts a split file has.
  static let partCount = 9999
  /// How many parts all split files together have: each costs a reader memory.
  static let allPartsCount = 1_000_000
  /// How many snapshots a bundle has.
  static let snapshotCount = 1000
  /// The smallest chunk size that an exporter accepts, in bytes.
  package static let smallestChunkSize: UInt64 = 64 << 10
  /// The chunk size unless another is asked for, in bytes.
  package static let standardChunkSize: UInt64 = 1 << 30
  /// The largest chunk that every file system carries (FAT32), in bytes.
  package static let largestPortableChunkSize: UInt64 = (4 << 30) - 1
  /// The largest chunk at all, in bytes.
  package static let largestChunkSize: UInt64 = (1 << 44) - 1
  /// The longest stream or snapshot name, in bytes.
  package static let nameLength = 100
}
