internal import Archives
internal import DebianRepository
internal import Depot
internal import Objects
internal import SafeIO

/// An index of a vendor without the stanzas that a snapshot cannot serve: what a Release file of this
/// site lists in its place.
struct RewrittenIndex: Sendable {
  /// The path of the plain index below the distribution's directory.
  let base: String
  /// What apt has after unpacking; no such file is served.
  let plain: (size: UInt64, digest: SHA256Digest)
  /// The file that is served, beside `base` with `.gz`.
  let bytes: [UInt8]
  /// The digest of `bytes`.
  let digest: SHA256Digest

  /// The path of the file below the distribution's directory.
  var path: String { base + ".gz" }

  /// Whether a path is a form of this index.
  func isForm(_ path: ArraySlice<UInt8>) -> Bool {
    guard path.starts(with: base.utf8) else { return false }
    let rest = path.dropFirst(base.utf8.count)
    return rest.isEmpty || rest.first == 0x2e && !rest.contains(0x2f)
  }

  /// The files as a Release file lists them.
  var listed: [ListedFile] {
    guard let plainPath = RelativePath(base), let path = RelativePath(path) else {
      preconditionFailure("the path of an index was checked when Release was read")
    }
    return [
      ListedFile(path: plainPath, size: plain.size, sha256: plain.digest),
      ListedFile(path: path, size: UInt64(bytes.count), sha256: digest),
    ]
  }
}

extension RewrittenIndex {
  /// The indexes of a suite that list something that the snapshot leaves out, without that.
  static func all(
    of source: SuiteSource,
    leaving leftOut: [LeftOut],
    in depot: Depot
  ) throws(Failure) -> [RewrittenIndex] {
    guard !leftOut.isEmpty else { return [] }
    var files: Set<[UInt8]> = []
    var indexes: Set<String> = []
    for one in leftOut {
      switch one.place {
      case .file(let path): files.insert(Array(path.utf8))
      case .stanza(_, let index): indexes.insert(index)
      }
    }
    var found: [RewrittenIndex] = []
    var seen: Set<String> = []
    for listed in source.release.files {
      guard let index = IndexPath(listed.path.text), index.hasStanzas,
        let compression = Compression(fileName: listed.path.lastComponent),
        let position = source.position(of: listed), seen.insert(index.plain.text).inserted,
        !files.isEmpty || indexes.contains(source.suite.directory + index.plain.text)
      else { continue }
      let object = try depot.objects.open(source.list.digest(at: position))
      if let rewritten = try rewrite(index, object, compression, without: files) {
        found.append(rewritten)
      }
    }
    return found
  }

  /// Nil when there is nothing to leave out.
  private static func rewrite(
    _ index: IndexPath,
    _ object: borrowing OpenFile,
    _ compression: Compression,
    without files: Set<[UInt8]>
  ) throws(Failure) -> RewrittenIndex? {
    var reader = PackageIndexReader(
      index.kind.isOfSources ? .sources : .packages,
      name: index.text
    )
    let writer = try Compressor(.gzip)
    var (hasher, size, dropped) = (SHA256Hasher(), UInt64(0), 0)
    // What of a block stays.
    var kept: [UInt8] = []
    func take(_ stanza: PackageStanza) {
      var isGone = stanza.unusable != nil
      stanza.forEachFile { isGone = isGone || files.contains($0.path.bytes) }
      if isGone {
        dropped += 1
        return
      }
      kept.append(copying: stanza.bytes)
      if kept.last != 0x0a { kept.append(0x0a) }
      kept.append(0x0a)
    }
    func write() throws(Failure) {
      var text: [UInt8] = []
      swap(&text, &kept)
      let bytes = unsafe text.span.bytes
      hasher.update(bytes)
      size += UInt64(bytes.byteCount)
      try writer.write(bytes)
    }
    try Decompressor.forEachBlock(of: object, compression, limit: .max) { (bytes) throws(Failure) in
      try reader.feed(unsafe bytes._unsafeView(as: UInt8.self), take)
      try write()
    }
    try reader.finish(take)
    try write()
    guard dropped > 0 else { return nil }
    let bytes = try writer.finish()
    return RewrittenIndex(
      base: index.plain.text,
      plain: (size, hasher.finish()),
      bytes: bytes,
      digest: SHA256Digest.of(bytes)
    )
  }
}
