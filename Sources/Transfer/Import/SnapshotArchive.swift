internal import BundleFormat
internal import Objects
internal import SafeIO
internal import VendorChain

/// A snapshot's files as an APT tree whose every file has been hashed against ENTRIES.
///
/// Remembers which files the vendor's lists reached: a snapshot may hold no other.
final class SnapshotArchive: ArchiveFiles {
  private let prefix: String
  private let range: Range<Int>
  private let files: FileList
  /// Opens the content of an entry, by its digest and size.
  typealias Opening = (SHA256Digest, UInt64) throws(Failure) -> OpenFile

  private let opening: Opening
  private let hashesFiles: Bool
  private var isReached: [Bool]

  /// - Parameters:
  ///   - snapshot: the snapshot.
  ///   - table: the entries of the bundle.
  ///   - hashesFiles: whether files can be hashed that are listed by SHA-512 alone; before an import
  ///     they are not at hand.
  ///   - opening: opens contents.
  init(
    snapshot: String,
    table: EntryTable,
    hashesFiles: Bool = true,
    opening: @escaping Opening
  ) {
    prefix = snapshot + "/"
    range = table.range(ofSnapshot: snapshot)
    files = table.files
    isReached = [Bool](repeating: false, count: range.count)
    self.opening = opening
    self.hashesFiles = hashesFiles
  }

  /// An archive whose files lie in a staging or in the depot.
  convenience init(
    snapshot: String,
    table: EntryTable,
    objects: any ObjectStore,
    staging: Staging
  ) {
    self.init(snapshot: snapshot, table: table) { (digest, size) throws(Failure) in
      if try staging.contains(digest, size: size) { return try staging.open(digest) }
      return try objects.open(digest)
    }
  }

  /// No list of what was taken is wanted: the marks are enough, and do not grow with paths.
  var remembersTaken: Bool { true }

  /// The paths of its files below a directory.
  func paths(below directory: String) -> [String] {
    files.indices(withPrefix: prefix + directory).map {
      String(files.path(at: $0).dropFirst(prefix.count))
    }
  }

  private func index(of path: String) -> Int? { files.index(of: prefix + path) }

  private func open(_ index: Int) throws(Failure) -> OpenFile {
    try opening(files.digest(at: index), files.size(at: index))
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
    if expected.needsSHA512 && expected.sha256 == nil {
      sha512 = hashesFiles ? try hash512(index) : expected.sha512
    }
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
