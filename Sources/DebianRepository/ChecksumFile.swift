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

  /// Reads `<hash>  <path>` and `<hash> *<path>`; empty lines are skipped, anything else is refused.
  package static func parse(_ text: Span<UInt8>, name: String) throws(Failure) -> [Entry] {
    guard text.count <= longest else {
      throw Failure(
        .unsafe,
        "too-large",
        "this list is longer than the \(longest) bytes that it may have",
        subject: name
      )
    }
    var entries: [RelativePath: SHA256Digest] = [:]
    var start = 0
    var number = 0
    while start < text.count {
      let end = text.firstIndex(of: 0x0a, in: start..<text.count)
      number += 1
      defer { start = end + 1 }
      var last = end
      while last > start, text[last - 1] == 0x0d { last -= 1 }
      guard last > start else { continue }
      guard last - start > 66, last - start <= 4096,
        let digest = SHA256Digest(hex: text.extracting(start..<(start + 64))),
        text[start + 64] == 0x20, text[start + 65] == 0x20 || text[start + 65] == 0x2a
      else {
        throw Failure(
          .integrity,
          "malformed",
          "line \(number) is not a SHA-256, two spaces and a path",
          subject: name
        )
      }
      let shown = text.extracting((start + 66)..<last)
      guard let path = ArchivePath.resolve(shown) else {
        throw Failure(
          .unsafe,
          "path",
          "line \(number) names a path that may not be used: "
            + Escaped.line(String(decoding: Array(copying: shown), as: UTF8.self), limit: 300),
          subject: name
        )
      }
      guard entries.updateValue(digest, forKey: path).map({ $0 == digest }) ?? true else {
        throw Failure(
          .integrity,
          .twoContents,
          "line \(number) contradicts what stands above of \(path)",
          subject: name
        )
      }
    }
    return entries.map { Entry(path: $0.key, sha256: $0.value) }.sorted { $0.path < $1.path }
  }
}
