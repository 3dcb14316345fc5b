package import SafeIO

/// The digest and size of content that was read to its end.
package struct ContentHash: Hashable, Sendable {
  /// The SHA-256.
  package let digest: SHA256Digest
  /// How many bytes there were.
  package let size: UInt64

  package init(digest: SHA256Digest, size: UInt64) {
    self.digest = digest
    self.size = size
  }

  /// Reads a file from where it stands to its end.
  package static func of(
    _ file: borrowing OpenFile,
    block: Block = Block()
  ) throws(Failure) -> ContentHash {
    var hasher = SHA256Hasher()
    var size: UInt64 = 0
    file.adviseSequential()
    while true {
      try Interruption.check()
      block.clear()
      let count = try file.read(into: block)
      if count == 0 { return ContentHash(digest: hasher.finish(), size: size) }
      hasher.update(block.bytes)
      size &+= UInt64(count)
    }
  }
}
