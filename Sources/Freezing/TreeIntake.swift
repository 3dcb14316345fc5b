internal import Depot
internal import Objects
internal import SafeIO
internal import Synchronization
internal import VendorChain

/// Brings single files of a tree into the staging: each is opened once, read once and hashed.
final class TreeIntake: Sendable {
  private let tree: Directory
  private let depot: Depot
  private let staging: Staging
  private let ingestion: Staging.Ingestion
  private let blocks = Mutex<[Block]>([])
  /// What is being copied by some thread just now.
  private let claims = Mutex<Set<SHA256Digest>>([])
  private let counts = Mutex<(objects: UInt64, bytes: UInt64)>((0, 0))

  init(tree: Directory, depot: Depot, staging: Staging, ingestion: Staging.Ingestion) {
    self.tree = tree
    self.depot = depot
    self.staging = staging
    self.ingestion = ingestion
  }

  /// What was new to the depot so far.
  var taken: (objects: UInt64, bytes: UInt64) { counts.withLock { $0 } }

  /// Takes files that must all have one content.
  ///
  /// What is wrong with a single file is its answer; what would go wrong with the next one just
  /// the same (a full disk, a dying medium, a signal) is thrown.
  func take(
    _ files: ArraySlice<ExpectedFile>
  ) throws(Failure) -> [Result<TakenFile?, Failure>] {
    let block = blocks.withLock { $0.popLast() } ?? Block()
    defer { blocks.withLock { $0.append(block) } }
    var known: [Inode: Content] = [:]
    var answers: [Result<TakenFile?, Failure>] = []
    for expected in files {
      try Interruption.check()
      do {
        answers.append(.success(try take(expected, &known, block)))
      } catch {
        guard [.integrity, .trust, .unsafe].contains(error.kind) else { throw error }
        answers.append(.failure(error))
      }
    }
    return answers
  }

  /// One file under all its names.
  private struct Inode: Hashable {
    let device: UInt64
    let number: UInt64
  }

  /// What a file that was read is.
  private struct Content {
    let hash: ContentHash
    let sha512: String?
  }

  private func take(
    _ expected: ExpectedFile,
    _ known: inout [Inode: Content],
    _ block: Block
  ) throws(Failure) -> TakenFile? {
    guard let file = try tree.fileThroughInsideLinks(expected.path) else { return nil }
    let status = try file.status()
    let inode = Inode(device: status.device, number: status.inode)
    let content: Content
    if let before = known[inode] {
      content = before
    } else {
      // Nothing of the wrong length is read at all.
      if let size = expected.size, size != status.size {
        try expected.check(size: status.size, sha256: SHA256Digest.of([]), sha512: nil)
      }
      content = try read(file, size: status.size, expected, block)
      known[inode] = content
    }
    try expected.check(
      size: content.hash.size,
      sha256: content.hash.digest,
      sha512: content.sha512
    )
    return TakenFile(
      path: expected.path,
      size: content.hash.size,
      sha256: content.hash.digest
    )
  }

  private func read(
    _ file: borrowing OpenFile,
    size: UInt64,
    _ expected: ExpectedFile,
    _ block: Block
  ) throws(Failure) -> Content {
    guard let digest = expected.sha256 else { return try readUnknown(file, expected, block) }
    let wanted = ContentHash(digest: digest, size: size)
    if let content = try keep(file, as: wanted, expected, block) { return content }
    return try hash(file, expected, block)
  }

  /// A file of which the list gives no SHA-256.
  private func readUnknown(
    _ file: borrowing OpenFile,
    _ expected: ExpectedFile,
    _ block: Block
  ) throws(Failure) -> Content {
    let content = try hash(file, expected, block)
    try expected.check(
      size: content.hash.size,
      sha256: content.hash.digest,
      sha512: content.sha512
    )
    if let kept = try keep(file, as: content.hash, expected, block) { return kept }
    return content
  }

  /// Takes new content into the staging.
  ///
  /// Nil when it is here already or on its way in by another thread, and the file only has to be
  /// compared. Content that is not the wanted one is not kept, and answered as what it is.
  private func keep(
    _ file: borrowing OpenFile,
    as wanted: ContentHash,
    _ expected: ExpectedFile,
    _ block: Block
  ) throws(Failure) -> Content? {
    guard claims.withLock({ $0.insert(wanted.digest).inserted }) else { return nil }
    defer { claims.withLock { _ = $0.remove(wanted.digest) } }
    if try isHere(wanted.digest, size: wanted.size) { return nil }
    guard try staging.ingest(file, by: ingestion, expecting: wanted, block: block) != nil else {
      // Read again for the digest that the report names.
      let content = try hash(file, expected, block)
      guard content.hash != wanted else { throw changed(expected) }
      return content
    }
    return try finish(wanted, expected, block)
  }

  /// Counts new content, and hashes what was kept with SHA-512 too when that is listed.
  private func finish(
    _ hash: ContentHash,
    _ expected: ExpectedFile,
    _ block: Block
  ) throws(Failure) -> Content {
    counts.withLock { counts in
      counts.objects &+= 1
      counts.bytes = counts.bytes.addingReportingOverflow(hash.size).partialValue
    }
    guard expected.needsSHA512 else { return Content(hash: hash, sha512: nil) }
    return try self.hash(try staging.open(hash.digest), expected, block)
  }

  private func isHere(_ digest: SHA256Digest, size: UInt64) throws(Failure) -> Bool {
    if try staging.contains(digest, size: size) { return true }
    return try depot.objects.contains(digest, size: size)
  }

  private func hash(
    _ file: borrowing OpenFile,
    _ expected: ExpectedFile,
    _ block: Block
  ) throws(Failure) -> Content {
    try file.seek(to: 0)
    file.adviseSequential()
    var sha256 = SHA256Hasher()
    var sha512 = expected.needsSHA512 ? SHA512Hasher() : nil
    var size: UInt64 = 0
    while true {
      try Interruption.check()
      block.clear()
      let count = try file.read(into: block)
      if count == 0 { break }
      sha256.update(block.bytes)
      sha512?.update(block.bytes)
      size &+= UInt64(count)
    }
    return Content(
      hash: ContentHash(digest: sha256.finish(), size: size),
      sha512: sha512?.finishHex()
    )
  }

  private func changed(_ expected: ExpectedFile) -> Failure {
    Failure(
      .integrity,
      "changed",
      "the file changed while it was read",
      subject: tree.describe(expected.path),
      hint: "run the same command again when the tree is at rest"
    )
  }
}

extension TreeIntake {
  /// Answers how many bytes the files have, and refuses early when those that are new to the
  /// depot will not fit.
  func checkSpace(for files: [ExpectedFile]) throws(Failure) -> UInt64 {
    let total = files.reduce(0) { TreeIntake.sum($0, $1.size ?? 0) }
    let free = try depot.freeSpace()
    let inodes = free.inodes ?? .max
    // All of it, although most of it may be absent or known: when that fits, nothing is asked of
    // the disk file by file.
    if TreeIntake.withMargin(total) <= free.bytes,
      TreeIntake.withMargin(UInt64(files.count)) <= inodes
    {
      return total
    }
    let new = try newContent(of: files)
    guard let sample = new.sample else { return total }
    let (objects, bytes) = (TreeIntake.withMargin(new.objects), TreeIntake.withMargin(new.bytes))
    if objects > inodes {
      throw Failure(
        .resource,
        "no-inodes",
        "\(objects) files are needed on the depot's file system, it has room for \(inodes)",
        hint: "move the depot to a file system with more inodes, or free some"
      )
    }
    guard bytes > free.bytes, try !isShared(sample) else { return total }
    throw Failure(
      .resource,
      "no-space",
      "\(bytes) bytes are needed on the depot's file system, \(free.bytes) are free: "
        + "\(bytes - free.bytes) too few",
      hint: "free space there, or move the depot; with --link on one file system none is needed"
    )
  }

  /// What of the files is in the tree and not in the depot, and the path of one of them.
  private func newContent(
    of files: [ExpectedFile]
  ) throws(Failure) -> (objects: UInt64, bytes: UInt64, sample: String?) {
    var objects: UInt64 = 0
    var bytes: UInt64 = 0
    var sample: String?
    var last: SHA256Digest?
    for file in files {
      guard let size = file.size, let digest = file.sha256, digest != last else { continue }
      last = digest
      if try isHere(digest, size: size) { continue }
      // What Release lists need not be there.
      guard try tree.kindThroughInsideLinks(file.path) == .regular else { continue }
      sample = sample ?? file.path
      bytes = TreeIntake.sum(bytes, size)
      objects += 1
    }
    return (objects, bytes, sample)
  }

  /// Two in a hundred more, for what the file system needs itself.
  private static func withMargin(_ count: UInt64) -> UInt64 { sum(count, count / 50) }

  private static func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }

  /// Whether files come in without taking space: as links, or with shared blocks.
  private func isShared(_ path: String) throws(Failure) -> Bool {
    guard let file = try tree.fileThroughInsideLinks(path) else { return false }
    let target = try staging.createAnonymous()
    let token = target.token
    var isShared = try target.file.cloneContent(of: file)
    if !isShared, ingestion == .link {
      isShared = try target.file.status().device == file.status().device
    }
    try staging.drop(token)
    return isShared
  }
}
