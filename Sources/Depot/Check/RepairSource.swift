internal import Objects
package import SafeIO

/// The files of a directory tree by size: where `depot check --repair-from` looks for content.
///
/// Any tree will do: another depot's objects, a publication, a mirror, an unpacked bundle.
package struct RepairSource: DepotCheck.Source {
  private let root: Directory
  private var paths: [UInt64: [String]] = [:]

  /// Lists the tree; links are not followed.
  package init(_ root: Directory) throws(Failure) {
    self.root = root
    var waiting = [""]
    while let path = waiting.popLast() {
      try Interruption.check()
      let directory = path.isEmpty ? root : try root.directory(path)
      for entry in try directory.list() {
        let below = path.isEmpty ? entry.name : path + "/" + entry.name
        switch entry.kind {
        case .directory: waiting.append(below)
        case .regular:
          if let size = try directory.status(entry.name)?.size {
            paths[size, default: []].append(below)
          }
        default: break
        }
      }
    }
  }

  /// Nothing is prepared: each file is looked for when it is asked for.
  package func expect(_ wanted: Set<SHA256Digest>) {}

  /// A file whose content has this digest, or nil.
  ///
  /// An object of another depot is found by its name; else every file of that size is hashed.
  package func file(
    for digest: SHA256Digest,
    size: UInt64?
  ) throws(Failure) -> OpenFile? {
    let hex = digest.hex
    let all = size.map { paths[$0] ?? [] } ?? paths.values.flatMap(\.self)
    let named = all.filter { $0.hasSuffix(hex) }
    for path in named + all {
      let file = try root.file(path)
      if try ContentHash.of(file).digest == digest {
        try file.seek(to: 0)
        return file
      }
    }
    return nil
  }
}
