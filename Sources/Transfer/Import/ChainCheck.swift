internal import BundleFormat
internal import DebianRepository
internal import Depot
internal import Objects
internal import OpenPGP
internal import SafeIO
internal import Trust
internal import VendorChain

/// Checks the vendor's chain again inside, with the keys that are pinned here.
///
/// That is InRelease, indexes, pool files, and that the snapshot holds nothing else. What it found is
/// what is stored.
final class ChainCheck {
  /// What was found of the suites of a bundle.
  struct Findings {
    /// What is to be recorded of the suites of each snapshot, by its name.
    var suites: [String: [SuiteRecord]] = [:]
    /// What each snapshot leaves out, by its name.
    var leftOut: [String: [LeftOut]] = [:]
    /// The dates of the suites, for the rule against older ones.
    var dates: [SuiteDate] = []
    /// What suites of a vendor call themselves and did not before.
    var sightings: [(vendor: String, suite: SeenSuite)] = []
    /// Whether a suite is older than what came before, as allowed.
    var isBehind = false
    /// What is odd but no reason to refuse.
    var notes: [Note] = []
  }

  private let manifest: Manifest
  private let table: EntryTable
  private let depot: Depot
  private let staging: Staging
  private let trust: BundleTrust
  private let allowsOlder: Bool
  private var findings: Findings?

  init(
    manifest: Manifest,
    table: EntryTable,
    depot: Depot,
    staging: Staging,
    trust: BundleTrust,
    allowsOlder: Bool
  ) {
    self.manifest = manifest
    self.table = table
    self.depot = depot
    self.staging = staging
    self.trust = trust
    self.allowsOlder = allowsOlder
  }

  /// Checks as soon as every file outside of `pool` is here: whole, and not in parts that are put
  /// together when all chunks have arrived.
  func checkEarly(available: Set<Int>) throws(Failure) {
    guard findings == nil else { return }
    for place in table.placements where !isOfPool(place) {
      guard available.contains(Int(place.chunk)) else { return }
      if place.part > 0, try !isHere(Int(place.entry)) { return }
    }
    _ = try check()
  }

  private func isOfPool(_ place: Placement) -> Bool {
    let path = table.files.pathBytes(at: Int(place.entry))
    guard let slash = path.firstIndex(of: 0x2f) else { return false }
    return path[slash...].starts(with: "/pool/".utf8)
  }

  private func isHere(_ entry: Int) throws(Failure) -> Bool {
    let (digest, size) = (table.files.digest(at: entry), table.files.size(at: entry))
    if try staging.contains(digest, size: size) { return true }
    return try depot.objects.contains(digest, size: size)
  }

  /// Checks every snapshot, then the age of all suites, then what MANIFEST claims of them.
  ///
  /// - Throws: `trust` and `integrity` as the chain does; `freshness` for an older state of a suite
  ///   that was not allowed; `integrity` for a claim that is not true.
  func check() throws(Failure) -> Findings {
    if let findings { return findings }
    var found = Findings()
    var chains: [(snapshot: Manifest.Snapshot, suites: [VerifiedSuite])] = []
    for snapshot in manifest.snapshots where snapshot.isVerbatim {
      chains.append((snapshot, try follow(snapshot, &found)))
    }
    for snapshot in manifest.snapshots where !snapshot.isVerbatim {
      let check = ComposedCheck(snapshot: snapshot, trust: trust, archive: archive(snapshot))
      let records = try check.run(allowsOlder: allowsOlder, &found)
      found.suites[snapshot.name] = records
    }
    for (snapshot, suites) in chains {
      try trust.checkAge(
        suites,
        of: snapshot.name,
        besides: chains.flatMap(\.suites),
        packages: PackageStems.all(of: table, snapshot: snapshot.name),
        allowsOlder: allowsOlder,
        &found
      )
    }
    for (snapshot, suites) in chains {
      for (claimed, suite) in zip(snapshot.suites, suites) {
        try trust.check(claimed, against: suite, of: snapshot.name)
        found.sightings += trust.vendors.sightings(of: suite)
        found.dates += SuiteDate.all(of: suite, in: snapshot.name, at: trust.now)
      }
      found.suites[snapshot.name] = zip(snapshot.suites, suites).map { claimed, suite in
        SuiteRecord(
          suite,
          vouchedBy: trust.scope.vouchers(forSuite: suite.distribution, of: snapshot.name),
          claimed: claimed.signedBy
        )
      }
    }
    findings = found
    return found
  }

  private func archive(_ snapshot: Manifest.Snapshot) -> SnapshotArchive {
    SnapshotArchive(
      snapshot: snapshot.name,
      table: table,
      objects: depot.objects,
      staging: staging
    )
  }

  /// Follows the chain of one snapshot to its last file.
  private func follow(
    _ snapshot: Manifest.Snapshot,
    _ found: inout Findings
  ) throws(Failure) -> [VerifiedSuite] {
    let archive = archive(snapshot)
    let result: ChainResult
    do throws(Failure) {
      result = try ChainOfTrust.check(
        suites: snapshot.suites.map(\.distribution),
        files: archive,
        trust: trust.upstream(for: snapshot),
        leaving: LeaveOut(claimed: snapshot.leftOut)
      )
    } catch {
      throw trust.explain(error, snapshot, archive)
    }
    found.notes += trust.notes(on: snapshot)
    found.notes += result.notes.map { $0.about(snapshot.name) }
    try archive.checkAllReached(beside: result.indexes)
    try LeftOutClaim.check(snapshot, against: result.leftOut)
    found.leftOut[snapshot.name] = result.leftOut
    found.notes += LeftOutClaim.notes(on: snapshot.name, result.leftOut)
    return result.suites
  }
}
