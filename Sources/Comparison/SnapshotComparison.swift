internal import Archives
package import DebianRepository
package import SafeIO

/// Compares the packages of two states, each a list of files with the suites in it.
package enum SnapshotComparison {
  /// One of the two states.
  package struct State: Sendable {
    /// All files.
    package let files: FileList
    /// The distributions, as the paths have them.
    package let suites: [String]

    package init(files: FileList, suites: [String]) {
      self.files = files
      self.suites = suites
    }
  }

  /// Opens the file of a digest.
  package typealias Opening = (SHA256Digest) throws(Failure) -> OpenFile

  /// The differences of every suite and architecture that either state has, sorted; those without
  /// any among them.
  ///
  /// - Throws: what `open` throws, and `integrity` for an index that cannot be read.
  package static func compare(
    _ old: State,
    _ new: State,
    open: Opening
  ) throws(Failure) -> [PackageDifference] {
    let (before, after) = (groups(of: old), groups(of: new))
    var found: [(group: Group, counts: (Int, Int), changes: [PackageChange])] = []
    var oldSources: [String: Set<String>] = [:]
    var newSources: [Group: Set<String>] = [:]
    for group in Set(before.keys).union(after.keys).sorted() {
      try Interruption.check()
      let (left, right) = (before[group] ?? [], after[group] ?? [])
      let oldList = try read(left, old.files, open)
      oldSources[group.suite, default: []].formUnion(oldList.sources)
      // The same indexes: nothing can differ.
      let isSame =
        left.map { old.files.digest(at: $0.position) }
        == right.map { new.files.digest(at: $0.position) }
      let newList = isSame ? oldList : try read(right, new.files, open)
      if !isSame { newSources[group] = newList.sources }
      let changes = isSame ? [] : PackageDifference.changes(oldList, newList)
      found.append((group, (oldList.count, newList.count), changes))
    }
    return found.map { group, counts, changes in
      PackageDifference(
        suite: group.suite,
        architecture: group.architecture,
        before: counts.0,
        after: counts.1,
        changes: changes,
        newSources: (newSources[group] ?? []).subtracting(oldSources[group.suite] ?? []).sorted()
      )
    }
  }

  /// What an index is of.
  struct Group: Hashable, Comparable {
    let suite: String
    let architecture: String

    static func < (left: Group, right: Group) -> Bool {
      (left.suite, left.architecture) < (right.suite, right.architecture)
    }
  }

  /// One form of an index.
  struct Index {
    let position: Int
    let compression: Compression
    let isSources: Bool
  }

  /// From the cheapest to read to the dearest.
  private static let order: [Compression] = [.none, .zstd, .lz4, .gzip, .xz, .bzip2, .lzma]

  /// One form of every Packages and Sources index, by suite and architecture.
  static func groups(of state: State) -> [Group: [Index]] {
    var groups: [Group: [Index]] = [:]
    for suite in state.suites {
      var forms: [String: Index] = [:]
      let directory = Distribution.directory(of: suite)
      for position in state.files.indices(withPrefix: directory) {
        let path = state.files.path(at: position).dropFirst(directory.utf8.count)
        // A flat repository's pool, and other suites, may lie below its directory; its indexes do not.
        guard !Distribution.isFlat(suite) || !path.contains("/"),
          let place = IndexPath(path), place.hasStanzas,
          let compression = Compression(fileName: path),
          let rank = order.firstIndex(of: compression)
        else { continue }
        let base = place.plain.text
        if let known = forms[base], let other = order.firstIndex(of: known.compression),
          other <= rank
        {
          continue
        }
        forms[base] = Index(
          position: position,
          compression: compression,
          isSources: place.kind.isOfSources
        )
      }
      for (base, index) in forms.sorted(by: { $0.key < $1.key }) {
        let group = Group(suite: suite, architecture: architecture(of: base))
        groups[group, default: []].append(index)
      }
    }
    return groups
  }

  /// What an index is about: `amd64`, `amd64/udeb`, `source`.
  private static func architecture(of base: String) -> String {
    guard let index = IndexPath(base) else { return "" }
    return switch index.kind {
    case .sources: "source"
    case .udebs: (index.architecture ?? "") + "/udeb"
    case .packages: index.architecture ?? ""
    default: index.name?.split(separator: "/" as Character).last.map { String($0) } ?? ""
    }
  }

  /// Hands out every stanza of a state, each index once, with the suite it is of; those that `apt`
  /// cannot get among them.
  ///
  /// - Throws: what `open` and `body` throw, and `integrity` for an index that cannot be read.
  package static func forEachStanza(
    of state: State,
    open: Opening,
    _ body: (_ suite: String, PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    let groups = groups(of: state)
    for group in groups.keys.sorted() {
      try forEachStanza(groups[group] ?? [], state.files, open) { (stanza) throws(Failure) in
        try body(group.suite, stanza)
      }
    }
  }

  private static func read(
    _ indexes: [Index],
    _ files: FileList,
    _ open: Opening
  ) throws(Failure) -> PackageList {
    var list = PackageList()
    try forEachStanza(indexes, files, open) { (stanza) throws(Failure) in try list.add(stanza) }
    list.finish()
    return list
  }

  private static func forEachStanza(
    _ indexes: [Index],
    _ files: FileList,
    _ open: Opening,
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    for index in indexes {
      try Interruption.check()
      let file = try open(files.digest(at: index.position))
      var reader = PackageIndexReader(
        index.isSources ? .sources : .packages,
        name: files.path(at: index.position)
      )
      // Larger than any index is; Release's limits were kept when the snapshot was made.
      try Decompressor.forEachBlock(of: file, index.compression, limit: 16 << 30) {
        (bytes) throws(Failure) in
        try reader.feed(unsafe bytes._unsafeView(as: UInt8.self), body)
      }
      try reader.finish(body)
    }
  }
}
