package import SafeIO

/// A list in the form of `sha256sum`, as the installer's images have one (`SHA256SUMS`).
package enum ChecksumFile {
  /// The longest such file that is read, in bytes.
  package static let longest = 32 << 20

  /// What a line says.
  package struct Entry: Hashable, Sendable {
    /// Where the file is, relative to the list's directory.
    package let path: RelativePath
    /// Its SHA-256.
    package let sha256: SHA256Digest
  }

  /// Reads `<hash>  <path>`, `<hash> *<path>` and `SHA256 (<path>) = <hash>`.
  ///
  /// `apt` never reads such a list, so nothing in it is a reason to refuse an archive: lines of another form, with a
  /// path that leaves the tree, or against what stands above are passed over.
  /// - Returns: what the list says, and how many lines were passed over.
  /// - Throws: `unsafe` for a list that is too long.
  package static func parse(
    _ text: Span<UInt8>,
    name: String
  ) throws(Failure) -> (entries: [Entry], passedOver: Int) {
    guard text.count <= longest else {
      throw Failure(
        .unsafe,
        "too-large",
        "this list is longer than the \(longest) bytes that it may have",
        subject: name
      )
    }
    var entries: [RelativePath: SHA256Digest] = [:]
    var passedOver = 0
    var start = 0
    while start < text.count {
      let end = text.firstIndex(of: 0x0a, in: start..<text.count)
      defer { start = end + 1 }
      var last = end
      while last > start, text[last - 1] == 0x0d { last -= 1 }
      guard last > start else { continue }
      guard let entry = entry(text.extracting(start..<last)),
        entries[entry.path].map({ $0 == entry.sha256 }) ?? true
      else {
        passedOver += 1
        continue
      }
      entries[entry.path] = entry.sha256
    }
    let sorted = entries.map { Entry(path: $0.key, sha256: $0.value) }.sorted { $0.path < $1.path }
    return (sorted, passedOver)
  }

  private static let tagged = Array("SHA256 (".utf8)

  /// What a line says; nil for one that says nothing of use.
  private static func entry(_ line: Span<UInt8>) -> Entry? {
    guard line.count > 66, line.count <= 4096 else { return nil }
    if let digest = SHA256Digest(hex: line.extracting(0..<64)) {
      guard line[64] == 0x20, line[65] == 0x20 || line[65] == 0x2a else { return nil }
      return ArchivePath.resolve(line.extracting(66..<line.count))
        .map { Entry(path: $0, sha256: digest) }
    }
    // As BSD's tools write it: the path ends four bytes before the hash, with `) = `.
    let end = line.count - 64 - 4
    guard end > tagged.count, Array(copying: line.extracting(0..<tagged.count)) == tagged,
      Array(copying: line.extracting(end..<(end + 4))) == Array(") = ".utf8),
      let digest = SHA256Digest(hex: line.extracting((end + 4)..<line.count))
    else { return nil }
    return ArchivePath.resolve(line.extracting(tagged.count..<end))
      .map { Entry(path: $0, sha256: digest) }
  }
}
