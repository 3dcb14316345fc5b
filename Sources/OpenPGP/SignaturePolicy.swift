package import SafeIO

/// What a file's signatures have to satisfy, beside being made by the given keys.
package struct SignaturePolicy: Sendable {
  /// The time at which everything is judged; the start of the command.
  package var now: UTCTime
  /// No signature may be older than this, less the skew.
  package var floor: UTCTime
  /// How far two clocks may differ, in seconds.
  package var skew: Int64
  /// How many different keys must have signed.
  package var threshold: Int
  /// Whether a key that has ended since may still vouch for what it signed before.
  package var acceptExpiredKeys: Bool

  /// One signature by any of the keys, valid at `now`, is what is asked unless more is said.
  package init(
    now: UTCTime,
    floor: UTCTime = .earliest,
    skew: Int64 = 86_400,
    threshold: Int = 1,
    acceptExpiredKeys: Bool = false
  ) {
    self.now = now
    self.floor = floor
    self.skew = skew
    self.threshold = threshold
    self.acceptExpiredKeys = acceptExpiredKeys
  }
}

/// One signature that was accepted: who, when and how; goes into receipts and the audit log.
package struct VerifiedSignature: Hashable, Sendable {
  /// The pinned key.
  package let primary: Fingerprint
  /// The part of it that signed: the same, or a subkey.
  package let signer: Fingerprint
  /// When, as the signature says.
  package let created: UTCTime
  /// The digest, as in `SHA512`.
  package let hash: String
  /// The signing part's algorithm and size, as in `ed25519`.
  package let algorithm: String
  /// Whether the key has expired since, which the policy took.
  package let isByExpiredKey: Bool
}

/// What the signatures of one file came to: at least the threshold of different keys.
package struct SignatureReport: Sendable {
  /// The accepted signatures, one for each pinned key.
  package let good: [VerifiedSignature]
  /// Signers that are not among the keys (fingerprint or key id); they neither help nor harm.
  package let unknown: [String]
  /// Signatures that did not count though their key is known, each with the reason.
  package let uncounted: [String]
  /// Primary fingerprints of the keys of such signatures, sorted.
  package let uncountedSigners: [String]

  package init(
    good: [VerifiedSignature],
    unknown: [String],
    uncounted: [String],
    uncountedSigners: [String]
  ) {
    (self.good, self.unknown) = (good, unknown)
    (self.uncounted, self.uncountedSigners) = (uncounted, uncountedSigners)
  }
}
