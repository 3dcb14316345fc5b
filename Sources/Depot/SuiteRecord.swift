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
    /// The suite was composed of packages that stand in lists which these vendors' keys signed, as
    /// was verified here, and perhaps of some that no vendor vouches for: then these exporters did,
    /// or an operator of this depot brought them.
    case composed(of: [String], vouchedBy: [String], hasOwn: Bool)
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

  /// The record of a suite of a composed snapshot.
  ///
  /// - Parameters:
  ///   - distribution: what the composer calls it.
  ///   - signers: the vendors' keys that vouch for its packages, by primary fingerprint.
  ///   - vouchers: the exporters that vouch for those that no vendor does.
  ///   - hasOwn: whether there are such packages.
  package init(
    composed distribution: String,
    of signers: some Sequence<String>,
    vouchedBy vouchers: [String] = [],
    hasOwn: Bool
  ) {
    self.init(
      distribution: distribution,
      proof: .composed(
        of: Set(signers).sorted(),
        vouchedBy: hasOwn ? Set(vouchers).sorted() : [],
        hasOwn: hasOwn
      ),
      date: nil
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
    case .unsigned, .composed: []
    }
  }

  /// Primary fingerprints of the vendors' keys that vouch for the packages of a composed suite.
  package var composedOf: [String] {
    guard case .composed(let signers, _, _) = proof else { return [] }
    return signers
  }

  /// Whether the suite was composed, here or by an exporter.
  package var isComposed: Bool {
    guard case .composed = proof else { return false }
    return true
  }

  /// Whether a composed suite has packages that no vendor vouches for.
  package var hasOwnPackages: Bool {
    guard case .composed(_, _, let hasOwn) = proof else { return false }
    return hasOwn
  }

  /// The exporters that vouched for a suite that its vendor did not sign, or for what no vendor
  /// signed in a composed one.
  package var vouchedBy: [String] {
    switch proof {
    case .unsigned(let vouchers), .composed(_, let vouchers, _): return vouchers
    case .signed, .unchecked, .unverified: return []
    }
  }

  /// Whether the suite has no signature of its vendor.
  package var isUnsigned: Bool {
    guard case .unsigned = proof else { return false }
    return true
  }

  /// Whether it came in on an exporter's word, and the other one is proven alike, on whoever's word.
  func cameOnWord(like other: SuiteRecord) -> Bool {
    switch (proof, other.proof) {
    case (.unsigned(let vouchers), .unsigned): !vouchers.isEmpty
    case (.composed(let signers, let vouchers, let hasOwn), .composed(let others, _, let alsoOwn)):
      !vouchers.isEmpty && signers == others && hasOwn == alsoOwn
    default: false
    }
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
    case .composed(let signers, let vouchers, let hasOwn):
      let names = SuiteRecord.names(signers) + "/" + SuiteRecord.names(vouchers)
      return "\(distribution) \(hasOwn ? "composed-own" : "composed") \(names) -"
    }
    return "\(distribution) \(word) \(SuiteRecord.names(list)) \(date?.rfc3339 ?? "-")"
  }

  private static func names(_ list: [String]) -> String {
    list.isEmpty ? "-" : list.joined(separator: ",")
  }

  private static func list(_ names: Substring) -> [String] {
    names == "-" ? [] : names.split(separator: ",").map { String($0) }
  }

  // Exactly a line as `line` writes it; nil for anything else.
  init?(line: String) {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 4, Distribution.isName(parts[0]) else { return nil }
    let names = SuiteRecord.list(parts[2])
    let proof: Proof
    switch parts[1] {
    case "composed", "composed-own":
      let lists = parts[2].split(separator: "/", omittingEmptySubsequences: false)
      guard lists.count == 2, parts[3] == "-" else { return nil }
      proof = .composed(
        of: SuiteRecord.list(lists[0]),
        vouchedBy: SuiteRecord.list(lists[1]),
        hasOwn: parts[1] == "composed-own"
      )
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
