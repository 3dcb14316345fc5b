package import SafeIO

/// Reads a Sources index from blocks as they come and hands out the files of each source package.
///
/// One pass; memory does not grow with the index.
package struct SourcesIndex: Sendable {
  /// What a stanza says of the files that it describes.
  package struct Entry: Sendable {
    private let stanza: Stanza
    /// Its files in the pool, sorted: path below the archive's root, size, strong hashes.
    package let files: [ListedFile]

    fileprivate init(_ stanza: Stanza, files: [ListedFile]) {
      self.stanza = stanza
      self.files = files
    }

    /// The source package.
    package var package: String { stanza.string(at: SourcesIndex.package) ?? "" }
    /// Its version.
    package var version: String { stanza.string(at: SourcesIndex.version) ?? "" }

    /// What it is called in messages.
    package var label: String { "\(package) \(version) source" }

    /// The stanza's place in the uncompressed index, without the blank line behind it.
    package var extent: Range<UInt64> { stanza.extent }

    /// The bytes of `package`.
    package var packageBytes: Span<UInt8> {
      @_lifetime(borrow self)
      get { stanza.bytes(at: SourcesIndex.package) }
    }
    /// The bytes of `version`.
    package var versionBytes: Span<UInt8> {
      @_lifetime(borrow self)
      get { stanza.bytes(at: SourcesIndex.version) }
    }
  }

  // The order is that of the constants below.
  private static let wanted = [
    "Package", "Version", "Directory", "Files", "Checksums-Sha256", "Checksums-Sha512",
  ]
  fileprivate static let (package, version, directory, names, sha256, sha512) = (0, 1, 2, 3, 4, 5)
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
      limits: .index
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

  /// One line of a list, found in the text of its field.
  private struct Line {
    let hash: ListedHash
    let value: ArraySlice<UInt8>
    let size: UInt64
    let name: ArraySlice<UInt8>
  }

  private static func entry(_ stanza: Stanza, name: String) throws(Failure) -> Entry {
    func refuse(_ kind: FailureClass, _ code: Failure.Name, _ what: String) -> Failure {
      SourcesIndex.refuse(stanza, kind, code, what, name: name)
    }
    guard !stanza.bytes(at: package).isEmpty else {
      throw refuse(.integrity, "malformed", "names no package")
    }
    for (slot, field) in [(package, "Package"), (version, "Version")] {
      let length = stanza.bytes(at: slot).count
      guard length <= PackagesIndex.longestWord else {
        throw refuse(
          .unsafe,
          "too-large",
          "has a \(field) of \(length) bytes; more than \(PackagesIndex.longestWord) are not read"
        )
      }
    }
    // By name, and the lists of one file in the order in which they were read.
    let lines = try lines(of: stanza, name: name).sorted {
      $0.name.lexicographicallyPrecedes($1.name)
    }
    let directory = directory(of: stanza)
    var files: [ListedFile] = []
    var next = 0
    while next < lines.count {
      let first = lines[next]
      let bytes = directory + first.name
      guard !first.name.contains(0x2f), let path = ArchivePath.parse(bytes.span) else {
        let shown = String(decoding: bytes, as: UTF8.self)
        throw refuse(
          .unsafe,
          "path",
          "names a file that may not be used: \(Escaped.line(shown, limit: 300))"
        )
      }
      var file = ListedFile(path: path, size: first.size)
      while next < lines.count, lines[next].name == first.name {
        let line = lines[next]
        guard line.size == file.size, file.set(line.hash, line.value.span) else {
          throw refuse(.integrity, "two-contents", "contradicts itself about \(path)")
        }
        next += 1
      }
      files.append(file)
    }
    guard !files.isEmpty else { throw refuse(.integrity, "malformed", "lists no files") }
    if let weak = files.first(where: \.isWeak) {
      throw refuse(.trust, "weak-hashes", "lists \(weak.path) by neither SHA-256 nor SHA-512")
    }
    return Entry(stanza, files: files)
  }

  private static func lines(of stanza: Stanza, name: String) throws(Failure) -> [Line] {
    var found: [Line] = []
    for (slot, hash) in [(sha256, ListedHash.sha256), (sha512, .sha512), (names, .md5)] {
      guard let list = stanza.value(at: slot) else { continue }
      var lines = FileLine.Lines()
      while let place = lines.next(in: list.span) {
        guard let line = FileLine(list.span, place, of: hash) else {
          throw refuse(
            stanza,
            .integrity,
            "malformed",
            "has a line in its file lists that is not hash, size and name",
            name: name
          )
        }
        func part(_ range: Range<Int>) -> ArraySlice<UInt8> {
          list[(list.startIndex + range.lowerBound)..<(list.startIndex + range.upperBound)]
        }
        found.append(
          Line(hash: hash, value: part(line.hash), size: line.size, name: part(line.name))
        )
      }
    }
    return found
  }

  /// What stands before the names of the files: the directory with a slash, or nothing.
  private static func directory(of stanza: Stanza) -> [UInt8] {
    let base = stanza.value(at: directory) ?? []
    // Flat repositories say `.`, `./` or nothing.
    var prefix = base == [0x2e] || base == [0x2e, 0x2f] ? [] : Array(base)
    if prefix.last == 0x2f { prefix.removeLast() }
    if !prefix.isEmpty { prefix.append(0x2f) }
    return prefix
  }

  private static func refuse(
    _ stanza: Stanza,
    _ kind: FailureClass,
    _ code: Failure.Name,
    _ what: String,
    name: String
  ) -> Failure {
    let label = [package, version].compactMap { stanza.string(at: $0) }.joined(separator: " ")
    return Failure(
      kind,
      code,
      "the stanza of \(label.isEmpty ? "line \(stanza.lastLine)" : Escaped.line(label, limit: 100)) \(what)",
      subject: name
    )
  }
}
