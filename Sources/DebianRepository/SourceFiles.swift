internal import SafeIO

/// Reads what a stanza of a Sources index says of its files, as `apt` does when it is asked for them.
enum SourceFiles {
  /// The files, sorted: path below the archive's root, size, strong hashes.
  ///
  /// - Throws: why `apt` cannot get them; it takes the index and the other packages.
  static func read(_ stanza: Stanza, name: String) throws(Failure) -> [ListedFile] {
    func refuse(_ kind: FailureClass, _ code: Failure.Name, _ what: String) -> Failure {
      PackageStanza.refusal(stanza, kind, code, what, name: name)
    }
    let directory = directory(of: stanza)
    var files: [RelativePath: ListedFile] = [:]
    for (slot, hash) in lists {
      guard let list = stanza.value(at: slot.rawValue) else { continue }
      var entries = FileEntries()
      while true {
        let entry: FileEntries.Entry?
        do {
          entry = try entries.nextOfSource(in: list.span)
        } catch {
          let what = "has an entry in its file lists that is not hash, size and name"
          throw refuse(.integrity, "malformed", what)
        }
        guard let entry else { break }
        let bytes = directory + Array(copying: list.span.extracting(entry.name))
        guard let path = ArchivePath.resolve(bytes.span) else {
          let shown = Escaped.line(String(decoding: bytes, as: UTF8.self), limit: 300)
          throw refuse(.unsafe, "path", "names a file that may not be used: \(shown)")
        }
        var file = files[path] ?? ListedFile(path: path, size: entry.size)
        guard file.agrees(hash, list.span.extracting(entry.hash)) else {
          throw refuse(.integrity, "two-contents", "contradicts itself about \(path)")
        }
        file.take(hash, list.span.extracting(entry.hash))
        files[path] = file
      }
    }
    guard !files.isEmpty else { throw refuse(.integrity, "malformed", "lists no files") }
    let sorted = files.values.sorted { $0.path < $1.path }
    if let weak = sorted.first(where: \.isWeak) {
      throw refuse(.trust, "weak-hashes", "lists \(weak.path) by neither SHA-256 nor SHA-512")
    }
    if let wrong = sorted.first(where: \.isImpossible) {
      throw refuse(.integrity, "malformed", "lists \(wrong.path) with a hash that no file has")
    }
    return sorted
  }

  /// The lists in the order in which apt reads them: of a file's size the first one counts.
  private static let lists: [(PackageStanza.Slot, ListedHash)] = [
    (.sourceSHA512, .sha512), (.sourceSHA256, .sha256), (.sourceSHA1, .sha1), (.files, .md5),
  ]

  /// What stands before the names of the files: the directory with a slash, or nothing.
  private static func directory(of stanza: Stanza) -> [UInt8] {
    var prefix = Array(stanza.value(at: PackageStanza.Slot.directory.rawValue) ?? [])
    if let last = prefix.last, last != 0x2f { prefix.append(0x2f) }
    return prefix
  }
}
