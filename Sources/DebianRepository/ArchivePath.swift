package import SafeIO

/// Paths as archives write them.
package enum ArchivePath {
  /// The path below the archive's root that a text comes to once it is resolved; nil when it leaves
  /// the root, is a directory, or is a path that no tree of ours can have.
  ///
  /// `apt` puts the text behind the address: a slash in front, `//`, `/./` and an inner `..` lead to
  /// the same file as the plain spelling.
  package static func resolve(_ text: Span<UInt8>) -> RelativePath? {
    guard text.count > 0, text.count <= longest, text[text.count - 1] != 0x2f else { return nil }
    var parts: [Range<Int>] = []
    var start = 0
    while start <= text.count {
      let end = text.firstIndex(of: 0x2f, in: start..<text.count)
      let part = start..<end
      start = end + 1
      if part.isEmpty || isDots(text, part, 1) {
        guard start <= text.count || part.isEmpty else { return nil }
        continue
      }
      if isDots(text, part, 2) {
        guard start <= text.count, parts.popLast() != nil else { return nil }
        continue
      }
      parts.append(part)
    }
    var bytes: [UInt8] = []
    for part in parts {
      if !bytes.isEmpty { bytes.append(0x2f) }
      bytes.append(copying: text.extracting(part))
    }
    return RelativePath(bytes)
  }

  /// Whether a path in `dists/` or at the top is one of a Release file or of what it lists, by its name.
  ///
  /// No package lies there; elsewhere a file may be called anything.
  package static func isOfDistribution(_ path: RelativePath) -> Bool {
    guard path.bytes.starts(with: "dists/".utf8) || !path.bytes.contains(0x2f) else { return false }
    if ["InRelease", "Release", "Release.gpg"].contains(path.lastComponent) { return true }
    if ByHashPath.isOne(path.bytes[...]) { return true }
    guard let index = IndexPath(path.text) else { return false }
    return index.hasStanzas || index.kind.isCompanion
  }

  /// The longest text that is resolved, in bytes.
  private static let longest = 4096

  private static func isDots(_ text: Span<UInt8>, _ part: Range<Int>, _ count: Int) -> Bool {
    guard part.count == count else { return false }
    for index in part where text[index] != 0x2e { return false }
    return true
  }

  /// How many bytes of `./` stand before the path.
  static func prefixLength(_ text: Span<UInt8>) -> Int {
    var start = 0
    while text.count &- start >= 2, text[start] == 0x2e, text[start &+ 1] == 0x2f { start &+= 2 }
    return start
  }
}
