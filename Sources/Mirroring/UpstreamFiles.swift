internal import Depot
internal import Objects
internal import SafeIO
internal import Synchronization
internal import VendorChain

/// The files of an upstream, fetched into a depot's staging as the vendor's chain asks for them;
/// what the depot has is not fetched.
final class UpstreamFiles: ArchiveFiles, Sendable {
  /// The Release files, which nothing lists.
  let releases: UpstreamReleases
  let fetcher: Fetcher
  private let depot: Depot
  let staging: Staging
  let connections: Int
  let progress: FetchProgress
  /// Whether pool files are only counted.
  private let onlyCounts: Bool
  let state = Mutex(State())

  struct State {
    var isPool = false
    var isCounted = false
    var verified: Set<SHA256Digest> = []
    var toFetch: (files: UInt64, bytes: UInt64) = (0, 0)
  }

  init(
    fetcher: Fetcher,
    depot: Depot,
    staging: Staging,
    connections: Int,
    progress: FetchProgress,
    known: [MirrorState],
    onlyCounts: Bool
  ) {
    self.fetcher = fetcher
    self.depot = depot
    self.staging = staging
    self.connections = connections
    self.progress = progress
    self.onlyCounts = onlyCounts
    releases = UpstreamReleases(fetcher: fetcher, depot: depot, known: known)
  }

  /// What a dry run would have fetched.
  var toFetch: (files: UInt64, bytes: UInt64) { state.withLock { $0.toFetch } }

  /// InRelease where there is one, else Release and Release.gpg.
  func contents(of path: String, limit: Int) throws(Failure) -> [UInt8]? {
    try releases.contents(of: path, limit: limit)
  }

  // MARK: Listed files

  /// Long enough that waiting for the last file of a batch costs nothing.
  var batchLength: Int { 1 << 14 }

  /// Told before the indexes of a suite are taken.
  func beginIndexes() {
    state.withLock { ($0.isPool, $0.isCounted) = (false, false) }
    progress.begin("fetching indexes")
  }

  func beginPoolFiles() {
    state.withLock { ($0.isPool, $0.isCounted) = (true, false) }
    progress.begin("fetching packages")
  }

  /// Counts what will have to be fetched, so that the time left can be told from the beginning.
  func willTake(_ list: FileList) throws(Failure) {
    var (files, bytes): (Int, UInt64) = (0, 0)
    for index in 0..<list.count {
      if index & 0xfff == 0 { try Interruption.check() }
      let (digest, size) = (list.digest(at: index), list.size(at: index))
      if try depot.objects.contains(digest, size: size) { continue }
      if try staging.contains(digest, size: size) { continue }
      files += 1
      bytes = UpstreamFiles.sum(bytes, size)
    }
    if !onlyCounts { try checkSpace(bytes) }
    progress.expect(files: files, bytes: bytes)
    state.withLock { $0.isCounted = true }
  }

  func has(_ path: String) throws(Failure) -> Bool { false }

  func take(_ expected: ExpectedFile) throws(Failure) -> TakenFile? {
    try takeAll([expected])[0].get()
  }

  func open(_ taken: TakenFile) throws(Failure) -> OpenFile {
    guard try staging.contains(taken.sha256, size: taken.size) else {
      return try depot.objects.open(taken.sha256)
    }
    return try staging.open(taken.sha256)
  }

  /// Opens an index that was taken.
  func openIndex(_ digest: SHA256Digest) throws(Failure) -> OpenFile {
    if try staging.list().contains(digest) { return try staging.open(digest) }
    return try depot.objects.open(digest)
  }

  /// One content under all the paths that it is asked for by.
  struct Job: Sendable {
    var positions: [Int]
    let size: UInt64?
  }

  func takeAll(_ expected: [ExpectedFile]) throws(Failure) -> [Result<TakenFile?, Failure>] {
    var answers = [Result<TakenFile?, Failure>](repeating: .success(nil), count: expected.count)
    var jobs: [Job] = []
    var places: [SHA256Digest: Int] = [:]
    for (position, file) in expected.enumerated() {
      if let digest = file.sha256, let size = file.size {
        if position & 0xfff == 0 { try Interruption.check() }
        try keepAnswer(file.path, digest)
        if try isHere(digest, size) {
          answers[position] = try checked(file, digest, size)
          continue
        }
        if let place = places[digest], jobs[place].size == size {
          jobs[place].positions.append(position)
          continue
        }
        places[digest] = jobs.count
      }
      jobs.append(Job(positions: [position], size: file.size))
    }
    guard !jobs.isEmpty else { return answers }
    let bytes = jobs.reduce(UInt64(0)) { UpstreamFiles.sum($0, $1.size ?? 0) }
    if onlyCounts && state.withLock({ $0.isPool }) {
      count(jobs, bytes, expected, &answers)
      return answers
    }
    if !state.withLock({ $0.isCounted }) {
      try checkSpace(bytes)
      progress.expect(files: jobs.count, bytes: bytes)
    }
    // The longest first: nothing long is begun when the others are done.
    jobs.sort { ($0.size ?? 0) > ($1.size ?? 0) }
    let results = try fetchAll(jobs, expected)
    for (job, result) in zip(jobs, results) { spread(result, job, expected, &answers) }
    return answers
  }

  /// Keeps a Release file as it was read and verified: it need not be asked for again.
  private func keepAnswer(_ path: String, _ digest: SHA256Digest) throws(Failure) {
    guard let bytes = releases.answer(for: path)?.bytes,
      try !depot.objects.contains(digest, size: UInt64(bytes.count)),
      try !staging.contains(digest, size: UInt64(bytes.count)), SHA256Digest.of(bytes) == digest
    else { return }
    progress.start(path)
    _ = try staging.keep(bytes: bytes)
    progress.received(bytes.count)
    progress.finish(path, isFetched: true)
    state.withLock { _ = $0.verified.insert(digest) }
  }

  /// Whether the depot has it, or an earlier fetch of this or of an interrupted run.
  private func isHere(_ digest: SHA256Digest, _ size: UInt64) throws(Failure) -> Bool {
    if try depot.objects.contains(digest, size: size) { return true }
    guard try staging.contains(digest, size: size) else { return false }
    if state.withLock({ $0.verified.contains(digest) }) { return true }
    // Left by a run that was interrupted, and perhaps by a power cut: its bytes decide.
    guard try staging.check(digest, size: size) else { return false }
    state.withLock { _ = $0.verified.insert(digest) }
    return true
  }

  /// What is here already is what its SHA-256 says; another hash that is listed must agree.
  private func checked(
    _ file: ExpectedFile,
    _ digest: SHA256Digest,
    _ size: UInt64
  ) throws(Failure) -> Result<TakenFile?, Failure> {
    let taken = TakenFile(path: file.path, size: size, sha256: digest)
    guard file.needsSHA512 else { return .success(taken) }
    let content = try open(taken)
    let block = Block()
    var (sha256, sha512) = (SHA256Hasher(), SHA512Hasher())
    while try content.read(into: block) > 0 {
      try Interruption.check()
      sha256.update(block.bytes)
      sha512.update(block.bytes)
      block.clear()
    }
    do throws(Failure) {
      try file.check(size: size, sha256: sha256.finish(), sha512: sha512.finishHex())
    } catch {
      return .failure(error)
    }
    return .success(taken)
  }

  private func count(
    _ jobs: [Job],
    _ bytes: UInt64,
    _ expected: [ExpectedFile],
    _ answers: inout [Result<TakenFile?, Failure>]
  ) {
    state.withLock { state in
      state.toFetch.files &+= UInt64(jobs.count)
      state.toFetch.bytes = state.toFetch.bytes.addingReportingOverflow(bytes).partialValue
    }
    for job in jobs {
      for position in job.positions {
        let file = expected[position]
        guard let digest = file.sha256 else { continue }
        // An installer's image has no listed size.
        answers[position] = .success(
          TakenFile(path: file.path, size: file.size ?? 0, sha256: digest)
        )
      }
    }
  }

  /// Lists may state any size: a sum that wraps would ask for nothing.
  private static func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }

  /// Refuses in a dry run what the real one would refuse: all suites are fetched before any of it is let
  /// into the depot.
  func checkSpaceToFetch() throws(Failure) { try checkSpace(toFetch.bytes) }

  private func checkSpace(_ needed: UInt64) throws(Failure) {
    let free = try depot.freeSpace().bytes
    guard UpstreamFiles.sum(needed, needed / 50) <= free else {
      throw Failure(
        .resource,
        "no-space",
        "the files to fetch have \(needed) bytes, and the depot's file system has \(free) free",
        subject: depot.root.path,
        hint: "free space there, or mirror fewer suites, components or architectures"
      )
    }
  }
}
