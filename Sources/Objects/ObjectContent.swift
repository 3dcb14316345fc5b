package import SafeIO

/// Content on its way into a store, checked as it passes.
package enum ObjectContent {
  /// Hands out everything that a source has, and refuses what is not the object's content.
  ///
  /// - Throws: `integrity`, `object-content`, as soon as it is seen; whatever source and body throw.
  package static func copy(
    _ digest: SHA256Digest,
    size: UInt64,
    from source: ObjectSource,
    block: Block = Block(),
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    var hasher = SHA256Hasher()
    var done: UInt64 = 0
    while true {
      try Interruption.check()
      block.clear()
      let count = try source(done, block)
      if count == 0 { break }
      done &+= UInt64(count)
      guard done <= size else { throw other(digest) }
      hasher.update(block.bytes)
      try body(block.bytes)
    }
    guard done == size, hasher.finish() == digest else { throw other(digest) }
  }

  private static func other(_ digest: SHA256Digest) -> Failure {
    Failure(
      .integrity,
      "object-content",
      "what came in as an object has other content than its name says; nothing of it was kept",
      subject: digest.hex,
      hint: "run the same command again; if it fails again, the source is damaged"
    )
  }
}
