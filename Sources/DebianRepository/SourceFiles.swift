internal import SafeIO

/// Reads what a stanza of a Sources index says of its files.
enum SourceFiles {
  /// One line of a list, found in the text of its field.
  private struct Line {
    let hash: ListedHash
    let value: ArraySlice<UInt8>
    let size: UInt64
    let name: ArraySlice<UInt8>
  }

  /// The files, sorted: path below the archive's root, size, strong hashes.
  static func read(_ stanza: Stanza, name: String) throws(Failure) -> [ListedFile] {
    func refuse(_ kind: FailureClass, _ code: Failure.Name, _ what: String) -> Failure {
      PackageStanza.refusal(stanza, kind, code, what, name: name)
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
    return files
  }

  private static let lists: [(PackageStanza.Slot, ListedHash)] = [
    (.sourceSHA256, .sha256), (.sourceSHA512, .sha512), (.files, .md5),
  ]

  private static func lines(of stanza: Stanza, name: String) throws(Failure) -> [Line] {
    var found: [Line] = []
    for (slot, hash) in lists {
      guard let list = stanza.value(at: slot.rawValue) else { continue }
      var lines = FileLine.Lines()
      while let place = lines.next(in: list.span) {
        guard let line = FileLine(list.span, place, of: hash) else {
          throw PackageStanza.refusal(
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
    let base = stanza.value(at: PackageStanza.Slot.directory.rawValue) ?? []
    // Flat repositories say `.`, `./` or nothing.
    var prefix = base == [0x2e] || base == [0x2e, 0x2f] ? [] : Array(base)
    if prefix.last == 0x2f { prefix.removeLast() }
    if !prefix.isEmpty { prefix.append(0x2f) }
    return prefix
  }
}
