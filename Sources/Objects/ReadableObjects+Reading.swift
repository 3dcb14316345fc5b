internal import Glibc
package import SafeIO

extension ReadableObjects {
  /// Opens an object as a file: the store's own, or else a private copy.
  ///
  /// A copy is checked while it is made; of the store's own file, the bytes are for the caller to
  /// check.
  package func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile {
    guard try size(of: digest) != nil else { throw missing(digest) }
    if let links { return try links.file(digest) }
    return try privateCopy(of: digest)
  }

  /// Reads an object from its first byte to its last, by way of one block.
  package func forEachBlock(
    of digest: SHA256Digest,
    block: Block = Block(),
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    if let links { return try Self.forEachBlock(of: try links.file(digest), block, body) }
    var offset: UInt64 = 0
    while true {
      try Interruption.check()
      block.clear()
      let count = try read(digest, at: offset, limit: .max, into: block)
      if count == 0 { return }
      try body(block.bytes)
      offset &+= UInt64(count)
    }
  }

  private static func forEachBlock(
    of file: borrowing OpenFile,
    _ block: Block,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    file.adviseSequential()
    while true {
      try Interruption.check()
      block.clear()
      if try file.read(into: block) == 0 { return }
      try body(block.bytes)
    }
  }

  /// What an object really is: its bytes are read.
  package func hash(
    _ digest: SHA256Digest,
    block: Block = Block()
  ) throws(Failure) -> ContentHash {
    var hasher = SHA256Hasher()
    var size: UInt64 = 0
    try forEachBlock(of: digest, block: block) { bytes in
      hasher.update(bytes)
      size &+= UInt64(bytes.byteCount)
    }
    return ContentHash(digest: hasher.finish(), size: size)
  }

  private func privateCopy(of digest: SHA256Digest) throws(Failure) -> OpenFile {
    let copy = try PrivateFile.make()
    var hasher = SHA256Hasher()
    try forEachBlock(of: digest) { (bytes) throws(Failure) in
      hasher.update(bytes)
      try copy.write(bytes)
    }
    guard hasher.finish() == digest else {
      throw Failure(
        .integrity,
        .damagedObject,
        "an object of the depot is damaged",
        subject: describe(digest),
        hint: "run: aptferry depot check --repair-from DIR"
      )
    }
    try copy.seek(to: 0)
    return copy
  }

  /// What is said of an object that should be here.
  package func missing(_ digest: SHA256Digest) -> Failure {
    Failure(
      .state,
      "missing-object",
      "the depot lacks an object that it should have",
      subject: describe(digest),
      hint: "run: aptferry depot check --repair-from DIR"
    )
  }
}

/// Where content lies for a moment that comes from a store without files.
private enum PrivateFile {
  /// A file without a name, gone when it is closed.
  static func make() throws(Failure) -> OpenFile {
    let named = unsafe getenv("TMPDIR").flatMap { unsafe String(validatingCString: $0) }
    let place = named.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    return try Directory(opening: place).unnamedFile()
  }
}

extension ReadableObjects {
  /// How many objects are asked for at a time.
  private static var pageLength: Int { 1 << 14 }

  /// Hands out the objects of one bucket, ascending, page by page.
  package func forEachObject(
    inBucket bucket: UInt8,
    _ body: (ListedObject) throws(Failure) -> Void
  ) throws(Failure) {
    var last: SHA256Digest?
    while true {
      let page = try list(bucket: bucket, after: last, limit: Self.pageLength)
      for object in page { try body(object) }
      // Shorter than asked for says nothing: a store may have a limit of its own.
      guard let end = page.last else { return }
      last = end.digest
    }
  }
}
