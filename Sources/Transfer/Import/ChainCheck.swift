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

  /// Checks as soon as every chunk with a file outside of `pool` has arrived.
  func checkEarly(available: Set<Int>) throws(Failure) {
    guard findings == nil else { return }
    let pool = Array("/pool/".utf8)
    for place in table.placements where !available.contains(Int(place.chunk)) {
      let path = table.files.pathBytes(at: Int(place.entry))
      guard let slash = path.firstIndex(of: 0x2f), path[slash...].starts(with: pool) else { return }
    }
    _ = try check()
  }

  /// Checks every verbatim snapshot, then the age of all suites, then what MANIFEST claims of them.
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

  /// Follows the chain of one snapshot to its last file.
  private func follow(
    _ snapshot: Manifest.Snapshot,
    _ found: inout Findings
  ) throws(Failure) -> [VerifiedSuite] {
    let archive = SnapshotArchive(
      snapshot: snapshot.name,
      table: table,
      objects: depot.objects,
      staging: staging
    )
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

/// A snapshot's files as an APT tree whose every file has been hashed against ENTRIES.
///
/// Remembers which files the vendor's lists reached: a snapshot may hold no other.
private final class SnapshotArchive: ArchiveFiles {
  private let prefix: String
  private let range: Range<Int>
  private let files: FileList
  private let objects: any ObjectStore
  private let staging: Staging
  private var isReached: [Bool]

  init(snapshot: String, table: EntryTable, objects: any ObjectStore, staging: Staging) {
    prefix = snapshot + "/"
    range = table.range(ofSnapshot: snapshot)
    files = table.files
    isReached = [Bool](repeating: false, count: range.count)
    self.objects = objects
    self.staging = staging
  }

  /// No list of what was taken is wanted: the marks are enough, and do not grow with paths.
  var remembersTaken: Bool { true }

  private func index(of path: String) -> Int? { files.index(of: prefix + path) }

  private func open(_ index: Int) throws(Failure) -> OpenFile {
    let digest = files.digest(at: index)
    if try staging.contains(digest, size: files.size(at: index)) { return try staging.open(digest) }
    return try objects.open(digest)
  }

  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    guard let index = index(of: path) else { return nil }
    // Before it is opened, so that the refusal names the file and not an object.
    guard files.size(at: index) <= UInt64(max(0, limit)) else {
      throw Failure(
        .unsafe,
        "too-large",
        "the file has \(files.size(at: index)) bytes, more than the \(limit) that it may have",
        subject: path,
        hint: "mirror the tree again; if it stays so, ask the archive's owner"
      )
    }
    return try open(index).readAll(limit: limit)
  }

  func has(_ path: String) throws(Failure) -> Bool { index(of: path) != nil }

  func take(_ expected: ExpectedFile) throws(Failure) -> TakenFile? {
    guard let index = index(of: expected.path) else { return nil }
    let (size, digest) = (files.size(at: index), files.digest(at: index))
    var sha512: String?
    if expected.needsSHA512 && expected.sha256 == nil { sha512 = try hash512(index) }
    let weaker = ExpectedFile(
      path: expected.path,
      size: expected.size,
      sha256: expected.sha256,
      // Where the vendor lists both, the SHA-256 that ENTRIES vouches for decides.
      sha512: sha512 == nil ? nil : expected.sha512
    )
    try weaker.check(size: size, sha256: digest, sha512: sha512)
    isReached[index - range.lowerBound] = true
    return TakenFile(path: expected.path, size: size, sha256: digest)
  }

  func open(_ taken: TakenFile) throws(Failure) -> OpenFile {
    guard let index = index(of: taken.path) else {
      throw Failure(.internal, "taken", "a file was taken that is not there", subject: taken.path)
    }
    return try open(index)
  }

  /// Refuses a snapshot with a file that nothing the vendor signed speaks of.
  ///
  /// `indexes` has the Release files, which are read but not taken.
  func checkAllReached(beside indexes: FileList) throws(Failure) {
    for position in 0..<indexes.count {
      guard let index = index(of: indexes.path(at: position)) else { continue }
      isReached[index - range.lowerBound] = true
    }
    guard let stranger = isReached.firstIndex(of: false) else { return }
    throw Failure(
      .integrity,
      "not-reached",
      "the bundle has a file that nothing the vendor signed speaks of",
      subject: files.path(at: range.lowerBound + stranger),
      hint: "have the snapshot made and exported again; nothing was changed"
    )
  }

  private func hash512(_ index: Int) throws(Failure) -> String {
    let file = try open(index)
    let block = Block()
    var hasher = SHA512Hasher()
    while true {
      block.clear()
      if try file.read(into: block) == 0 { return hasher.finishHex() }
      hasher.update(block.bytes)
      try Interruption.check()
    }
  }
}
