internal import BundleFormat
internal import DebianRepository
internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Trust
internal import VendorChain

/// Checks the vendor's chain again inside, with the keys that are pinned here: InRelease, indexes,
/// pool files, and that the snapshot holds nothing else.
final class ChainCheck {
  private let manifest: Manifest
  private let table: EntryTable
  private let depot: Depot
  private let staging: Staging
  private let now: UTCTime
  private var isDone = false
  private var notes: [String] = []

  init(manifest: Manifest, table: EntryTable, depot: Depot, staging: Staging, now: UTCTime) {
    self.manifest = manifest
    self.table = table
    self.depot = depot
    self.staging = staging
    self.now = now
  }

  /// Checks as soon as every chunk with a file outside of `pool` has arrived.
  func checkEarly(available: Set<Int>) throws {
    guard !isDone else { return }
    let pool = Array("/pool/".utf8)
    for place in table.placements where !available.contains(Int(place.chunk)) {
      let path = table.files.pathBytes(at: Int(place.entry))
      guard let slash = path.firstIndex(of: 0x2f), path[slash...].starts(with: pool) else { return }
    }
    _ = try check()
  }

  /// Checks every verbatim snapshot; answers what is odd but no reason to refuse.
  func check() throws -> [String] {
    guard !isDone else { return notes }
    let keys = try PinnedKeys.read(depot, role: .upstream)
    for snapshot in manifest.snapshots where snapshot.isVerbatim {
      try check(snapshot, keys)
    }
    isDone = true
    return notes
  }

  private func check(_ snapshot: Manifest.Snapshot, _ keys: [PublicKey]) throws {
    let archive = SnapshotArchive(
      snapshot: snapshot.name,
      table: table,
      objects: depot.objects,
      staging: staging
    )
    let unsigned = snapshot.suites.filter(\.isUnsigned).map(\.distribution)
    if !unsigned.isEmpty {
      notes.append(
        "\(snapshot.name): UNSIGNED by its vendor, taken as such by the exporter: "
          + unsigned.joined(separator: ", ")
      )
    }
    let result: ChainResult
    do throws(Failure) {
      result = try VendorChain.check(
        suites: snapshot.suites.map(\.distribution),
        files: archive,
        trust: UpstreamTrust(
          keys: keys,
          allowUnsigned: !unsigned.isEmpty,
          acceptRecorded: depot.configuration.upstream == .recorded,
          now: now
        )
      )
    } catch {
      throw explain(error, snapshot)
    }
    try compareSuites(result.suites, with: snapshot)
    notes += result.notes.map { "\(snapshot.name): \($0)" }
    try archive.checkAllReached(beside: result.indexes)
  }

  /// An unknown signer is the one refusal that the operator can settle here: say how.
  private func explain(_ failure: Failure, _ snapshot: Manifest.Snapshot) -> Failure {
    guard failure.kind == .trust,
      failure.name == "unknown-signer" || failure.name == "no-upstream-key"
    else { return failure }
    let claimed = Set(snapshot.suites.flatMap(\.signedBy)).sorted()
    let options = claimed.map { "--fingerprint \($0)" }.joined(separator: " ")
    return Failure(
      .trust,
      "upstream-not-pinned",
      "the vendor's signature is by a key that is not pinned here; the exporter saw it signed by "
        + claimed.joined(separator: ", "),
      subject: failure.subject ?? snapshot.name,
      hint: "check the fingerprint with the vendor, then: aptferry trust add KEYRING "
        + "--role upstream \(options)"
    )
  }

  /// A suite that was signed outside must not arrive as unsigned, nor the other way round.
  private func compareSuites(
    _ found: [SuiteRecord],
    with snapshot: Manifest.Snapshot
  ) throws(Failure) {
    for (claimed, suite) in zip(snapshot.suites, found)
    where claimed.isUnsigned != suite.isUnsigned && depot.configuration.upstream != .recorded {
      throw Failure(
        .trust,
        "suite-signature",
        "MANIFEST and the suite disagree on whether the vendor signed it",
        subject: "\(snapshot.name) \(claimed.distribution)"
      )
    }
  }
}

/// A snapshot's files as an APT tree whose every file has been hashed against ENTRIES.
///
/// Remembers which files the vendor's lists reached: a snapshot may hold no other.
private final class SnapshotArchive: ArchiveFiles {
  private let prefix: String
  private let range: Range<Int>
  private let files: FileList
  private let objects: ObjectStore
  private let staging: Staging
  private var isReached: [Bool]

  init(snapshot: String, table: EntryTable, objects: ObjectStore, staging: Staging) {
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
