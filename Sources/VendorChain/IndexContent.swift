internal import Archives
internal import DebianRepository
internal import SafeIO

/// What the name of a listed file says of it, when it is a Packages or Sources index.
struct IndexForm {
  /// Whether it lists source packages.
  let isSources: Bool
  /// The path without the compression's ending.
  let base: String
  /// How this form is compressed; nil for a way that is not known here.
  let compression: Compression?

  /// Nil when the file is no such index.
  init?(_ path: RelativePath) {
    guard let index = IndexPath(path.text), index.hasStanzas else { return nil }
    isSources = index.kind.isOfSources
    base = index.plain.text
    compression = Compression(fileName: path.lastComponent)
  }
}

/// Reads one form of an index: decompresses it within limits, compares the content with what
/// Release lists of the plain index, and collects what the stanzas list.
struct IndexContent {
  let name: String
  let isSources: Bool
  let compression: Compression
  /// The plain index as Release lists it, when it does.
  let plain: ListedFile?

  /// The largest index that is read when Release does not say how large it is, in bytes.
  static let largestUnlisted: UInt64 = 4 << 30

  /// What was found in an index.
  struct Found {
    /// The digest of the uncompressed content.
    var digest: SHA256Digest
    /// How many stanzas have files that apt can get.
    var usable = 0
    /// How many of these are wanted.
    var wanted = 0
    /// How many have none, and why the first ones have none.
    var unusable = 0
    var reasons: [Failure] = []
    /// How many have none and are not wanted.
    var passedOver = 0

    /// How many there are so far.
    var stanzas: Int { usable + unusable + passedOver }
  }

  /// How many unusable stanzas of an index are told.
  private static let mostReasons = 20

  /// Reads it all and adds what it lists and is chosen to `wanted`, and what of it nobody can use.
  func read<Files>(
    _ file: borrowing OpenFile,
    of index: String,
    _ choice: StanzaChoice?,
    collectingInto wanted: inout WantedFiles<Files>
  ) throws(Failure) -> Found {
    var reader = PackageIndexReader(isSources ? .sources : .packages, name: name)
    var found = Found(digest: SHA256Digest.of([]))
    func add(_ stanza: PackageStanza) throws(Failure) {
      let isChosen = choice?.takes(stanza, index) ?? true
      if let reason = stanza.unusable {
        guard isChosen else {
          found.passedOver += 1
          return
        }
        found.unusable += 1
        try wanted.leaveOut(found.stanzas, of: index, reason)
        if found.reasons.count < IndexContent.mostReasons { found.reasons.append(reason) }
        return
      }
      found.usable += 1
      guard isChosen else { return }
      found.wanted += 1
      try stanza.forEachFile { (file) throws(Failure) in try wanted.add(file) }
    }
    found.digest = try forEachBlock(of: file) { (bytes) throws(Failure) in
      let text = unsafe bytes._unsafeView(as: UInt8.self)
      try reader.feed(text, add)
    }
    try reader.finish(add)
    return found
  }

  /// Hands out every stanza that `apt` could use; the content is what Release lists.
  func forEachStanza(
    of file: borrowing OpenFile,
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    var reader = PackageIndexReader(isSources ? .sources : .packages, name: name)
    func take(_ stanza: PackageStanza) throws(Failure) {
      if stanza.unusable == nil { try body(stanza) }
    }
    _ = try forEachBlock(of: file) { (bytes) throws(Failure) in
      try reader.feed(unsafe bytes._unsafeView(as: UInt8.self), take)
    }
    try reader.finish(take)
  }

  /// Whether it is what Release lists of an index of no bytes.
  func isEmpty(_ file: borrowing OpenFile) throws(Failure) -> Bool {
    do {
      _ = try check(file)
      return true
    } catch {
      guard [.integrity, .unsafe].contains(error.kind) else { throw error }
      return false
    }
  }

  /// Reads it all without looking at stanzas; answers the digest of the uncompressed content.
  func check(_ file: borrowing OpenFile) throws(Failure) -> SHA256Digest {
    try forEachBlock(of: file) { _ in }
  }

  /// Hands out the uncompressed content, which is what Release lists; answers its digest.
  func forEachBlock(
    of file: borrowing OpenFile,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) -> SHA256Digest {
    var size: UInt64 = 0
    var sha256 = SHA256Hasher()
    var sha512 = plain?.sha512 == nil ? nil : SHA512Hasher()
    let limit = plain?.size ?? IndexContent.largestUnlisted
    var offset: UInt64 = 0
    // By its path in the archive: the file itself may be an object that only has a hash.
    try Decompressor.forEachBlock(
      name: name,
      compression,
      limit: limit,
      reading: { (block) throws(Failure) in
        let count = try file.read(into: block, at: offset)
        offset += UInt64(count)
        return count
      }
    ) { (bytes) throws(Failure) in
      size += UInt64(bytes.byteCount)
      sha256.update(bytes)
      sha512?.update(bytes)
      try body(bytes)
    }
    let digest = sha256.finish()
    guard let plain else { return digest }
    let expected = ExpectedFile(
      path: name,
      size: plain.size,
      sha256: plain.sha256,
      sha512: plain.sha512
    )
    do {
      try expected.check(size: size, sha256: digest, sha512: sha512?.finishHex())
    } catch {
      throw Failure(
        error.kind,
        "index-content",
        "the uncompressed content is not what Release lists: \(error.reason)",
        subject: name,
        hint: "mirror the tree again"
      )
    }
    return digest
  }
}
