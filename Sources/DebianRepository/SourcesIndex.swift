package import SafeIO

/// Reads a Sources index from blocks as they come and hands out the files of each source package.
///
/// One pass; memory does not grow with the index.
package struct SourcesIndex: Sendable {
  /// What a stanza says of the files that it describes.
  package struct Entry: Sendable {
    /// The source package.
    package let package: String
    /// Its version.
    package let version: String
    /// Its files in the pool, sorted: path below the archive's root, size, strong hashes.
    package let files: [ListedFile]

    /// What it is called in messages.
    package var label: String { "\(package) \(version) source" }
  }

  // The order is that of the constants below.
  private static let wanted = [
    "Package", "Version", "Directory", "Files", "Checksums-Sha256", "Checksums-Sha512",
  ]
  private static let (package, version, directory, names, sha256, sha512) = (0, 1, 2, 3, 4, 5)
  /// A package of many thousand files is odd, but not an attack.
  private static let longestList = 16 << 20

  private var reader: StanzaReader
  private let name: String
  /// How many stanzas have been read.
  package private(set) var count = 0

  /// A reader of the index that is called `name` in messages.
  package init(name: String) {
    self.name = name
    reader = StanzaReader(
      wanted: SourcesIndex.wanted,
      name: name,
      limits: .init(line: 1 << 16, value: SourcesIndex.longestList)
    )
  }

  /// Takes the next bytes in and hands every stanza that ended in them to `body`.
  ///
  /// - Throws: `unsafe` for paths that may not be used, `trust` for files with weak hashes only,
  ///   `integrity` for lists that contradict each other, and whatever `body` throws.
  package mutating func feed(
    _ bytes: Span<UInt8>,
    _ body: (Entry) throws(Failure) -> Void
  ) throws(Failure) {
    let name = self.name
    var count = self.count
    defer { self.count = count }
    try reader.feed(bytes) { (stanza) throws(Failure) in
      count += 1
      try body(SourcesIndex.entry(stanza, name: name))
    }
  }

  /// Takes the end of the index.
  package mutating func finish(_ body: (Entry) throws(Failure) -> Void) throws(Failure) {
    let name = self.name
    var count = self.count
    defer { self.count = count }
    try reader.finish { (stanza) throws(Failure) in
      count += 1
      try body(SourcesIndex.entry(stanza, name: name))
    }
  }

  private static func entry(_ stanza: Stanza, name: String) throws(Failure) -> Entry {
    let label = [stanza.string(at: package), stanza.string(at: version)].compactMap { $0 }
      .joined(separator: " ")
    func refuse(_ kind: FailureClass, _ code: String, _ what: String) -> Failure {
      Failure(
        kind,
        code,
        "the stanza of \(label.isEmpty ? "line \(stanza.lastLine)" : Escaped.line(label)) \(what)",
        subject: name
      )
    }
    guard let sourceName = stanza.string(at: package), !sourceName.isEmpty else {
      throw refuse(.integrity, "malformed", "names no package")
    }
    let base = stanza.value(at: directory) ?? []
    // Flat repositories say `.`, `./` or nothing.
    var prefix = base == [0x2e] || base == [0x2e, 0x2f] ? [] : Array(base)
    if prefix.last == 0x2f { prefix.removeLast() }
    if !prefix.isEmpty { prefix.append(0x2f) }

    var files: [RelativePath: ListedFile] = [:]
    for (slot, hash) in [(sha256, ListedHash.sha256), (sha512, .sha512), (names, .md5)] {
      guard let list = stanza.value(at: slot) else { continue }
      try Stanza.forEachLine(list) { (words) throws(Failure) in
        guard words.count == 3, hash.isValue(words[0]), let size = DecimalNumber.read(words[1])
        else {
          throw refuse(
            .integrity,
            "malformed",
            "has a line in its file lists that is not hash, size and name"
          )
        }
        guard !words[2].contains(0x2f), let path = ArchivePath.parse(prefix + words[2]) else {
          let shown = String(decoding: prefix + words[2], as: UTF8.self)
          throw refuse(
            .unsafe,
            "path",
            "names a file that may not be used: \(Escaped.line(shown, limit: 300))"
          )
        }
        var file = files[path] ?? ListedFile(path: path, size: size)
        guard file.size == size, file.set(hash, String(decoding: words[0], as: UTF8.self)) else {
          throw refuse(.integrity, "two-contents", "contradicts itself about \(path)")
        }
        files[path] = file
      }
    }
    let sorted = files.values.sorted { $0.path < $1.path }
    guard !sorted.isEmpty else { throw refuse(.integrity, "malformed", "lists no files") }
    if let weak = sorted.first(where: \.isWeak) {
      throw refuse(.trust, "weak-hashes", "lists \(weak.path) by neither SHA-256 nor SHA-512")
    }
    return Entry(
      package: sourceName,
      version: stanza.string(at: version) ?? "",
      files: sorted
    )
  }
}

private func + (prefix: [UInt8], rest: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  var joined = prefix
  joined.append(contentsOf: rest)
  return joined[...]
}
