internal import DebianRepository
package import SafeIO
package import VendorChain

/// What the catalogue knows of a suite of a snapshot: what was verified here, or that it was not.
package struct SuiteRecord: Hashable, Sendable {
  /// Why the suite is believed to be what it says.
  package enum Proof: Hashable, Sendable {
    /// The vendor's signature was verified here: primary fingerprints of its keys, sorted.
    case signed(by: [String])
    /// The vendor did not sign it. These exporters vouched for it, by primary fingerprint; none
    /// where an operator of this depot took it in.
    case unsigned(vouchedBy: [String])
    /// This site's policy is not to check (`Upstream: recorded`); the exporter named these signers.
    case unchecked(claimed: [String])
    /// An earlier version of this program took the exporter's word, and the vendor's signature
    /// cannot be verified any more; the exporter named these signers.
    case unverified(claimed: [String])
  }

  /// The distribution as `apt` names it.
  package let distribution: String
  /// Why it is believed.
  package let proof: Proof
  /// The `Date` of the Release file, when it has one.
  package let date: UTCTime?
  /// Whether the keys that signed it had expired when it was verified, as was allowed.
  package let isByExpiredKey: Bool

  init(distribution: String, proof: Proof, date: UTCTime?, isByExpiredKey: Bool = false) {
    (self.distribution, self.proof, self.date) = (distribution, proof, date)
    self.isByExpiredKey = isByExpiredKey
  }

  /// The record of what was found.
  ///
  /// - Parameters:
  ///   - suite: what was verified here.
  ///   - vouchers: the exporters that vouch for it where it is unsigned.
  ///   - claimed: the signers that an exporter names where signatures are not checked here.
  package init(_ suite: VerifiedSuite, vouchedBy vouchers: [String] = [], claimed: [String] = []) {
    let proof: Proof
    switch suite.signature {
    case .signed(let signers): proof = .signed(by: signers)
    case .unsigned: proof = .unsigned(vouchedBy: vouchers)
    case .unchecked: proof = .unchecked(claimed: claimed)
    }
    self.init(
      distribution: suite.distribution,
      proof: proof,
      date: suite.date,
      isByExpiredKey: suite.isByExpiredKey
    )
  }

  /// The same suite under the name that a publication gives it.
  package func called(_ name: String) -> SuiteRecord {
    SuiteRecord(distribution: name, proof: proof, date: date, isByExpiredKey: isByExpiredKey)
  }

  /// Primary fingerprints of the vendor's keys whose signature was verified here; empty for none.
  package var signedBy: [String] {
    guard case .signed(let signers) = proof else { return [] }
    return signers
  }

  /// The signers to be named to the next site: those verified here, else those that were named here.
  package var namedSigners: [String] {
    switch proof {
    case .signed(let signers), .unchecked(let signers), .unverified(let signers): signers
    case .unsigned: []
    }
  }

  /// The exporters that vouched for a suite that its vendor did not sign.
  package var vouchedBy: [String] {
    guard case .unsigned(let vouchers) = proof else { return [] }
    return vouchers
  }

  /// Whether the suite has no signature of its vendor.
  package var isUnsigned: Bool {
    guard case .unsigned = proof else { return false }
    return true
  }

  /// Whether the repository is flat: no `dists`, no components.
  package var isFlat: Bool { Distribution.isFlat(distribution) }

  /// The directory of the Release file below the archive root, with a final slash or empty.
  package var directory: String { Distribution.directory(of: distribution) }

  // One line: `bookworm signed FPR,FPR 2026-11-22T08:00:00Z`. The second word says how it was
  // proven; older versions wrote only `signed` and `unsigned -`.
  var line: String {
    let (word, list): (String, [String])
    switch proof {
    case .signed(let signers):
      (word, list) = (isByExpiredKey ? "signed-expired" : "signed", signers)
    case .unsigned(let vouchers): (word, list) = ("unsigned", vouchers)
    case .unchecked(let signers): (word, list) = ("unchecked", signers)
    case .unverified(let signers): (word, list) = ("unverified", signers)
    }
    let names = list.isEmpty ? "-" : list.joined(separator: ",")
    return "\(distribution) \(word) \(names) \(date?.rfc3339 ?? "-")"
  }

  // Exactly a line as `line` writes it; nil for anything else.
  init?(line: String) {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 4, Distribution.isName(parts[0]) else { return nil }
    let names = parts[2] == "-" ? [] : parts[2].split(separator: ",").map { String($0) }
    let proof: Proof
    switch parts[1] {
    case "signed" where !names.isEmpty, "signed-expired" where !names.isEmpty:
      proof = .signed(by: names)
    case "unsigned": proof = .unsigned(vouchedBy: names)
    case "unchecked": proof = .unchecked(claimed: names)
    // What an earlier version stored on the exporter's word, and nobody has verified yet.
    case "unverified", "claimed": proof = .unverified(claimed: names)
    default: return nil
    }
    let date = parts[3] == "-" ? nil : UTCTime(rfc3339: String(parts[3]))
    guard parts[3] == "-" || date != nil else { return nil }
    self.init(
      distribution: String(parts[0]),
      proof: proof,
      date: date,
      isByExpiredKey: parts[1] == "signed-expired"
    )
  }
}
