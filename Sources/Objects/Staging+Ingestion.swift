internal import Glibc
package import SafeIO
internal import Synchronization

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
    if isLinked { try source.setMode(LocalObjects.mode) }
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
}
