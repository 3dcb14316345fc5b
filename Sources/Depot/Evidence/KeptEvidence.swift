internal import Objects
package import SafeIO

/// What an auditor will ask for of snapshots and bundles that are gone: `<depot>/evidence`.
///
/// `objects` has, by its digest, the list of every snapshot that was removed, and of its files those
/// that vouch for the others: Release files, their signatures, and Packages and Sources indexes. They
/// are further names of objects, so that they cost nothing before gc. `bundles` has the lists of the
/// bundles that came in, by the digest of MANIFEST. Nothing relies on any of it, and gc leaves it.
package struct KeptEvidence {
  private static let directory = "evidence"
  /// Where content lies by its digest.
  static let objectsPath = directory + "/objects"
  private let depot: Depot

  package init(_ depot: Depot) { self.depot = depot }

  /// Keeps what vouches for a snapshot that is about to be removed; durable.
  package func keep(_ snapshot: SnapshotRecord) throws(Failure) {
    let place = try makeDirectory("objects")
    var digests: Set<SHA256Digest> = [snapshot.digest]
    try depot.catalogue.forEachFile(of: snapshot) { (path, _, digest) throws(Failure) in
      if KeptEvidence.vouches(path) { digests.insert(digest) }
    }
    for digest in digests.sorted() { try keep(digest, in: place) }
    try place.sync()
  }

  private func keep(_ digest: SHA256Digest, in place: Directory) throws(Failure) {
    guard try place.status(digest.hex) == nil else { return }
    if let links = depot.objects.links, links.tryLink(digest, to: place, as: digest.hex) == 0 {
      return
    }
    let temporary = digest.hex + ".part"
    _ = try place.removeFile(temporary)
    let source = try depot.objects.open(digest)
    let file = try place.createFile(temporary, mode: 0o444)
    let block = Block()
    while true {
      block.clear()
      if try source.read(into: block) == 0 { break }
      try file.write(block.bytes)
    }
    try DurableFile.settle(file, temporary, as: digest.hex, in: place)
  }

  /// Whether a file of a snapshot says what the others have to be.
  static func vouches(_ path: Span<UInt8>) -> Bool {
    var start = path.count
    while start > 0, path[start - 1] != UInt8(ascii: "/") { start -= 1 }
    var name: [UInt8] = []
    for index in start..<path.count { name.append(path[index]) }
    return vouches(name: String(decoding: name, as: UTF8.self))
  }

  private static func vouches(name: String) -> Bool {
    if ["InRelease", "Release", "Release.gpg", "Packages", "Sources"].contains(name) {
      return true
    }
    return name.hasPrefix("Packages.") || name.hasPrefix("Sources.")
  }

  /// Whether a file of a snapshot says what the others have to be.
  package static func vouches(_ path: String) -> Bool {
    vouches(name: String(path.split(separator: "/").last ?? ""))
  }

  /// Opens what was kept, or is an object still; nil when it is neither.
  ///
  /// The bytes are for the caller to check.
  package func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile? {
    if try depot.objects.size(of: digest) != nil { return try depot.objects.open(digest) }
    guard let place = try depot.root.directoryIfPresent(KeptEvidence.objectsPath),
      try place.status(digest.hex) != nil
    else { return nil }
    return try place.file(digest.hex)
  }

  /// The list of a snapshot that is here or was; nil when it was not kept.
  ///
  /// - Throws: `integrity` when its bytes are others.
  package func listing(_ digest: SHA256Digest) throws(Failure) -> FileList? {
    guard let file = try open(digest) else { return nil }
    var reader = FileList.Reader(name: "the list \(digest.short)")
    var hasher = SHA256Hasher()
    let block = Block(capacity: 1 << 16)
    while true {
      block.clear()
      if try file.read(into: block) == 0 { break }
      hasher.update(block.bytes)
      try reader.read(unsafe block.bytes._unsafeView(as: UInt8.self))
    }
    guard hasher.finish() == digest else {
      throw Failure(
        .integrity,
        .damagedObject,
        "the list of a snapshot is damaged",
        subject: digest.hex
      )
    }
    return try reader.finish()
  }

  /// Where the lists of a bundle that came in are to be put; durable once they are synced.
  package func makeDirectory(ofBundle manifest: SHA256Digest) throws(Failure) -> Directory {
    let bundles = try makeDirectory("bundles")
    _ = try bundles.makeDirectory(manifest.hex)
    try bundles.sync()
    return try bundles.directory(manifest.hex)
  }

  /// The lists of a bundle that came in; nil when they were not kept.
  package func bundle(_ manifest: SHA256Digest) throws(Failure) -> Directory? {
    let path = KeptEvidence.directory + "/bundles/" + manifest.hex
    guard let lists = try depot.root.directoryIfPresent(path),
      try lists.status("MANIFEST") != nil
    else { return nil }
    return lists
  }

  private func makeDirectory(_ name: String) throws(Failure) -> Directory {
    try KeptEvidence.makeDirectory(name, in: depot.root)
  }

  /// Where content lies by its digest, made where it lacks.
  static func makeObjects(in root: Directory) throws(Failure) -> Directory {
    try makeDirectory("objects", in: root)
  }

  private static func makeDirectory(
    _ name: String,
    in root: Directory
  ) throws(Failure) -> Directory {
    _ = try root.makeDirectory(KeptEvidence.directory, mode: 0o700)
    try root.sync()
    let evidence = try root.directory(KeptEvidence.directory)
    _ = try evidence.makeDirectory(name, mode: 0o700)
    try evidence.sync()
    return try evidence.directory(name)
  }
}
