internal import BundleFormat
internal import SafeIO
internal import VendorChain

/// Compares what MANIFEST claims of a suite with what was found in the suite itself.
enum SuiteClaim {
  /// Refuses a claim that is not true.
  ///
  /// A site may know other keys of a vendor than the exporter does, so the two lists of signers need
  /// not be equal. But a signer whose key is known here must have signed, and for each other one
  /// there must be a signature by a key that is not known here.
  ///
  /// - Parameters:
  ///   - claimed: what MANIFEST says.
  ///   - suite: what was found.
  ///   - snapshot: the snapshot that has it.
  ///   - known: whether a key was among those that the suite was verified with.
  /// - Throws: `integrity` with what is claimed and what was found.
  static func check(
    _ claimed: ClaimedSuite,
    against suite: VerifiedSuite,
    of snapshot: String,
    known: (String) -> Bool
  ) throws(Failure) {
    let subject = "\(snapshot), \(claimed.distribution)"
    if claimed.date != suite.date {
      throw difference("Date", text(claimed.date), text(suite.date), subject)
    }
    guard suite.signature != .unchecked else { return }
    let present = Set(suite.signedBy + suite.uncounted)
    let absent = claimed.signedBy.filter { known($0) && !present.contains($0) }
    let unknown = claimed.signedBy.filter { !known($0) }
    let isFalse =
      claimed.isUnsigned != (suite.signature == .unsigned) || !absent.isEmpty
      || unknown.count > suite.otherSigners.count
    guard isFalse else { return }
    let found =
      suite.signedBy.map { $0 } + suite.otherSigners.map { "\($0) (not pinned here)" }
    throw difference("signers", text(claimed.signedBy), text(found), subject)
  }

  private static func difference(
    _ what: String,
    _ claimed: String,
    _ found: String,
    _ subject: String
  ) -> Failure {
    Failure(
      .integrity,
      "false-claim",
      "MANIFEST states other \(what) than the suite itself has: \(claimed) in MANIFEST, \(found) in "
        + "the suite",
      subject: subject,
      hint: "ask the exporter who made this bundle; do not import it until that is explained",
      details: ["claimed: \(claimed)", "found: \(found)"]
    )
  }

  private static func text(_ date: UTCTime?) -> String { date?.rfc3339 ?? "none" }

  private static func text(_ signers: [String]) -> String {
    signers.isEmpty ? "none" : signers.joined(separator: ", ")
  }
}
