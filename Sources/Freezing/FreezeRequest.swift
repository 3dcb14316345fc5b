package import Depot
package import Objects
package import OpenPGP
package import SafeIO
package import VendorChain

/// What a snapshot is to be made of.
package struct FreezeRequest: Sendable {
  /// The name of the new snapshot.
  package var name: String
  /// The root of an APT tree: `dists` and `pool` lie in it, or a flat repository.
  package var tree: String
  /// The suites, as `apt` names them.
  package var suites: [String]
  /// The vendor's pinned keys.
  package var upstreamKeys: [PublicKey]
  /// Whether a suite without any signature is taken.
  package var allowUnsigned: Bool
  /// Whether a suite without a Release file gets one.
  package var makesRelease = false
  /// Whether keys may have expired since they signed.
  package var allowsExpiredKeys = false
  /// What may be left out.
  package var leaveOut = LeaveOut.nothing
  /// How the files come into the depot.
  package var ingestion: Staging.Ingestion
  /// Decides whether the signers of a suite are pinned for it.
  package var judge: UpstreamTrust.Judge = { _ throws(Failure) in [] }
  /// The start of the command.
  package var now: UTCTime
  /// Takes what was done, for the audit log.
  package var facts: AuditFacts

  package init(
    name: String,
    tree: String,
    suites: [String],
    upstreamKeys: [PublicKey],
    allowUnsigned: Bool = false,
    ingestion: Staging.Ingestion = .copy,
    now: UTCTime,
    facts: AuditFacts
  ) {
    self.name = name
    self.tree = tree
    self.suites = suites
    self.upstreamKeys = upstreamKeys
    self.allowUnsigned = allowUnsigned
    self.ingestion = ingestion
    self.now = now
    self.facts = facts
  }
}

/// What a freeze made.
package struct FreezeOutcome: Sendable {
  /// The suites as they were verified.
  package let suites: [VerifiedSuite]
  /// The snapshot.
  package let snapshot: SnapshotRecord
  /// Whether it was made now; false when the same snapshot was there already.
  package let isNew: Bool
  /// How many objects the depot did not have before.
  package let newObjects: UInt64
  /// How many bytes these are.
  package let newBytes: UInt64
  /// What is odd about the tree, but no reason to refuse it.
  package let notes: [Note]
}
