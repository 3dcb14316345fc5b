internal import Depot
internal import Objects
internal import SafeIO
internal import Synchronization
internal import VendorChain

/// The files of an APT tree on disk, taken into a depot's staging as they are verified.
final class TreeFiles: ArchiveFiles, Sendable {
  private let tree: Directory
  private let depot: Depot
  private let intake: TreeIntake
  private let staging: Staging
  private let progress: FreezeProgress
  /// Release files that the tree does not have.
  private let standIns: [String: [UInt8]]
  /// The Release files as they were read first; nil for one that was absent.
  private let first = Mutex<[String: SHA256Digest?]>([:])
  private let limits = Mutex<[String: Int]>([:])

  init(
    tree: Directory,
    depot: Depot,
    staging: Staging,
    ingestion: Staging.Ingestion,
    standIns: [String: [UInt8]] = [:],
    progress: FreezeProgress
  ) {
    self.standIns = standIns
    self.tree = tree
    self.depot = depot
    self.staging = staging
    self.progress = progress
    intake = TreeIntake(tree: tree, depot: depot, staging: staging, ingestion: ingestion)
  }

  /// What was new to the depot so far.
  var taken: (objects: UInt64, bytes: UInt64) { intake.taken }

  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    let bytes = try read(path, limit: limit)
    first.withLock { $0[path] = .some(bytes.map { SHA256Digest.of($0) }) }
    limits.withLock { $0[path] = limit }
    return bytes
  }

  private func read(_ path: String, limit: Int) throws(Failure) -> [UInt8]? {
    if let text = standIns[path] { return text }
    guard let file = try tree.fileThroughInsideLinks(path) else { return nil }
    return try file.readAll(limit: limit)
  }

  func has(_ path: String) throws(Failure) -> Bool {
    try tree.kindThroughInsideLinks(path) != nil
  }

  func take(_ expected: ExpectedFile) throws(Failure) -> TakenFile? {
    if let text = standIns[expected.path] {
      let digest = try staging.keep(bytes: text)
      try expected.check(size: UInt64(text.count), sha256: digest, sha512: nil)
      return TakenFile(path: expected.path, size: UInt64(text.count), sha256: digest)
    }
    return try takeAll([expected])[0].get()
  }

  func open(_ taken: TakenFile) throws(Failure) -> OpenFile {
    guard try staging.contains(taken.sha256, size: taken.size) else {
      return try depot.objects.open(taken.sha256)
    }
    return try staging.open(taken.sha256)
  }

  /// Takes files on all processors; files of one content that stand together (an index and its
  /// by-hash names) are one piece of work.
  func takeAll(_ expected: [ExpectedFile]) throws(Failure) -> [Result<TakenFile?, Failure>] {
    guard !expected.isEmpty else { return [] }
    let groups = ExpectedFile.groups(expected)
    let total = try intake.checkSpace(for: expected)
    progress.expect(files: expected.count, bytes: total)
    let answers = Mutex(
      [Result<TakenFile?, Failure>](
        repeating: .success(nil),
        count: expected.count
      )
    )
    let (intake, progress) = (self.intake, self.progress)
    try Threads.forEach(count: groups.count) { (index) throws(Failure) in
      let range = groups[index]
      let results = try intake.take(expected[range])
      var bytes: UInt64 = 0
      for file in expected[range] {
        bytes = bytes.addingReportingOverflow(file.size ?? 0).partialValue
      }
      answers.withLock { $0.replaceSubrange(range, with: results) }
      progress.finish(files: range.count, bytes: bytes)
    }
    return answers.withLock { $0 }
  }

  /// Refuses when a Release file is not what it was at the beginning: what was taken may belong
  /// to two states of the tree.
  func checkUnchanged() throws(Failure) {
    let seen = first.withLock { $0 }
    for (path, digest) in seen.sorted(by: { $0.key < $1.key }) {
      let limit = limits.withLock { $0[path] ?? 0 }
      let now = try read(path, limit: limit).map { SHA256Digest.of($0) }
      guard now == digest else {
        throw Failure(
          .incomplete,
          "changed",
          "the tree changed while it was frozen",
          subject: tree.describe(path),
          hint: "run the same command again when the tree is at rest"
        )
      }
    }
  }
}
