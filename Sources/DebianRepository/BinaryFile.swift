internal import SafeIO

/// What a stanza of a Packages index says of its file, checked.
struct BinaryFile: Sendable {
  /// How many bytes of `./` stand before the path.
  let pathPrefix: Int
  /// Size in bytes.
  let size: UInt64
  /// SHA-256, when it is listed.
  let sha256: SHA256Digest?

  init(of stanza: Stanza, name: String) throws(Failure) {
    pathPrefix = try BinaryFile.checkPath(stanza, name)
    size = try BinaryFile.size(stanza, name)
    sha256 = try BinaryFile.checkHashes(stanza, name)
  }

  private typealias Slot = PackageStanza.Slot

  private static func has(_ slot: Slot, _ stanza: Stanza) -> Bool {
    stanza.range(at: slot.rawValue) != nil
  }

  private static func malformed(_ stanza: Stanza, _ what: String, _ name: String) -> Failure {
    PackageStanza.refusal(stanza, .integrity, "malformed", what, name: name)
  }

  private static func checkPath(_ stanza: Stanza, _ name: String) throws(Failure) -> Int {
    guard has(.filename, stanza) else { throw malformed(stanza, "has no Filename", name) }
    let filename = stanza.bytes(at: Slot.filename.rawValue)
    let prefix = ArchivePath.prefixLength(filename)
    guard RelativePath.isValid(filename.extracting(droppingFirst: prefix)) else {
      let shown = String(decoding: Array(copying: filename.extracting(first: 2000)), as: UTF8.self)
      throw PackageStanza.refusal(
        stanza,
        .unsafe,
        "path",
        "has a Filename that may not be used: \(Escaped.line(shown, limit: 300))",
        name: name
      )
    }
    return prefix
  }

  private static func size(_ stanza: Stanza, _ name: String) throws(Failure) -> UInt64 {
    guard has(.size, stanza) else { throw malformed(stanza, "has no Size", name) }
    let digits = stanza.bytes(at: Slot.size.rawValue)
    var cursor = 0
    guard let size = DecimalNumber.read(digits, at: &cursor), cursor == digits.count else {
      throw malformed(stanza, "has a Size that is no number of bytes", name)
    }
    return size
  }

  private static func checkHashes(_ stanza: Stanza, _ name: String) throws(Failure) -> SHA256Digest?
  {
    var sha256: SHA256Digest?
    if has(.sha256, stanza) {
      sha256 = SHA256Digest(hex: stanza.bytes(at: Slot.sha256.rawValue))
      guard sha256 != nil else { throw malformed(stanza, "has a SHA256 that is no digest", name) }
    }
    if has(.sha512, stanza) {
      guard ListedHash.sha512.isValue(stanza.bytes(at: Slot.sha512.rawValue)) else {
        throw malformed(stanza, "has a SHA512 that is no digest", name)
      }
    } else if sha256 == nil {
      let what = "has neither SHA256 nor SHA512"
      throw PackageStanza.refusal(stanza, .trust, "weak-hashes", what, name: name)
    }
    return sha256
  }
}
