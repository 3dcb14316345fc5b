internal import Glibc
package import SafeIO
private import Synchronization

/// Objects on their way in: `incoming/NAME/<sha256>`, kept there under their hash and then
/// admitted together.
///
/// Several threads may write into one staging at a time. After a power cut only what was kept
/// before a `sync()` is sure to be whole: a run that goes on where another stopped trusts what
/// the catalogue's arrivals say, and hashes anything else again (`check`).
package final class Staging: Sendable {
  /// The name of the directory in `incoming`.
  package let name: String
  let directory: Directory
  private let parent: Directory
  private let store: ObjectStore
  private let counter = Atomic<UInt64>(0)
  // Whether something was kept since the last sync.
  private let isDirty: Atomic<Bool>
  // Whether the file system would not share blocks when it was asked.
  private let cannotClone = Atomic<Bool>(false)

  init(
    _ name: String,
    _ directory: Directory,
    isNew: Bool,
    parent: Directory,
    store: ObjectStore
  ) throws(Failure) {
    self.name = name
    self.directory = directory
    self.parent = parent
    self.store = store
    isDirty = Atomic(!isNew)
    if isNew { return }
    try directory.forEachEntry { (entry) throws(Failure) in
      if SHA256Digest(hex: entry.name) != nil || entry.name.hasSuffix(Staging.splitSuffix)
        || Staging.listing(named: entry.name) != nil
      {
        return
      }
      _ = try directory.removeTree(entry.name)
    }
  }

  /// A file of a staging that has no hash yet.
  package struct Unfinished: ~Copyable {
    /// The file, for writing and reading.
    package let file: OpenFile
    /// What `keep` and `drop` know it by.
    package let token: String

    /// The file alone, for somebody who remembers the token.
    package consuming func takeFile() -> OpenFile { file }
  }

  /// Whether a file of that hash and size is in this staging.
  package func contains(_ digest: SHA256Digest, size: UInt64) throws(Failure) -> Bool {
    try directory.sizeOfOwnFile(digest.hex) == size
  }

  /// Opens a file of this staging for reading.
  package func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile {
    try directory.file(digest.hex)
  }

  /// The hashes in this staging, sorted.
  package func list() throws(Failure) -> [SHA256Digest] {
    var digests: [SHA256Digest] = []
    try forEachKept { digests.append($0) }
    digests.sort()
    return digests
  }

  /// Hands out the hashes in this staging, in no order; `body` may remove or move what it is handed.
  private func forEachKept(_ body: (SHA256Digest) throws(Failure) -> Void) throws(Failure) {
    try directory.forEachEntry { (entry) throws(Failure) in
      if let digest = SHA256Digest(hex: entry.name) { try body(digest) }
    }
  }

  /// Makes a file for content whose hash is known; `keep` puts it under that hash.
  package func create(_ digest: SHA256Digest) throws(Failure) -> OpenFile {
    let name = digest.hex + ".part"
    // Left by an attempt of this run that failed.
    _ = try directory.removeFile(name)
    return try directory.createFile(name, mode: ObjectStore.objectMode)
  }

  /// Puts the file that `create` made under its hash, once its bytes are known to have it.
  package func keep(_ digest: SHA256Digest) throws(Failure) {
    try keep(digest.hex + ".part", as: digest)
  }

  /// Makes a file for content whose hash is known only when it has been written.
  package func createAnonymous() throws(Failure) -> Unfinished {
    let token = nextToken()
    let file = try directory.createFile(token, mode: ObjectStore.objectMode)
    return Unfinished(file: file, token: token)
  }

  /// Puts an anonymous file under its hash.
  package func keep(_ token: String, as digest: SHA256Digest) throws(Failure) {
    try keep(token, named: digest.hex)
  }

  func keep(_ token: String, named name: String) throws(Failure) {
    isDirty.store(true, ordering: .relaxed)
    try directory.rename(token, to: directory, as: name)
  }

  /// Removes an anonymous file that is not wanted after all.
  package func drop(_ token: String) throws(Failure) {
    _ = try directory.removeFile(token)
  }

  /// Removes what `create` made for a hash, or `keep` kept.
  package func remove(_ digest: SHA256Digest) throws(Failure) {
    _ = try directory.removeFile(digest.hex + ".part")
    _ = try directory.removeFile(digest.hex)
  }

  /// Removes everything whose hash is not among those wanted: what was kept but never synced.
  package func keepOnly(_ wanted: Set<SHA256Digest>) throws(Failure) {
    try forEachKept { (digest) throws(Failure) in
      if !wanted.contains(digest) { _ = try directory.removeFile(digest.hex) }
    }
  }

  /// Refuses to record a list of which something is neither staged nor in the depot.
  package func checkComplete(_ list: FileList) throws(Failure) {
    let staged = try self.list()
    for index in 0..<list.count where !staged.isPresent(list.digest(at: index)) {
      guard try store.contains(list.digest(at: index), size: list.size(at: index)) else {
        throw Failure(
          .state,
          "not-taken",
          "a file that was to be recorded is not in the depot any more",
          subject: list.path(at: index),
          hint: "run the same command again"
        )
      }
    }
  }

  static let splitSuffix = ".split"

  /// Opens, or makes, the file that the parts of a split file, or of one that is fetched, are
  /// written into.
  ///
  /// It outlives the run: parts may come from media that come one after the other, and a fetch
  /// goes on where it stopped.
  package func openSplit(_ digest: SHA256Digest) throws(Failure) -> OpenFile {
    isDirty.store(true, ordering: .relaxed)
    // Writable until it is whole: a later run opens it again, and not only as root.
    return try directory.openOrCreateFile(digest.hex + Staging.splitSuffix, mode: 0o600)
  }

  /// Puts a split file under its hash when all of its parts are there.
  ///
  /// - Parameters:
  ///   - digest: the hash that the whole must have.
  ///   - size: the size that the whole must have, in bytes.
  ///   - isChecked: whether the caller has hashed the content on its way in.
  /// - Returns: false when the parts do not give that file; it is removed then.
  /// - Throws: `io` when the file cannot be read or renamed.
  package func keepSplit(
    _ digest: SHA256Digest,
    size: UInt64,
    isChecked: Bool
  ) throws(Failure) -> Bool {
    let name = digest.hex + Staging.splitSuffix
    guard let status = try directory.status(name) else { return false }
    var isGood = status.size == size
    if isGood && !isChecked {
      isGood = try ContentHash.of(try directory.file(name)).digest == digest
    }
    guard isGood else {
      _ = try directory.removeFile(name)
      return false
    }
    try directory.file(name).setMode(ObjectStore.objectMode)
    try keep(name, as: digest)
    return true
  }

  /// Removes the file that `openSplit` made.
  package func removeSplit(_ digest: SHA256Digest) throws(Failure) {
    _ = try directory.removeFile(digest.hex + Staging.splitSuffix)
  }

  private func nextToken() -> String {
    "anonymous-\(counter.wrappingAdd(1, ordering: .relaxed).oldValue).part"
  }

  /// Hashes what is kept under a hash; removes it and answers false when it is something else.
  package func check(_ digest: SHA256Digest, size: UInt64) throws(Failure) -> Bool {
    guard try contains(digest, size: size) else { return false }
    if try ContentHash.of(try open(digest)).digest == digest { return true }
    try remove(digest)
    return false
  }

  /// Makes everything kept so far durable, by one call for the whole file system.
  package func sync() throws(Failure) {
    // Cleared first: what another thread keeps meanwhile waits for the next sync.
    isDirty.store(false, ordering: .sequentiallyConsistent)
    do {
      try directory.syncFileSystem()
    } catch {
      isDirty.store(true, ordering: .sequentiallyConsistent)
      throw error
    }
  }

  /// Moves kept files into the depot and makes them durable there.
  ///
  /// A good object that is there already stays; one of another size, or that was written to, is
  /// damaged and gives way. A hash that an interrupted call moved before counts as moved.
  package func admit(_ digests: some Sequence<SHA256Digest>) throws(Failure) {
    try admit(digests, replacing: false)
  }

  /// Moves everything kept into the depot as `admit` does, without a list of it.
  package func admitAll() throws(Failure) {
    if isDirty.load(ordering: .sequentiallyConsistent) { try sync() }
    var count = 0
    var checked: Set<String> = []
    while true {
      let before = count
      try forEachKept { (digest) throws(Failure) in
        let parent = String(digest.hex.prefix(2))
        if checked.insert(parent).inserted { try refuseLink(parent) }
        try move(digest, replacing: false)
        count += 1
        if count & 0xfff == 0 { try Interruption.check() }
      }
      // A file system may skip names while others are moved away.
      if count == before { break }
    }
    // Even when nothing is left: an interrupted call may have moved it all.
    try directory.syncFileSystem()
  }

  func admit(_ digests: some Sequence<SHA256Digest>, replacing: Bool) throws(Failure) {
    // Names must not become durable before content.
    if isDirty.load(ordering: .sequentiallyConsistent) { try sync() }
    var count = 0
    var checked: Set<String> = []
    for digest in digests {
      let parent = String(digest.hex.prefix(2))
      if checked.insert(parent).inserted { try refuseLink(parent) }
      try move(digest, replacing: replacing)
      count += 1
      if count & 0xfff == 0 { try Interruption.check() }
    }
    if count > 0 { try directory.syncFileSystem() }
  }

  /// A link in place of `objects/ab` would lead objects out of the depot.
  private func refuseLink(_ name: String) throws(Failure) {
    guard let status = try store.objects.status(name), status.kind != .directory else { return }
    throw Failure(
      .unsafe,
      "path",
      "this should be a directory of the depot",
      subject: store.objects.describe(name),
      hint: "find out who changed it; remove it, and run: aptferry depot check"
    )
  }

  private func move(_ digest: SHA256Digest, replacing: Bool) throws(Failure) {
    let name = ObjectStore.name(of: digest)
    let hex = String(name.dropFirst(3))
    let objects = store.objects
    try ObjectMark.set(hex, in: directory, digest)
    if replacing { return try replace(hex, name) }
    var mayMakeDirectory = true
    while true {
      do {
        if try directory.renameWithoutReplacing(hex, to: objects, as: name) { return }
        return try settle(digest, hex, name)
      } catch  where error.name == .notFound {
        // Either `ab` lacks, or the file: moved before, or never kept.
        if mayMakeDirectory, try directory.sizeOfOwnFile(hex) != nil {
          _ = try objects.makeDirectory(String(name.prefix(2)), mode: 0o700)
          mayMakeDirectory = false
          continue
        }
        guard try objects.sizeOfOwnFile(name) != nil else { throw error }
        return
      }
    }
  }

  /// Both the staging and the depot have the object: the good one stays, the other goes.
  private func settle(_ digest: SHA256Digest, _ hex: String, _ name: String) throws(Failure) {
    guard let size = try directory.sizeOfOwnFile(hex), try store.contains(digest, size: size) else {
      return try replace(hex, name)
    }
    _ = try directory.removeFile(hex)
  }

  private func replace(_ hex: String, _ name: String) throws(Failure) {
    _ = try store.objects.makeDirectory(String(name.prefix(2)), mode: 0o700)
    try directory.rename(hex, to: store.objects, as: name)
  }

  /// Removes the staging with all that is still in it.
  package func discard() throws(Failure) {
    _ = try parent.removeTree(name)
    try parent.sync()
  }
}

extension Staging {
  /// How the content of a file of this machine comes in.
  package enum Ingestion: Sendable {
    /// Shared blocks where the file system can, else a copy.
    case copy
    /// Another name for the same file, which becomes read-only; a copy across file systems.
    case link
  }

  /// Takes an open file in, hashed on the way, and keeps it under its hash.
  ///
  /// The hash is always that of what is kept, whatever happens to the source meanwhile. With
  /// `expecting`, other content is not kept and nil is answered.
  package func ingest(
    _ source: borrowing OpenFile,
    by ingestion: Ingestion = .copy,
    expecting: ContentHash? = nil,
    block: Block = Block()
  ) throws(Failure) -> ContentHash? {
    let found: ContentHash
    let token: String
    var isLinked = false
    if ingestion == .link, let linked = try link(source) {
      token = linked
      try source.seek(to: 0)
      found = try ContentHash.of(source, block: block)
      isLinked = true
    } else {
      let target = try createAnonymous()
      token = target.token
      found = try copy(
        source,
        to: target.file,
        expectedSize: expecting?.size ?? .max,
        block: block
      )
      try target.file.close()
    }
    if let expecting, expecting != found {
      try drop(token)
      return nil
    }
    if isLinked { try source.setMode(ObjectStore.objectMode) }
    try keep(token, as: found.digest)
    return found
  }

  private func copy(
    _ source: borrowing OpenFile,
    to target: borrowing OpenFile,
    expectedSize: UInt64,
    block: Block
  ) throws(Failure) -> ContentHash {
    // Where sharing blocks failed once, asking costs a small file as much as reading it.
    if !cannotClone.load(ordering: .relaxed) || expectedSize > UInt64(Block.standardCapacity) {
      if try target.cloneContent(of: source) {
        return try ContentHash.of(target, block: block)
      }
      cannotClone.store(true, ordering: .relaxed)
    }
    try source.seek(to: 0)
    var hasher = SHA256Hasher()
    var size: UInt64 = 0
    if expectedSize > UInt64(Block.standardCapacity) { source.adviseSequential() }
    while true {
      try Interruption.check()
      block.clear()
      let count = try source.read(into: block)
      if count == 0 { return ContentHash(digest: hasher.finish(), size: size) }
      hasher.update(block.bytes)
      try target.write(block.bytes)
      size &+= UInt64(count)
    }
  }

  private func link(_ source: borrowing OpenFile) throws(Failure) -> String? {
    let token = nextToken()
    switch directory.tryLink(source, as: token) {
    case 0: return token
    case EXDEV, EMLINK, EPERM, ENOENT: return nil
    case let code: throw .system("link into the depot", source.name, errno: code)
    }
  }

  /// Keeps bytes that are in memory, under their hash.
  package func keep(bytes: [UInt8]) throws(Failure) -> SHA256Digest {
    let digest = SHA256Digest.of(bytes)
    let file = try create(digest)
    try file.write(bytes)
    try file.close()
    try keep(digest)
    return digest
  }

  /// Keeps the text of a list, under its hash.
  package func keep(list: FileList) throws(Failure) -> SHA256Digest {
    let target = try createAnonymous()
    let token = target.token
    var hasher = SHA256Hasher()
    do {
      try list.forEachTextBlock { text in
        hasher.update(text)
        try target.file.write(text)
      }
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.internal, "unexpected", "\(error)")
    }
    try target.file.close()
    let digest = hasher.finish()
    try keep(token, as: digest)
    return digest
  }
}
