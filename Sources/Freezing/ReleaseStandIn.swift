internal import Archives
internal import DebianRepository
internal import SafeIO

/// A Release file for a suite that has none: what `apt` would have looked for by itself, with hashes.
///
/// Nobody signed it, and it has no Date: the same tree gives the same bytes.
struct ReleaseStandIn {
  let tree: Directory
  /// The directory of the Release file, with a slash at its end or empty.
  let directory: String
  let isFlat: Bool

  init(_ distribution: String, in tree: Directory) {
    self.tree = tree
    directory = Distribution.directory(of: distribution)
    isFlat = Distribution.isFlat(distribution)
  }

  /// The largest index that is read, in bytes.
  private static let largest: UInt64 = 4 << 30
  /// How deep indexes lie below a suite's directory, at most: `main/debian-installer/binary-amd64`.
  private static let depth = 4

  /// Whether the suite has a Release file of its vendor.
  func isNeeded() throws(Failure) -> Bool {
    for name in ["InRelease", "Release", "Release.gpg"] {
      if try tree.kindThroughInsideLinks(directory + name) != nil { return false }
    }
    return true
  }

  /// The paths of its indexes below the suite's directory, sorted.
  func indexes() throws(Failure) -> [String] {
    guard isFlat else { return try indexes(below: "", depth: ReleaseStandIn.depth) }
    let endings = Compression.allCases.map(\.suffix)
    var found: [String] = []
    for path in ["Packages", "Sources"].flatMap({ name in endings.map { name + $0 } })
    where try tree.kindThroughInsideLinks(directory + path) == .regular { found.append(path) }
    return found.sorted()
  }

  private static func canBeListed(_ name: String) -> Bool {
    RelativePath(name) != nil && !name.utf8.contains { $0 <= 0x20 || $0 == 0x7f }
  }

  private func indexes(below place: String, depth: Int) throws(Failure) -> [String] {
    let path = directory + place
    guard let inner = try tree.directoryIfPresent(String(path.dropLast())) else { return [] }
    var found: [String] = []
    // A list of files has no room for other names, and apt asks for none.
    for entry in try inner.list() where ReleaseStandIn.canBeListed(entry.name) {
      if entry.kind == .directory, depth > 0, entry.name != "by-hash" {
        found += try indexes(below: place + entry.name + "/", depth: depth - 1)
      } else if let index = IndexPath(place + entry.name), index.layout == .tree,
        index.kind != .directoryRelease, index.kind != .installer
      {
        found.append(place + entry.name)
      }
    }
    return found
  }

  /// The text of the stand-in; a compressed index is listed with its plain form, without which apt does
  /// not look for it.
  func text(listing paths: [String]) throws(Failure) -> [UInt8] {
    var text = ReleaseText()
    let indexes = paths.compactMap { IndexPath($0) }
    if !isFlat {
      let components = Set(indexes.compactMap(\.component)).sorted()
      let architectures = Set(indexes.compactMap(\.architecture)).subtracting(["source"]).sorted()
      text.set("Components", components.isEmpty ? nil : components.joined(separator: " "))
      text.set("Architectures", architectures.isEmpty ? nil : architectures.joined(separator: " "))
    }
    var listed: Set<String> = []
    for path in paths {
      guard let kind = try tree.kindThroughInsideLinks(directory + path), kind == .regular else {
        continue
      }
      text.files.append(try file(path, .none))
      listed.insert(path)
    }
    for path in paths {
      guard let compression = Compression(fileName: path), compression != .none else { continue }
      let plain = String(path.dropLast(compression.suffix.utf8.count))
      guard listed.insert(plain).inserted else { continue }
      text.files.append(try file(path, compression))
    }
    text.files.sort { $0.path.text < $1.path.text }
    return text.bytes
  }

  /// What a file, or what it unpacks to, is.
  private func file(_ path: String, _ compression: Compression) throws(Failure) -> ListedFile {
    guard let file = try tree.fileThroughInsideLinks(directory + path),
      let name = RelativePath(String(path.dropLast(compression.suffix.utf8.count)))
    else {
      throw Failure(
        .incomplete,
        "changed",
        "the file vanished while the tree was read",
        subject: tree.describe(directory + path),
        hint: "run the command again when the tree is at rest"
      )
    }
    var (hasher, size) = (SHA256Hasher(), UInt64(0))
    try Decompressor.forEachBlock(of: file, compression, limit: ReleaseStandIn.largest) {
      (bytes) throws(Failure) in
      hasher.update(bytes)
      size += UInt64(bytes.byteCount)
    }
    return ListedFile(path: name, size: size, sha256: hasher.finish())
  }
}

extension ReleaseStandIn {
  /// The stand-ins for the suites of a request that have no Release file, by path.
  ///
  /// - Throws: `trust` where one is needed and was not asked for: nobody vouches for it, and a site takes it
  ///   from an exporter that may vouch alone, which is better known before the journey.
  static func all(
    for request: FreezeRequest,
    in tree: Directory
  ) throws(Failure) -> (texts: [String: [UInt8]], notes: [Note]) {
    var texts: [String: [UInt8]] = [:]
    var notes: [Note] = []
    for suite in request.suites where Distribution.isName(suite) {
      let standIn = ReleaseStandIn(suite, in: tree)
      guard try standIn.isNeeded() else { continue }
      let indexes = try standIn.indexes()
      // Nothing at all: the chain says so.
      guard !indexes.isEmpty else { continue }
      guard request.makesRelease else {
        throw Failure(
          .trust,
          "unsigned",
          "the suite has indexes, but no Release file and no signature",
          subject: tree.describe(standIn.directory + "Release"),
          hint: "make a Release file and sign it: apt-ftparchive release DIR > Release; or have "
            + "one made that nobody signs: --allow-unsigned --make-release; sites take that from an "
            + "exporter pinned with --may-vouch"
        )
      }
      texts[standIn.directory + "Release"] = try standIn.text(listing: indexes)
      notes.append(
        .note(
          "\(suite): it has no Release file; one was made that lists \(indexes.joined(separator: ", "))"
        )
      )
    }
    return (texts, notes)
  }
}
