package import BundleFormat
package import Depot
internal import Objects
internal import OpenPGP
package import SafeIO
internal import Trust
internal import VendorChain

/// How a suite of a bundle stands with what is pinned here, before anything is imported.
package struct SuiteStanding: Sendable {
  /// The snapshot that has it.
  package let snapshot: String
  /// What MANIFEST says of it.
  package let claimed: ClaimedSuite
  /// What was verified here; nil while its Release file is not at hand, or where it is refused.
  package var verified: SuiteRecord?
  /// Who stands behind it, as far as that was verified.
  package var vendor: VendorIdentity?
  /// Why an import would refuse it for trust, for its age or for a false claim.
  package var refusal: Failure?

  // What was verified, for the questions that need all suites of the bundle.
  private var suite: VerifiedSuite?

  init(snapshot: String, claimed: ClaimedSuite) {
    (self.snapshot, self.claimed) = (snapshot, claimed)
  }
}

extension SuiteStanding {
  /// Judges every suite of a bundle whose manifest was verified, verbatim ones first, by what of the bundle is
  /// at hand.
  static func all(
    of manifest: Manifest,
    _ trust: BundleTrust,
    _ table: EntryTable,
    _ contents: IndexContents,
    _ objects: any ObjectStore,
    allowsOlder: Bool
  ) -> [SuiteStanding] {
    all(of: manifest, trust, table, allowsOlder: allowsOlder) { snapshot in
      contents.releases(of: snapshot.name, table, objects)
    } + composed(of: manifest, trust, table, contents, objects, allowsOlder: allowsOlder)
  }

  /// Judges every verbatim suite of a bundle whose manifest was verified.
  ///
  /// - Parameters:
  ///   - manifest: the manifest.
  ///   - trust: whom this site believes about it.
  ///   - table: the entries of the bundle.
  ///   - allowsOlder: whether older states of suites are allowed.
  ///   - files: the Release files of a snapshot, as far as they are at hand.
  /// - Returns: one standing for each suite, in the order of MANIFEST.
  static func all<Source: ReleaseSource>(
    of manifest: Manifest,
    _ trust: BundleTrust,
    _ table: EntryTable,
    allowsOlder: Bool,
    files: (Manifest.Snapshot) -> Source
  ) -> [SuiteStanding] {
    var standings: [SuiteStanding] = []
    for snapshot in manifest.snapshots where snapshot.isVerbatim {
      let source = files(snapshot)
      for claimed in snapshot.suites {
        var standing = SuiteStanding(snapshot: snapshot.name, claimed: claimed)
        standing.judge(snapshot, trust, source)
        standings.append(standing)
      }
    }
    let suites = standings.compactMap(\.suite)
    for index in standings.indices {
      standings[index].judgeAge(trust, table, besides: suites, allowsOlder: allowsOlder)
    }
    return standings
  }

  private mutating func judge(
    _ snapshot: Manifest.Snapshot,
    _ trust: BundleTrust,
    _ files: some ReleaseSource
  ) {
    do throws(Failure) {
      if claimed.isUnsigned {
        try trust.scope.checkUnsigned([(snapshot.name, claimed.distribution)])
      }
      guard let suite = try verify(snapshot, trust, files) else {
        return try trust.checkPinned(claimed, snapshot, files)
      }
      let record = SuiteRecord(
        suite,
        vouchedBy: trust.scope.vouchers(forSuite: suite.distribution, of: snapshot.name),
        claimed: claimed.signedBy
      )
      (self.suite, verified, vendor) = (suite, record, trust.vendors.identity(of: record))
    } catch {
      refusal = error
    }
  }

  /// What the suite's Release file is; nil when it is not at hand.
  private func verify(
    _ snapshot: Manifest.Snapshot,
    _ trust: BundleTrust,
    _ files: some ReleaseSource
  ) throws(Failure) -> VerifiedSuite? {
    do throws(Failure) {
      return try SignedRelease.readAll(
        [claimed.distribution],
        files: files,
        trust: trust.upstream(for: snapshot)
      ).first?.suite
    } catch {
      guard error.name != .noRelease else { return nil }
      throw trust.explain(error, snapshot, files)
    }
  }

  /// Age first, then the claim, as an import does.
  private mutating func judgeAge(
    _ trust: BundleTrust,
    _ table: EntryTable,
    besides all: [VerifiedSuite],
    allowsOlder: Bool
  ) {
    guard let suite, refusal == nil else { return }
    do throws(Failure) {
      var ignored = ChainCheck.Findings()
      try trust.checkAge(
        [suite],
        of: snapshot,
        besides: all,
        packages: PackageStems.all(of: table, snapshot: snapshot),
        allowsOlder: allowsOlder,
        &ignored
      )
      try trust.check(claimed, against: suite, of: snapshot)
    } catch {
      refusal = error
    }
  }
}
