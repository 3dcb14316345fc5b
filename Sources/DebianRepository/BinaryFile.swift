internal import SafeIO

/// What a stanza of a Packages index says of its file, so far as `apt` could install it.
struct BinaryFile: Sendable {
  /// How many bytes of `./` stand before the path.
  let pathPrefix: Int
  /// The path where the stanza spells it in another way.
  let resolved: RelativePath?
  /// Size in bytes.
  let size: UInt64
  /// SHA-256, when it is listed.
  let sha256: SHA256Digest?

  /// - Throws: why `apt` cannot install the package; it takes the index and the other packages.
  init(of stanza: Stanza, name: String) throws(Failure) {
    try BinaryFile.checkVersion(stanza, name)
    (pathPrefix, resolved) = try BinaryFile.path(stanza, name)
    size = try BinaryFile.size(stanza, name)
    sha256 = try BinaryFile.checkHashes(stanza, name)
  }

  private typealias Slot = PackageStanza.Slot

  private static func malformed(_ stanza: Stanza, _ what: String, _ name: String) -> Failure {
    PackageStanza.refusal(stanza, .integrity, "malformed", what, name: name)
  }

  private static func checkVersion(_ stanza: Stanza, _ name: String) throws(Failure) {
    guard stanza.bytes(at: Slot.version.rawValue).isEmpty else { return }
    throw malformed(stanza, "has no Version", name)
  }

  private static func path(
    _ stanza: Stanza,
    _ name: String
  ) throws(Failure) -> (prefix: Int, resolved: RelativePath?) {
    let filename = stanza.bytes(at: Slot.filename.rawValue)
    guard !filename.isEmpty else { throw malformed(stanza, "has no Filename", name) }
    let prefix = ArchivePath.prefixLength(filename)
    // Nothing is copied of what nearly all stanzas have.
    if !isPackage(filename),
      ArchivePath.resolve(filename).map(ArchivePath.isOfDistribution) == true
    {
      throw malformed(stanza, "has a Filename that is an index or a Release file", name)
    }
    if RelativePath.isValid(filename.extracting(droppingFirst: prefix)) { return (prefix, nil) }
    if let path = ArchivePath.resolve(filename) { return (0, path) }
    let shown = String(decoding: Array(copying: filename.extracting(first: 2000)), as: UTF8.self)
    throw PackageStanza.refusal(
      stanza,
      .unsafe,
      "path",
      "has a Filename that may not be used: \(Escaped.line(shown, limit: 300))",
      name: name
    )
  }

  /// Whether a file is called as packages are: `.deb`, `.udeb`, `.ddeb`.
  private static func isPackage(_ filename: Span<UInt8>) -> Bool {
    let end = filename.count
    return end > 3 && filename[end - 3] == 0x64 && filename[end - 2] == 0x65
      && filename[end - 1] == 0x62
  }

  private static func size(_ stanza: Stanza, _ name: String) throws(Failure) -> UInt64 {
    guard stanza.range(at: Slot.size.rawValue) != nil else {
      throw malformed(stanza, "has no Size", name)
    }
    let size = AptNumber.field(stanza.bytes(at: Slot.size.rawValue))
    // No file has more, and 0 is as good as none for apt.
    guard size > 0, size < 1 << 63 else {
      throw malformed(stanza, "has a Size that is not a number of bytes", name)
    }
    return size
  }

  private static func checkHashes(_ stanza: Stanza, _ name: String) throws(Failure) -> SHA256Digest?
  {
    let (strong, stronger) = (
      stanza.bytes(at: Slot.sha256.rawValue), stanza.bytes(at: Slot.sha512.rawValue)
    )
    guard !strong.isEmpty || !stronger.isEmpty else {
      let what = "has neither SHA256 nor SHA512"
      throw PackageStanza.refusal(stanza, .trust, "weak-hashes", what, name: name)
    }
    // apt compares what is written: capitals fit no file.
    guard stronger.isEmpty || ListedHash.sha512.isValue(stronger) else {
      throw malformed(stanza, "has a SHA512 that is not a digest", name)
    }
    guard !strong.isEmpty else { return nil }
    guard let sha256 = SHA256Digest(hex: strong) else {
      throw malformed(stanza, "has a SHA256 that is not a digest", name)
    }
    return sha256
  }
}
