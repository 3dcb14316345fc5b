internal import Glibc
package import SafeIO
internal import Synchronization

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
  /// Where what is kept goes.
  package let store: any ObjectStore
  private let counter = Atomic<UInt64>(0)
  // Whether something was kept since the last sync.
  let isDirty: Atomic<Bool>
  // Whether the file system would not share blocks when it was asked.
  let cannotClone = Atomic<Bool>(false)

  init(
    _ name: String,
    _ directory: Directory,
    isNew: Bool,
    parent: Directory,
    store: any ObjectStore
  ) throws(Failure) {
    self.name = name
    self.directory = directory
    self.parent = parent
    self.store = store
    isDirty = Atomic(!isNew)
    if isNew { return }
    try directory.forEachEntry { (entry) throws(Failure) in
      if SHA256Digest(hex: entry.name) != nil || entry.name.hasSuffix(Staging.splitSuffix)
        || StagedNote(entry.name) != nil
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
  func forEachKept(_ body: (SHA256Digest) throws(Failure) -> Void) throws(Failure) {
    try directory.forEachEntry { (entry) throws(Failure) in
      if let digest = SHA256Digest(hex: entry.name) { try body(digest) }
    }
  }

  /// Makes a file for content whose hash is known; `keep` puts it under that hash.
  package func create(_ digest: SHA256Digest) throws(Failure) -> OpenFile {
    let name = digest.hex + Staging.partSuffix
    // Left by an attempt of this run that failed.
    _ = try directory.removeFile(name)
    return try directory.createFile(name, mode: LocalObjects.mode)
  }

  /// Puts the file that `create` made under its hash, once its bytes are known to have it.
  package func keep(_ digest: SHA256Digest) throws(Failure) {
    try keep(digest.hex + Staging.partSuffix, as: digest)
  }

  /// Makes a file for content whose hash is known only when it has been written.
  package func createAnonymous() throws(Failure) -> Unfinished {
    let token = nextToken()
    let file = try directory.createFile(token, mode: LocalObjects.mode)
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
    _ = try directory.removeFile(digest.hex + Staging.partSuffix)
    _ = try directory.removeFile(digest.hex)
  }

  /// Removes everything whose hash is not among those wanted: what was kept but never synced.
  package func keepOnly(_ wanted: Set<SHA256Digest>) throws(Failure) {
    try forEachKept { (digest) throws(Failure) in
      if !wanted.contains(digest) { _ = try directory.removeFile(digest.hex) }
    }
  }

  static let partSuffix = ".part"
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
    try directory.file(name).setMode(LocalObjects.mode)
    try keep(name, as: digest)
    return true
  }

  /// Removes the file that `openSplit` made.
  package func removeSplit(_ digest: SHA256Digest) throws(Failure) {
    _ = try directory.removeFile(digest.hex + Staging.splitSuffix)
  }

  func nextToken() -> String {
    "anonymous-\(counter.wrappingAdd(1, ordering: .relaxed).oldValue)" + Staging.partSuffix
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

  /// Removes the staging with all that is still in it.
  package func discard() throws(Failure) {
    _ = try parent.removeTree(name)
    try parent.sync()
  }
}
