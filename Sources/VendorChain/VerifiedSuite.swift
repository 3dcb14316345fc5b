package import DebianRepository
package import SafeIO

/// What this program found of a suite itself, in the suite's own Release file.
///
/// Only `ChainOfTrust` makes one: whoever holds such a value need not ask where it came from.
package struct VerifiedSuite: Hashable, Sendable {
  /// How the suite is signed.
  package enum Signature: Hashable, Sendable {
    /// By these of the keys that counted: primary fingerprints, sorted, at least one.
    case signed(by: [String])
    /// By nobody: there is no signature file.
    case unsigned
    /// There is a signature, and this site's policy is not to check it.
    case unchecked
  }

  /// The distribution as `apt` names it.
  package let distribution: String
  /// How it is signed.
  package let signature: Signature
  /// The `Date` of the Release file, when it has one.
  package let date: UTCTime?
  /// What the Release file calls the suite.
  package let names: SuiteNames
  /// Signers that are not among the keys that counted, as their signatures name them: the
  /// fingerprint of a key or subkey, or a key id.
  package let otherSigners: [String]
  /// Primary fingerprints of keys that counted, whose signature is there and does not: expired,
  /// revoked, weak or out of time.
  package let uncounted: [String]
  /// Whether every signature that counted is by a key that has expired since, as was allowed.
  package let isByExpiredKey: Bool

  init(
    distribution: String,
    signature: Signature,
    release: ReleaseFile,
    otherSigners: [String] = [],
    uncounted: [String] = [],
    isByExpiredKey: Bool = false
  ) {
    self.distribution = distribution
    self.signature = signature
    self.otherSigners = otherSigners
    self.uncounted = uncounted
    self.isByExpiredKey = isByExpiredKey
    date = release.date
    names = SuiteNames(of: release)
  }

  /// Primary fingerprints of the keys whose signature was verified here; empty for none.
  package var signedBy: [String] {
    guard case .signed(let signers) = signature else { return [] }
    return signers
  }
}
