package import SafeIO

/// What a restore brought back.
package struct RestoredDepot: Sendable {
  /// The depot, as the backup had it.
  package let depot: Depot
  /// When the backup was taken.
  package let taken: UTCTime
  /// How many objects came from the backup or from a tree, each hashed.
  package let objects: UInt64
  /// How many of them a tree had.
  package let repaired: UInt64
  /// Objects that something needs and that are nowhere.
  package let missing: [SHA256Digest]
  /// What lies in the backup and was not taken, since no depot has it or gpg would do what it says.
  package let leftOut: [String]
  /// The keys that the depot trusts, as the backup has them.
  package let pinned: [TrustRecord]
  /// What programs may show to the server, as the backup has it.
  package let tokens: [AccessToken]
  /// What the chain of the audit log has against it; empty when it is whole.
  package let auditFindings: [String]
  /// The streams whose sequences go on further ahead.
  package let raised: [RaisedFloor]
}

/// A stream whose next bundle gets a sequence that none since the backup can have.
package struct RaisedFloor: Hashable, Sendable {
  /// The stream.
  package let stream: String
  /// The last sequence that the backup knows.
  package let last: UInt64
  /// The sequence behind which the stream goes on.
  package let floor: UInt64
}
