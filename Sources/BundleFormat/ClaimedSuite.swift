internal import DebianRepository
package import SafeIO

/// What a MANIFEST says of a suite: a claim of the exporter, which nobody here has checked.
///
/// `VendorChain` checks the suite itself; only what it found is stored and shown as a fact.
package struct ClaimedSuite: Hashable, Sendable {
  /// The distribution as `apt` names it.
  package let distribution: String
  /// Primary fingerprints of the keys that signed the Release file, as the exporter says; empty for
  /// a suite that it took unsigned.
  package let signedBy: [String]
  /// The `Date` of the Release file, when it has one.
  package let date: UTCTime?

  package init(distribution: String, signedBy: [String], date: UTCTime?) {
    self.distribution = distribution
    self.signedBy = signedBy
    self.date = date
  }

  /// Whether the exporter says that the vendor did not sign the suite.
  package var isUnsigned: Bool { signedBy.isEmpty }

  /// Whether the repository is flat: no `dists`, no components.
  package var isFlat: Bool { Distribution.isFlat(distribution) }

  /// The directory of the Release file below the archive root, with a final slash or empty.
  package var directory: String { Distribution.directory(of: distribution) }

  /// One line: `bookworm signed FPR,FPR 2026-11-22T08:00:00Z`, with `unsigned -` and `-` for what
  /// is not there.
  package var line: String {
    let signers = signedBy.isEmpty ? "unsigned -" : "signed " + signedBy.joined(separator: ",")
    return "\(distribution) \(signers) \(date?.rfc3339 ?? "-")"
  }

  /// Exactly a line as `line` writes it; nil for anything else.
  package init?(line: some StringProtocol) {
    let parts = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 4, Distribution.isName(parts[0]) else { return nil }
    let signers: [String]
    switch (parts[1], parts[2]) {
    case ("unsigned", "-"): signers = []
    case ("signed", let list):
      signers = list.split(
        separator: "," as Character,
        maxSplits: BundleLimits.signerCount,
        omittingEmptySubsequences: false
      )
      .map { String($0) }
      guard signers.count <= BundleLimits.signerCount, signers.allSatisfy(Receipt.isFingerprint),
        Set(signers).count == signers.count
      else { return nil }
    default: return nil
    }
    var date: UTCTime?
    if parts[3] != "-" {
      guard let read = UTCTime(rfc3339: parts[3]) else { return nil }
      date = read
    }
    self.init(distribution: String(parts[0]), signedBy: signers, date: date)
  }
}
