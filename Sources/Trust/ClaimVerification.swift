internal import DebianRepository
package import Depot
internal import Objects
internal import OpenPGP
package import SafeIO
internal import VendorChain

/// Brings a depot of an earlier version up to date.
///
/// That version stored who signed a suite, and its Date, as the exporter claimed them. Here they are
/// verified, from the depot's own objects.
package enum ClaimVerification {
  /// What became of the claims.
  package struct Outcome: Sendable {
    /// Snapshots of which every suite was verified.
    package var verified: [String] = []
    /// Snapshots with a suite that could not be, and why.
    package var unverified: [String] = []
  }

  /// Verifies every suite that is stored as claimed, once: what cannot be verified is marked so.
  ///
  /// Where another command holds the depot, it is left for the next one.
  ///
  /// - Parameters:
  ///   - depot: the depot, whose lock must not be held.
  ///   - now: the start of the command.
  ///   - again: whether what could not be verified before is tried again.
  /// - Returns: what became of the claims.
  /// - Throws: `io` and `state` when the catalogue cannot be used.
  package static func run(
    _ depot: Depot,
    now: UTCTime,
    again: Bool = false
  ) throws(Failure) -> Outcome {
    var outcome = Outcome()
    guard try !depot.catalogue.snapshotsWithClaims(again: again).isEmpty else { return outcome }
    let lock: FileLock
    do {
      lock = try depot.lock(for: "upgrade")
    } catch {
      guard error.kind == .busy else { throw error }
      return outcome
    }
    let trust = try upstream(depot, now)
    let vendors = try Vendors(depot)
    for name in try depot.catalogue.snapshotsWithClaims(again: again) {
      let problems = try verify(try depot.catalogue.snapshot(name), trust, vendors, depot)
      if problems.isEmpty {
        outcome.verified.append(name)
      } else {
        outcome.unverified.append("\(name): " + problems.joined(separator: "; "))
      }
    }
    _ = consume lock
    return outcome
  }

  private static func upstream(_ depot: Depot, _ now: UTCTime) throws(Failure) -> UpstreamTrust {
    UpstreamTrust(
      keys: try PinnedKeys.read(try depot.catalogue.trust(role: .upstream), depot),
      allowUnsigned: true,
      acceptRecorded: depot.configuration.upstream == .recorded,
      now: now
    )
  }

  /// Verifies the suites of one snapshot; answers why some of them could not be.
  private static func verify(
    _ snapshot: SnapshotRecord,
    _ trust: UpstreamTrust,
    _ vendors: Vendors,
    _ depot: Depot
  ) throws(Failure) -> [String] {
    var problems: [String] = []
    var suites: [SuiteRecord] = []
    var dates: [SuiteDate] = []
    var sightings: [(vendor: String, suite: SeenSuite)] = []
    // As it was judged when it came in: keys may have expired since.
    var trust = trust
    trust.now = snapshot.created
    for known in snapshot.suites {
      do throws(Failure) {
        let releases = try SignedRelease.readAll(
          [known.distribution],
          files: try SnapshotReleases(of: snapshot, in: depot),
          trust: trust
        )
        for release in releases {
          suites.append(SuiteRecord(release.suite, claimed: known.namedSigners))
          dates += SuiteDate.all(of: release.suite, in: snapshot.name, at: snapshot.created)
          sightings += vendors.sightings(of: release.suite)
        }
      } catch {
        // Whatever cannot be read or verified is marked so: a depot must stay usable.
        guard ![.interrupted, .terminated, .busy, .internal].contains(error.kind) else {
          throw error
        }
        problems.append("\(known.distribution): \(error.reason)")
        suites.append(known)
      }
    }
    try depot.catalogue.replaceClaims(
      ofSnapshot: snapshot.name,
      with: suites,
      dates: dates,
      sightings: sightings,
      at: snapshot.created
    )
    return problems
  }
}

/// The Release files of a snapshot, from the depot's objects.
private struct SnapshotReleases: ReleaseSource {
  private let list: FileList
  private let objects: any ObjectStore

  init(of snapshot: SnapshotRecord, in depot: Depot) throws(Failure) {
    list = try depot.catalogue.fileList(of: snapshot)
    objects = depot.objects
  }

  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    guard let index = list.index(of: path) else { return nil }
    let digest = list.digest(at: index)
    let bytes = try objects.open(digest).readAll(limit: limit)
    guard SHA256Digest.of(bytes) == digest else {
      throw Failure(
        .integrity,
        .damagedObject,
        "an object of the depot is damaged",
        subject: path,
        hint: "run: aptferry depot check --repair-from DIR"
      )
    }
    return bytes
  }
}
