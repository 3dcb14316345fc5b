/// The name by hash of a file: `main/binary-amd64/by-hash/SHA256/…`.
///
/// It says where the file lies and what it is, not which one of its directory it is.
package struct ByHashPath: Hashable, Sendable {
  /// The directory of the file itself, with a final slash; empty at the top.
  package let directory: String
  /// The hash's name as a Release file has it: `SHA256`.
  package let hash: String
  /// The digest in lower-case digits.
  package let digest: String

  /// The name beside a file.
  package init(besides path: some StringProtocol, _ hash: ListedHash, _ digest: String) {
    directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    self.hash = hash.rawValue
    self.digest = digest
  }

  /// Reads a path; nil for one that is no name by hash.
  package init?(_ path: some StringProtocol) {
    let text = Array(path.utf8)
    guard let end = ByHashPath.directoryLength(text[...]),
      let slash = text.lastIndex(of: 0x2f)
    else { return nil }
    directory = String(decoding: text[..<end], as: UTF8.self)
    hash = String(decoding: text[(end + ByHashPath.mark.count)..<slash], as: UTF8.self)
    digest = String(decoding: text[(slash + 1)...], as: UTF8.self)
  }

  /// The path.
  package var text: String { "\(directory)by-hash/\(hash)/\(digest)" }

  private static let mark = Array("by-hash/".utf8)

  /// Whether a path is a name by hash.
  package static func isOne(_ path: ArraySlice<UInt8>) -> Bool { directoryLength(path) != nil }

  /// How many bytes of a path are the directory of the file itself, its final slash among them; nil
  /// for a path that is no name by hash.
  package static func directoryLength(_ path: ArraySlice<UInt8>) -> Int? {
    guard let slash = path.lastIndex(of: 0x2f), slash + 1 < path.endIndex,
      let end = path[..<slash].lastIndex(of: 0x2f), end + 1 < slash
    else { return nil }
    let start = end + 1 - mark.count
    guard start >= path.startIndex, path[start...end].elementsEqual(mark),
      start == path.startIndex || path[start - 1] == 0x2f
    else { return nil }
    return start - path.startIndex
  }
}
