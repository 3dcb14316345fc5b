internal import BundleFormat
internal import DebianRepository
internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Trust
internal import VendorChain

/// Whom this site believes about a bundle.
///
/// That is the vendors of its suites, and what the exporters that signed it may vouch for. An import,
/// its dry run and the review before it ask the same questions.
struct BundleTrust {
  /// The vendors known here.
  let vendors: Vendors
  /// What the signers of the bundle may do.
  let scope: ExporterScope
  private let manifest: Manifest
  let depot: Depot
  let keys: [PublicKey]
  /// The start of the command.
  let now: UTCTime
  /// Whether vendors' keys may have expired since they signed.
  var allowsExpiredKeys = false

  init(
    _ manifest: Manifest,
    signers: [Fingerprint],
    in depot: Depot,
    now: UTCTime
  ) throws(Failure) {
    vendors = try Vendors(depot)
    scope = try ExporterScope(of: signers.map(\.text), in: depot)
    keys = try PinnedKeys.read(depot, role: .upstream)
    (self.manifest, self.depot, self.now) = (manifest, depot, now)
  }

  /// Refuses what the signers may not carry or vouch for, by what MANIFEST says; before anything
  /// else of the bundle is read.
  ///
  /// - Throws: `trust` with the command that would allow it.
  func checkScope() throws(Failure) {
    try scope.check(stream: manifest.stream)
    if let empty = manifest.snapshots.first(where: { $0.suites.isEmpty }) {
      throw Failure(
        .integrity,
        "no-suite",
        "a snapshot without a suite has nothing that a vendor signed",
        subject: empty.name,
        hint: "ask the exporter who made this bundle"
      )
    }
    try scope.checkUnsigned(
      manifest.snapshots.filter(\.isVerbatim).flatMap { snapshot in
        snapshot.suites.filter(\.isUnsigned).map { (snapshot.name, $0.distribution) }
      }
    )
  }

  /// What the vendor's chain of a snapshot is checked with.
  func upstream(for snapshot: Manifest.Snapshot) -> UpstreamTrust {
    var trust = UpstreamTrust(
      keys: keys,
      allowUnsigned: snapshot.suites.contains(where: \.isUnsigned),
      acceptRecorded: depot.configuration.upstream == .recorded,
      now: now,
      judge: vendors.judge(for: depot)
    )
    trust.acceptExpiredKeys = allowsExpiredKeys
    return trust
  }

  /// What is said of a snapshot's unsigned suites, and by whose word they come in.
  func notes(on snapshot: Manifest.Snapshot) -> [Note] {
    // Of a composed suite only its packages say what nobody signed.
    (snapshot.isVerbatim ? snapshot.suites : []).filter(\.isUnsigned).map { suite in
      let vouchers = scope.vouchers(forSuite: suite.distribution, of: snapshot.name)
      let names = vouchers.joined(separator: ", ")
      return .note(
        "\(snapshot.name)/\(suite.distribution): UNSIGNED by its vendor; vouched for by the exporter "
          + names
      )
    }
  }

  /// Refuses a claim of MANIFEST that is not true of the suite.
  func check(
    _ claimed: ClaimedSuite,
    against suite: VerifiedSuite,
    of snapshot: String
  ) throws(Failure) {
    try SuiteClaim.check(claimed, against: suite, of: snapshot) { fingerprint in
      keys.contains { $0.fingerprint.text == fingerprint }
    }
  }

  /// Refuses suites that are older than what came before, unless the newer state is in the same
  /// bundle, or older ones are allowed.
  ///
  /// `packages` is only asked for when a newer state came before: of a million packages it is large.
  func checkAge(
    _ suites: [VerifiedSuite],
    of snapshot: String,
    besides all: [VerifiedSuite],
    packages: @autoclosure () -> PackageStems,
    allowsOlder: Bool,
    _ found: inout ChainCheck.Findings
  ) throws(Failure) {
    let freshness = SuiteFreshness(catalogue: depot.catalogue, vendors: vendors)
    for suite in suites {
      guard let known = try freshness.newer(than: suite, with: packages()) else { continue }
      let carried = all.filter { other in
        other.distribution == suite.distribution && other.names.origin == suite.names.origin
          && other.names.label == suite.names.label
          && vendors.identity(of: other).isSame(as: vendors.identity(of: suite))
      }
      if let newest = carried.compactMap(\.date).max(), newest >= known.date { continue }
      guard allowsOlder else {
        throw SuiteFreshness.refusal(
          suite.distribution,
          of: suite.date,
          SuiteFreshness.Newer(date: known.date, snapshot: known.snapshot),
          "\(manifest.directory), \(snapshot)"
        )
      }
      found.notes.append("\(suite.distribution) is older than in \(known.snapshot), as allowed")
      found.isBehind = true
    }
  }

  /// Refuses a suite of which MANIFEST names no signer that is pinned here; for a suite whose Release
  /// file is not at hand.
  func checkPinned(
    _ claimed: ClaimedSuite,
    _ snapshot: Manifest.Snapshot,
    _ files: some ReleaseSource
  ) throws(Failure) {
    guard depot.configuration.upstream != .recorded, !claimed.isUnsigned,
      !claimed.signedBy.contains(where: vendors.isPinned)
    else { return }
    let unknown = Failure(.trust, .unknownSigner, "", subject: claimed.directory)
    throw explain(unknown, snapshot, files)
  }

  /// An unknown signer is a refusal that the operator can settle here: say how, in full.
  ///
  /// - Parameters:
  ///   - failure: what the chain said.
  ///   - snapshot: the snapshot.
  ///   - files: the Release files, unverified, for what the suites call themselves.
  /// - Returns: the refusal with the command that settles it, or one that names the snapshot.
  func explain(
    _ failure: Failure,
    _ snapshot: Manifest.Snapshot,
    _ files: some ReleaseSource
  ) -> Failure {
    guard failure.kind == .trust,
      failure.name == .unknownSigner || failure.name == .noUpstreamKey
    else { return failure.naming(snapshot.name) }
    let suites = snapshot.suites.filter { !$0.isUnsigned }
    let claimed = Set(suites.flatMap(\.signedBy)).sorted()
    return Failure(
      .trust,
      .upstreamNotPinned,
      "the vendor's signature is by a key that is not pinned here; the exporter says that these "
        + "signed it: " + claimed.joined(separator: ", "),
      subject: "\(snapshot.name)/" + (failure.subject ?? suites.first?.directory ?? ""),
      hint: PinningHint.text(suites, files, depot: depot.root.path),
      details: failure.details
    )
  }
}

extension Failure {
  /// The same, with the snapshot before the path that it is about.
  func naming(_ snapshot: String) -> Failure {
    Failure(
      kind,
      name,
      reason,
      subject: subject.map { $0.hasPrefix(snapshot) ? $0 : "\(snapshot), \($0)" } ?? snapshot,
      hint: hint,
      details: details
    )
  }
}
