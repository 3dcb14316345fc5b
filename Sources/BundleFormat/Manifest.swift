package import DebianRepository
package import SafeIO

/// What MANIFEST says: one transfer, its snapshots, and the digest of everything else in it.
///
/// A value of this type says nothing about who wrote it; `VerifiedManifest` does.
package struct Manifest: Sendable, Equatable {
  /// A file beside MANIFEST: its digest and length, in bytes.
  package struct FileSum: Sendable, Equatable {
    package let digest: SHA256Digest
    package let size: UInt64

    package init(digest: SHA256Digest, size: UInt64) {
      self.digest = digest
      self.size = size
    }

    /// Of a file with this content.
    package init(of content: [UInt8]) {
      self.init(digest: SHA256Digest.of(content), size: UInt64(content.count))
    }
  }

  /// One chunk: what its file is, and how long the tar archive in it is, in bytes.
  package struct Chunk: Sendable, Equatable {
    package let digest: SHA256Digest
    package let size: UInt64
    package let plainSize: UInt64
    package let isCompressed: Bool

    package init(digest: SHA256Digest, size: UInt64, plainSize: UInt64, isCompressed: Bool) {
      self.digest = digest
      self.size = size
      self.plainSize = plainSize
      self.isCompressed = isCompressed
    }
  }

  /// One snapshot: its list digest, how many files and bytes it has, and its suites.
  package struct Snapshot: Sendable, Equatable {
    package let name: String
    package let digest: SHA256Digest
    package let files: UInt64
    package let bytes: UInt64
    /// The vendor's index files byte for byte (`verbatim`), or written by the exporter (`composed`).
    package let isVerbatim: Bool
    package let suites: [ClaimedSuite]
    /// What the indexes list and the snapshot does not have, as the exporter says, in order.
    package let leftOut: [LeftOut]

    package init(
      name: String,
      digest: SHA256Digest,
      files: UInt64,
      bytes: UInt64,
      isVerbatim: Bool,
      suites: [ClaimedSuite],
      leftOut: [LeftOut] = []
    ) {
      self.name = name
      self.digest = digest
      self.files = files
      self.bytes = bytes
      self.isVerbatim = isVerbatim
      self.suites = suites
      self.leftOut = leftOut.map(\.bare)
    }
  }

  package var stream: String
  package var sequence: UInt64
  package var created: UTCTime
  package var expires: UTCTime?
  /// The sites that the bundle is for; empty for any.
  package var sites: [String]
  /// The digest of the stream's previous MANIFEST, as far as the exporter has made one.
  package var previous: SHA256Digest?
  /// List digests of snapshots that the receiver is relied on to have.
  package var bases: [SHA256Digest]
  /// Snapshots of earlier bundles of the stream that the exporter has removed since.
  package var retired: [Receipt.Snapshot]
  /// How far the exporter's audit log had come, and those of the sites as their receipts told.
  package var knownAudit: [Receipt.AuditHead]
  /// Signed statements about the exporter's keys.
  package var keyStatements: [[UInt8]]
  /// Features that a reader must know.
  package var requires: [String]
  /// ENTRIES.zst.
  package var entries: FileSum
  /// The text that ENTRIES.zst holds.
  package var plainEntries: FileSum
  /// SHA256SUMS.
  package var sums: FileSum
  /// README.txt.
  package var readme: FileSum
  /// PARITY.txt, where the bundle has parity.
  package var parity: FileSum?
  package var chunks: [Chunk]
  package var snapshots: [Snapshot]

  package init(
    stream: String,
    sequence: UInt64,
    created: UTCTime,
    expires: UTCTime? = nil,
    sites: [String] = [],
    previous: SHA256Digest? = nil,
    bases: [SHA256Digest] = [],
    retired: [Receipt.Snapshot] = [],
    knownAudit: [Receipt.AuditHead] = [],
    keyStatements: [[UInt8]] = [],
    requires: [String] = [],
    entries: FileSum,
    plainEntries: FileSum,
    sums: FileSum,
    readme: FileSum,
    parity: FileSum? = nil,
    chunks: [Chunk],
    snapshots: [Snapshot]
  ) {
    self.stream = stream
    self.sequence = sequence
    self.created = created
    self.expires = expires
    self.sites = sites
    self.previous = previous
    self.bases = bases
    self.retired = retired
    self.knownAudit = knownAudit
    self.keyStatements = keyStatements
    self.requires = requires
    self.entries = entries
    self.plainEntries = plainEntries
    self.sums = sums
    self.readme = readme
    self.parity = parity
    self.chunks = chunks
    self.snapshots = snapshots
  }

  /// The directory of the bundle on a medium.
  package var directory: String { BundleName.directory(stream: stream, sequence: sequence) }

  /// The file name of a chunk; chunks count from 1.
  package func chunkName(_ number: Int) -> String {
    Manifest.chunkName(number, isCompressed: chunks[number - 1].isCompressed)
  }

  /// The file name of a chunk: `000001.tar`, `000007.tar.zst`.
  package static func chunkName(_ number: Int, isCompressed: Bool) -> String {
    BundleName.padded(UInt64(number), 6) + (isCompressed ? ".tar.zst" : ".tar")
  }

  /// Whether a chunk of some bundle could have this file name.
  package static func isChunkName(_ name: String) -> Bool {
    guard let number = Int(name.prefix { $0 != "." }), number > 0 else { return false }
    return [false, true].contains { name == chunkName(number, isCompressed: $0) }
  }

  /// All bytes of all chunks; saturates.
  package var chunkBytes: UInt64 {
    chunks.reduce(0) { sum, chunk in
      let (total, overflow) = sum.addingReportingOverflow(chunk.size)
      return overflow ? .max : total
    }
  }

  /// SHA256SUMS as `sha256sum -c` reads it from the bundle's directory.
  package static func sumsText(_ chunks: [Chunk]) -> [UInt8] {
    var text: [UInt8] = []
    for (index, chunk) in chunks.enumerated() {
      chunk.digest.appendHex(to: &text)
      text += "  chunks/\(chunkName(index + 1, isCompressed: chunk.isCompressed))\n".utf8
    }
    return text
  }
}
