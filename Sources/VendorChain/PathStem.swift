internal import SafeIO

/// The path of a package without version and architecture: `pool/main/p/pier/pier`.
///
/// Two states of a repository have some in common, two repositories have none.
package enum PathStem {
  /// Takes in the stem of a path that is a package's; of no other.
  package static func add(_ path: ArraySlice<UInt8>, to stems: inout Set<String>) {
    guard
      [".deb", ".udeb", ".dsc"].contains(where: {
        path.suffix($0.utf8.count).elementsEqual($0.utf8)
      })
    else { return }
    let name = path.lastIndex(of: 0x2f).map { $0 + 1 } ?? path.startIndex
    let end = path[name...].firstIndex(of: 0x5f) ?? path.endIndex
    stems.insert(String(decoding: path[..<end], as: UTF8.self))
  }
}
