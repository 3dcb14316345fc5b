package import BundleFormat
package import Depot
package import SafeIO

/// What an export is to carry, and where to.
package struct ExportRequest: Sendable {
  /// Names of snapshots in the depot.
  package let snapshots: [String]
  /// The directory (a mounted medium) in which the bundle's directory is made.
  package let destination: String
  /// The stream, or nil for the site's name.
  package let stream: String?
  /// The largest chunk file, in bytes.
  package let chunkSize: UInt64
  /// Whether chunks may be larger than every file system carries.
  package let allowsLargeChunks: Bool
  /// The time that the manifest says.
  package let created: UTCTime
  /// From when on importers refuse it; nil for never.
  package var expires: UTCTime?
  /// The sites that the bundle is for; empty for any.
  package let sites: [String]
  /// What the receivers are relied on to have.
  package let base: ExportBase
  /// Takes what was done, for the audit log.
  package let facts: AuditFacts
  /// Whether what an interrupted run, or somebody else, left under the bundle's unfinished name is
  /// removed first.
  package let discardsPartial: Bool
  /// What is written to the medium beside the bundle, in bytes.
  package var besides: UInt64 = 0
  /// Up to which length a content that is larger than a chunk has one for itself, in bytes; nil splits
  /// all of them.
  package var wholeSize: UInt64?
  /// What comes first, class by class.
  package var first: [ContentPattern] = []
  /// How much parity the bundle gets; nil for none.
  package var parity: ParityShare?
  /// How many media of a set are parity, each of which makes good any other; 0 for none.
  package var parityMedia = 0

  /// The parity that does not depend on what lies on which medium.
  var parityOrder: ParityOrder? { parity.map { .share($0, longest: chunkSize) } }

  package init(
    snapshots: [String],
    destination: String,
    stream: String? = nil,
    chunkSize: UInt64 = BundleLimits.standardChunkSize,
    allowsLargeChunks: Bool = false,
    created: UTCTime,
    sites: [String] = [],
    base: ExportBase = .acknowledged,
    discardsPartial: Bool = false,
    facts: AuditFacts
  ) {
    self.facts = facts
    self.discardsPartial = discardsPartial
    self.sites = sites.sorted()
    self.base = base
    self.snapshots = snapshots
    self.destination = destination
    self.stream = stream
    self.chunkSize = chunkSize
    self.allowsLargeChunks = allowsLargeChunks
    self.created = created
  }
}

/// What an export will write, before it writes anything.
package struct ExportSummary: Sendable {
  package let stream: String
  package let sequence: UInt64
  /// The directory that the bundle gets, for people.
  package let place: String
  package let chunks: Int
  /// How many files the snapshots list.
  package let files: Int
  /// The bytes of all chunks before compression.
  package let chunkBytes: UInt64
  /// What must be free on the medium, in bytes; less what an interrupted run has left there.
  package let needed: UInt64
  /// What is free there, in bytes.
  package let free: UInt64
  /// The lists and the manifest, which every medium carries, in bytes.
  package let lists: UInt64
  /// What parity needs at most; nil without.
  package let parity: ParityExtent?
  /// What the receivers are relied on to have, and what that costs.
  package let increment: IncrementSummary

  /// How many media with as much room as this one so many bytes of content take; nil when one has
  /// no room beside the lists.
  package func media(for bytes: UInt64) -> UInt64? {
    guard free > lists else { return nil }
    let room = free - lists
    return max(1, bytes / room + (bytes % room == 0 ? 0 : 1))
  }
}

/// What an increment leaves out, and for whom.
package struct IncrementSummary: Sendable {
  /// What one site lacks.
  package struct Site: Sendable {
    package let site: String
    /// How many different contents it lacks, and their bytes: what a bundle for it alone would have.
    package let files: Int
    package let bytes: UInt64
    /// How many snapshots it is known to hold; 0 when nothing is known of it.
    package let snapshots: Int
  }

  /// What is carried again because it is not known to have arrived.
  package struct Repeated: Sendable {
    /// The bundle that carried it before.
    package let bundle: String
    /// The site that did not acknowledge it.
    package let site: String
    package let bytes: UInt64
  }

  /// How many files have no place in the bundle.
  package var relied: UInt64 = 0
  /// The digests of the snapshots that are relied on.
  package var bases: [SHA256Digest] = []
  package var sites: [Site] = []
  package var repeated: [Repeated] = []
  /// What the operator should know.
  package var notes: [Note] = []
}

/// What an export wrote.
package struct ExportResult: Sendable {
  package let summary: ExportSummary
  /// The payload digest: SHA-256 of MANIFEST.
  package let digest: SHA256Digest
  /// The size of all chunks as written, in bytes.
  package let bytes: UInt64
  /// What parity it has; nil without, and when an earlier run had written it.
  package let parity: ParityExtent?
  /// How many chunks of an interrupted run were used again.
  package let reusedChunks: Int
  /// How many finished chunks of another export under the same name were replaced.
  package let replacedChunks: Int
  /// How far the medium was read again; `none` too for what an earlier run wrote.
  package let readBack: MediaSetRecord.ReadBack
  /// Whether an earlier, interrupted run had written everything, and only the ledger was missing.
  package let wasFinishedBefore: Bool
}
