internal import Glibc
package import SafeIO

/// The name of a file of a staging that keeps content for whoever goes on with it: the digest, a
/// full stop and what it is.
struct StagedNote {
  let digest: SHA256Digest
  let kind: String

  init(digest: SHA256Digest, kind: String) {
    self.digest = digest
    self.kind = kind
  }

  /// Nil for every other file, and for a note that was not finished.
  init?(_ name: String) {
    let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty, !parts[1].contains("."),
      parts[1] != Staging.partSuffix.dropFirst(), parts[1] != Staging.splitSuffix.dropFirst(),
      let digest = SHA256Digest(hex: parts[0])
    else { return nil }
    self.digest = digest
    kind = String(parts[1])
  }

  var name: String { digest.hex + "." + kind }
}

extension Staging {
  /// Notes content that has been kept here as a thing of some kind.
  ///
  /// The note stays until the staging is discarded, also when the content is admitted. It is
  /// durable after the next `sync()`.
  package func note(_ digest: SHA256Digest, as kind: String) throws(Failure) {
    let name = StagedNote(digest: digest, kind: kind).name
    if try directory.status(name) != nil,
      try ContentHash.of(try directory.file(name)).digest == digest
    {
      return
    }
    let temporary = name + Staging.partSuffix
    _ = try directory.removeFile(temporary)
    switch directory.tryLink(digest.hex, to: directory, as: temporary) {
    case 0: break
    case EMLINK, EPERM, EOPNOTSUPP: try copy(digest, as: temporary)
    case let code: throw .system("link to", directory.describe(temporary), errno: code)
    }
    try keep(temporary, named: name)
    // Renaming one name of a file to another one of it does nothing at all.
    _ = try directory.removeFile(temporary)
  }

  private func copy(_ digest: SHA256Digest, as name: String) throws(Failure) {
    let source = try open(digest)
    let target = try directory.createFile(name)
    let block = Block()
    while try source.read(into: block) > 0 {
      try target.write(block.bytes)
      block.clear()
    }
    try target.close()
  }
}
