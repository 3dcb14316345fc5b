internal import BundleFormat
internal import Depot
internal import SafeIO
internal import Trust
internal import VendorChain

/// Checks a composed snapshot of a bundle: every package of a vendor in a list that the vendor signed,
/// whoever chose the packages; for any other the exporter must be one that may vouch.
struct ComposedCheck {
  let snapshot: Manifest.Snapshot
  let trust: BundleTrust
  let archive: SnapshotArchive

  /// Checks it all; answers what is to be recorded of the suites.
  ///
  /// - Throws: `trust` for a vendor who is not pinned, or packages that nobody may vouch for;
  ///   `integrity` for an altered package; `freshness` for an older state of a vendor's suite.
  func run(
    allowsOlder: Bool,
    _ found: inout ChainCheck.Findings
  ) throws(Failure) -> [SuiteRecord] {
    let result: ComposedResult
    do throws(Failure) {
      result = try ComposedChain.check(
        suites: snapshot.suites.map(\.distribution),
        trees: try ProvenanceTree.all(in: archive.paths(below: ProvenanceTree.root)),
        files: archive,
        trust: trust.provenance
      )
    } catch {
      throw trust.explainProvenance(error, snapshot.name)
    }
    try archive.checkAllReached(beside: result.indexes)
    try LeftOutClaim.check(snapshot, against: result.leftOut)
    try requireVouchers(result)
    for proof in result.proofs { try take(proof, allowsOlder: allowsOlder, &found) }
    found.notes += result.notes.map { $0.about(snapshot.name) } + notes(on: result)
    return result.suites.map { suite in
      SuiteRecord(
        composed: suite.distribution,
        of: suite.proofs.flatMap { result.proofs[$0].suite.signedBy },
        vouchedBy: vouchers(suite),
        hasOwn: !suite.own.isEmpty
      )
    }
  }

  /// The age of a vendor's lists, and what is to be remembered of them.
  private func take(
    _ proof: ComposedResult.Proof,
    allowsOlder: Bool,
    _ found: inout ChainCheck.Findings
  ) throws(Failure) {
    // A newer state beside it excuses nothing: packages of the older one could come in with it.
    try trust.checkAge(
      [proof.suite],
      of: snapshot.name,
      besides: [],
      packages: PackageStems(stems: proof.stems),
      allowsOlder: allowsOlder,
      &found
    )
    found.sightings += trust.vendors.sightings(of: proof.suite)
    found.dates += SuiteDate.all(of: proof.suite, in: snapshot.name, at: trust.now)
  }

  private func vouchers(_ suite: ComposedResult.Suite) -> [String] {
    trust.scope.vouchers(forSuite: suite.distribution, of: snapshot.name)
  }

  /// Refuses packages that no vendor vouches for and the exporter may not.
  private func requireVouchers(_ result: ComposedResult) throws(Failure) {
    let refused = result.suites.filter { !$0.own.isEmpty && vouchers($0).isEmpty }
    guard let first = refused.first else { return }
    throw trust.scope.unvouched(
      refused.map { (snapshot.name, $0.distribution) },
      first: first.own[0],
      packages: refused.flatMap(\.own)
    )
  }

  /// By whose word comes in what no vendor signed.
  private func notes(on result: ComposedResult) -> [Note] {
    result.suites.filter { !$0.own.isEmpty }.map { suite in
      let names = suite.own.prefix(3).joined(separator: ", ") + (suite.own.count > 3 ? ", …" : "")
      return .note(
        "\(snapshot.name)/\(suite.distribution): no vendor vouches for "
          + "\(suite.own.count) of \(suite.packages) packages (\(names)); vouched for by the exporter "
          + vouchers(suite).joined(separator: ", ")
      )
    }
  }
}

extension BundleTrust {
  /// Whom to believe about the vendors of a composed snapshot's packages: a list that nobody signed is
  /// no proof.
  var provenance: UpstreamTrust {
    var trust = UpstreamTrust(
      keys: keys,
      acceptRecorded: depot.configuration.upstream == .recorded,
      now: now,
      judge: vendors.judge(for: depot)
    )
    trust.acceptExpiredKeys = allowsExpiredKeys
    return trust
  }

  /// An unknown vendor is a refusal that the operator can settle here.
  func explainProvenance(_ failure: Failure, _ snapshot: String) -> Failure {
    guard failure.kind == .trust,
      failure.name == .unknownSigner || failure.name == .noUpstreamKey
    else { return failure.naming(snapshot) }
    return Failure(
      .trust,
      .upstreamNotPinned,
      "packages of the composed snapshot are a vendor's whose key is not pinned here",
      subject: "\(snapshot)/" + (failure.subject ?? ""),
      hint:
        "get the vendor's key by another route than these media, compare its fingerprint with what "
        + "the vendor says, then: aptferry trust add KEYRING --role upstream --name VENDOR --depot "
        + Escaped.shellWord(depot.root.path),
      details: failure.details
    )
  }
}
