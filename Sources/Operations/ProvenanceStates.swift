internal import Comparison
internal import SafeIO
internal import VendorChain

/// The vendors' signed lists that lie in a composed snapshot, each as the state of its archive that packages
/// can be looked for in.
struct ProvenanceStates {
  /// The lists of one suite: where they lie in the snapshot, and what is there without that place.
  struct Tree {
    let prefix: String
    let state: SnapshotComparison.State
  }

  let trees: [Tree]

  /// Finds them in the files of a snapshot; a verbatim one has none.
  init(of files: FileList) throws(Failure) {
    var positions: [String: Int] = [:]
    for index in 0..<files.count {
      let path = files.path(at: index)
      if ProvenanceTree.holds(path.utf8) { positions[path] = index }
    }
    trees = try ProvenanceTree.all(in: positions.keys.sorted()).map { (tree) throws(Failure) in
      var list = FileList.Builder()
      for path in tree.releases + tree.indexes {
        guard let index = positions[path] else { continue }
        let inside = Array(path.utf8.dropFirst(tree.prefix.utf8.count))
        try list.add(
          path: inside.span,
          size: files.size(at: index),
          digest: files.digest(at: index)
        )
      }
      let state = SnapshotComparison.State(files: try list.finish(), suites: [tree.distribution])
      return Tree(prefix: tree.prefix, state: state)
    }
  }
}
