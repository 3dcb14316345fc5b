package import BundleFormat
package import BundleMedium
package import Depot
package import OpenPGP
package import SafeIO

/// Which media to take in.
package struct ImportRequest: Sendable {
  /// Directories: bundles, or media that hold some, in any order.
  package let media: [String]
  /// Those of them that are not here.
  package var far = FarMedia.none
  /// The start of the command.
  package let now: UTCTime
  /// Whether to look and decide only.
  package let isDryRun: Bool
  /// Why bundles may come in that are older than what is here; nil when they may not.
  package let reasonForOlder: String?
  /// Whether suites, components and architectures may have gone that the snapshots before had.
  package let allowsRemoval: Bool
  /// Takes what was done, for the audit log.
  package let facts: AuditFacts
  /// Refuses snapshots that have been verified, right before they are taken in.
  package let beforeCommit: BeforeCommit

  /// Whether vendors' keys may have expired since they signed.
  package var allowsExpiredKeys = false

  /// Told what concerns no single bundle: what exporters state about their keys.
  package var tell: @Sendable ([Note]) -> Void = { _ in }

  /// Decides on the snapshots of one bundle.
  package typealias BeforeCommit = @Sendable ([SnapshotRecord]) throws(Failure) -> Void

  package init(
    media: [String],
    now: UTCTime,
    facts: AuditFacts,
    isDryRun: Bool = false,
    reasonForOlder: String? = nil,
    allowsRemoval: Bool = false,
    beforeCommit: @escaping BeforeCommit = { _ throws(Failure) in }
  ) {
    self.beforeCommit = beforeCommit
    self.reasonForOlder = reasonForOlder
    self.allowsRemoval = allowsRemoval
    self.media = media
    self.now = now
    self.facts = facts
    self.isDryRun = isDryRun
  }
}

/// What became of one bundle.
package struct ImportResult: Sendable {
  package enum Outcome: String, Sendable {
    /// Taken in now.
    case imported
    /// Taken in before; nothing was done.
    case alreadyImported = "already imported"
    /// Older than what is here, beside a newer one on the same media; nothing was done.
    case passedOver = "passed over"
    /// It would be taken in (a dry run).
    case wouldImport = "would be imported"
  }

  package let stream: String
  package let sequence: UInt64
  /// The payload digest: SHA-256 of MANIFEST.
  package let digest: SHA256Digest
  package let signers: [Fingerprint]
  package let outcome: Outcome
  package let snapshots: [Manifest.Snapshot]
  /// The suites that came with it, as they were verified here; none of what was taken in before.
  package let suites: [ArrivedSuite]
  /// How many bytes were new to the depot (in a dry run: would be).
  package let newBytes: UInt64
  /// What is odd but no reason to refuse, for people.
  package let notes: [Note]

  /// The bundle's name: stream and sequence.
  package var name: String { BundleName.directory(stream: stream, sequence: sequence) }
}

/// A suite of a bundle as it was verified here.
package struct ArrivedSuite: Sendable {
  /// The snapshot that has it.
  package let snapshot: String
  /// What was verified.
  package let record: SuiteRecord
  /// Who stands behind it.
  package let vendor: VendorIdentity
}
