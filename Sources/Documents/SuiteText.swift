internal import BundleFormat
package import Depot
internal import SafeIO
package import Transfer

/// How suites are shown: who signed them, as far as that was verified here, and who vouches for them.
package enum SuiteText {
  /// How a suite is proven, in one line.
  package static func proof(
    _ suite: SuiteRecord,
    of vendor: VendorIdentity = VendorIdentity()
  ) -> String {
    let vendor = pinned(vendor)
    func list(_ fingerprints: [String]) -> String {
      fingerprints.map(BundleText.fingerprint).joined(separator: ", ")
    }
    switch suite.proof {
    case .signed(let signers):
      return "signed by " + list(signers) + vendor
        + (suite.isByExpiredKey ? ", EXPIRED since (allowed)" : "")
    case .unsigned(let vouchers):
      return vouchers.isEmpty
        ? "UNSIGNED" + vendor : "UNSIGNED, vouched for by the exporter " + list(vouchers) + vendor
    case .unchecked(let claimed):
      return "signature not checked here (this site's policy)"
        + (claimed.isEmpty ? "" : "; the exporter named " + list(claimed)) + vendor
    case .unverified(let claimed):
      return "NOT VERIFIED here"
        + (claimed.isEmpty
          ? "; the exporter called it unsigned" : "; the exporter named " + list(claimed)) + vendor
    case .composed(let signers, let vouchers, let hasOwn):
      let whose =
        signers.isEmpty ? "" : "composed of packages that are signed by " + list(signers) + vendor
      guard hasOwn else { return whose.isEmpty ? "composed" : whose }
      let own =
        vouchers.isEmpty
        ? "packages that NO VENDOR signed"
        : "packages that NO VENDOR signed, vouched for by the exporter " + list(vouchers)
      return whose.isEmpty ? "composed of " + own : "\(whose), and of \(own)"
    }
  }

  /// A suite's name with a warning where its vendor's signature was not verified.
  package static func name(_ suite: SuiteRecord) -> String {
    switch suite.proof {
    case .signed: suite.distribution + (suite.isByExpiredKey ? " (EXPIRED KEY)" : "")
    case .unsigned: suite.distribution + " (UNSIGNED)"
    case .unchecked: suite.distribution + " (not checked)"
    case .unverified: suite.distribution + " (NOT VERIFIED)"
    case .composed: suite.distribution + (suite.hasOwnPackages ? " (composed, own)" : " (composed)")
    }
  }

  package static func json(_ suite: SuiteRecord) -> JSONText {
    func strings(_ values: [String]) -> JSONText { .array(values.map { .string($0) }) }
    let word: String =
      switch suite.proof {
      case .signed: "signed"
      case .unsigned: "unsigned"
      case .unchecked: "unchecked"
      case .unverified: "unverified"
      case .composed: "composed"
      }
    return .object([
      ("distribution", .string(suite.distribution)),
      ("proof", .string(word)),
      ("signedBy", strings(suite.signedBy)),
      ("composedOf", strings(suite.composedOf)),
      ("ownPackages", .bool(suite.hasOwnPackages)),
      ("unsigned", .bool(suite.isUnsigned)),
      ("expiredKey", .bool(suite.isByExpiredKey)),
      ("vouchedBy", strings(suite.vouchedBy)),
      ("claimedSigners", strings(suite.signedBy.isEmpty ? suite.namedSigners : [])),
      ("date", suite.date.map { .string($0.rfc3339) } ?? .null),
    ])
  }

  /// A suite that came with a bundle, in one line: who signed it and for which vendor.
  package static func line(_ suite: ArrivedSuite) -> String {
    let date = suite.record.date.map { ", of \($0)" } ?? ""
    return "\(suite.snapshot)/\(suite.record.distribution)\(date), "
      + proof(suite.record, of: suite.vendor)
  }

  package static func json(_ suite: ArrivedSuite) -> JSONText {
    .object([
      ("snapshot", .string(suite.snapshot)), ("suite", json(suite.record)),
      ("vendor", .array(suite.vendor.names.map { .string($0) })),
    ])
  }

  private static func pinned(_ vendor: VendorIdentity) -> String {
    guard !vendor.keys.isEmpty else { return "" }
    return vendor.names.isEmpty
      ? ", pinned here for any suite" : ", pinned here for " + vendor.names.joined(separator: ", ")
  }

  /// How a suite of a bundle stands with what is pinned here; bad is what an import refuses.
  package static func standing(_ suite: SuiteStanding) -> (text: String, isBad: Bool) {
    if let refusal = suite.refusal { return (refusal.reason, true) }
    guard let record = suite.verified else {
      return (
        "its Release file is on another medium; the exporter says that it is signed by "
          + suite.claimed.signedBy.map(BundleText.fingerprint).joined(separator: ", "), false
      )
    }
    let date = record.date.map { ", of \($0)" } ?? ""
    return (proof(record, of: suite.vendor ?? VendorIdentity()) + date, false)
  }

  package static func json(_ suite: SuiteStanding) -> JSONText {
    .object([
      ("snapshot", .string(suite.snapshot)),
      ("distribution", .string(suite.claimed.distribution)),
      ("claimedSigners", .array(suite.claimed.signedBy.map { .string($0) })),
      ("verified", suite.verified.map(json) ?? .null),
      ("vendor", .array((suite.vendor?.names ?? []).map { .string($0) })),
      (
        "refusal",
        suite.refusal.map {
          .object([
            ("code", .string($0.code)), ("message", .string($0.reason)),
            ("hint", $0.hint.map { .string($0) } ?? .null),
          ])
        } ?? .null
      ),
    ])
  }
}
