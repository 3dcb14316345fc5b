package import SafeIO

/// Files that a receiver asked for because an increment relied on them and they were not there:
/// `files/<sha256>` beside the chunks (`docs/formats/bundle-format.md`, section "Resent files").
///
/// MANIFEST does not speak of them; their names do, and ENTRIES, which says which are wanted.
package enum ResentFiles {
  /// The directory in the bundle's directory.
  package static let directory = "files"

  /// Writes one file, checking that it is what its name will say.
  ///
  /// - Throws: `integrity` when the source has other bytes.
  package static func write(
    _ digest: SHA256Digest,
    from source: some ContentSource,
    in files: Directory
  ) throws(Failure) {
    let original = try source.open(digest)
    let temporary = digest.hex + ".part"
    _ = try files.removeFile(temporary)
    let file = try files.createFile(temporary)
    var hasher = SHA256Hasher()
    let block = Block()
    while true {
      block.clear()
      if try original.read(into: block) == 0 { break }
      hasher.update(block.bytes)
      try file.write(block.bytes)
      try Interruption.check()
    }
    guard hasher.finish() == digest else {
      throw Failure(
        .integrity,
        "object",
        "this object of the depot is not what its name says",
        subject: digest.hex,
        hint: "run: aptferry depot check"
      )
    }
    try DurableFile.settle(file, temporary, as: digest.hex, in: files)
    try file.close()
  }

  /// Hands out the bytes of a resent file from the first medium that has it whole.
  ///
  /// `begin` is called before each medium's bytes: what came before is to be thrown away. The answer
  /// says whether one was whole.
  package static func read(
    _ digest: SHA256Digest,
    size: UInt64,
    from media: BundleMedia,
    begin: () throws(Failure) -> Void,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    for medium in media.media {
      if try read(digest, size: size, in: medium.directory, begin: begin, body) { return true }
      for path in medium.changedResentFiles[size] ?? [] {
        let isWhole = try read(
          path,
          as: digest,
          size: size,
          in: medium.directory,
          begin: begin,
          body
        )
        if isWhole { return true }
      }
    }
    return false
  }

  /// The files of a bundle's directory for them that are not called by a digest, by size: a disc may
  /// have cut their names.
  static func changed(in bundle: MediumDirectory) throws(Failure) -> [UInt64: [String]] {
    guard try bundle.readableStatus(directory)?.kind == .directory else { return [:] }
    var found: [UInt64: [String]] = [:]
    for entry in try bundle.directory(directory).boundedList() {
      guard entry.kind == .regular, SHA256Digest(hex: entry.name) == nil else { continue }
      let path = directory + "/" + entry.name
      guard let status = try bundle.readableStatus(path), status.kind == .regular else { continue }
      found[status.size, default: []].append(path)
    }
    return found
  }

  /// The same from one medium: whether it has the file, and has it whole.
  static func read(
    _ digest: SHA256Digest,
    size: UInt64,
    in bundle: MediumDirectory,
    begin: () throws(Failure) -> Void,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    guard try bundle.readableStatus(directory)?.kind == .directory else { return false }
    let path = directory + "/" + digest.hex
    return try read(path, as: digest, size: size, in: bundle, begin: begin, body)
  }

  /// The same of a file of any name.
  static func read(
    _ path: String,
    as digest: SHA256Digest,
    size: UInt64,
    in bundle: MediumDirectory,
    begin: () throws(Failure) -> Void,
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    guard let status = try bundle.readableStatus(path), status.kind == .regular, status.size == size
    else {
      return false
    }
    try begin()
    // What the receiver of the bytes throws is never the medium's.
    var refusal: Failure?
    do {
      let file = try bundle.file(path)
      var hasher = SHA256Hasher()
      var length: UInt64 = 0
      try file.forEachBlock { (bytes) throws(Failure) in
        length &+= UInt64(bytes.byteCount)
        hasher.update(bytes)
        do throws(Failure) {
          try body(bytes)
        } catch {
          refusal = error
          throw error
        }
        return length <= size
      }
      return length == size && hasher.finish() == digest
    } catch {
      // Another medium may have it whole.
      guard refusal == nil, error.isOfMedium else { throw error }
      return false
    }
  }
}
