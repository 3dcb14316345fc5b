internal import DebianRepository
internal import Depot
internal import SafeIO
internal import Trust
internal import VendorChain

/// The rule against older states of a vendor's suite: of every suite that was taken in from a
/// bundle, by whatever stream, the newest Date is kept, and nothing older comes in after it.
///
/// It looks at what was verified here, never at what MANIFEST says.
struct SuiteFreshness {
  let catalogue: Catalogue
  let vendors: Vendors

  /// The newest state of the suite that was taken in, when the suite is older than that.
  func newer(than suite: VerifiedSuite) throws(Failure) -> SuiteDate? {
    guard let date = suite.date else { return nil }
    let signers = signers(of: suite)
    return try catalogue.newestDates(of: suite.distribution)
      .filter { signers.contains($0.signer) && SuiteFreshness.isSame($0.suite, suite) }
      .filter { $0.date > date }
      .max { $0.date < $1.date }
  }

  /// The keys that may have signed the same suite before: all of the vendor's.
  private func signers(of suite: VerifiedSuite) -> Set<String> {
    guard !suite.signedBy.isEmpty else { return [""] }
    return suite.signedBy.reduce(into: []) { $0.formUnion(vendors.keysOfSameVendor(as: $1)) }
  }

  /// Whether both are states of one suite.
  ///
  /// A distribution gets another Codename with each release, and its older one is an older state all
  /// the same. Flat repositories are told apart by all that they call themselves: `./` is no name.
  private static func isSame(_ known: SeenSuite, _ suite: VerifiedSuite) -> Bool {
    let (left, right) = (known.names, suite.names)
    guard left.origin == right.origin, left.label == right.label else { return false }
    return !Distribution.isFlat(suite.distribution)
      || left.suite == right.suite && left.codename == right.codename
  }

  /// A newer state that came before.
  struct Newer {
    let date: UTCTime
    let snapshot: String
  }

  /// The refusal of a suite that is older than what came before.
  static func refusal(
    _ distribution: String,
    of date: UTCTime?,
    _ known: Newer,
    _ subject: String
  ) -> Failure {
    Failure(
      .freshness,
      "older-suite",
      "the vendor's Release file of \(distribution) is of \(date?.rfc3339 ?? "no date"), "
        + "older than that of \(known.snapshot), which came before: \(known.date)",
      subject: subject,
      hint: "ask the exporter; to import the older state anyway: --accept-older --reason TEXT"
    )
  }
}
