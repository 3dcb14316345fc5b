internal import Archives
internal import DebianRepository
internal import Depot
internal import Objects
internal import SafeIO
internal import VendorChain

/// The vendors' signed lists that vouch for the packages of a composition: as few as possible, and
/// nothing of them is changed.
struct ProofSelection {
  /// A file of the composed snapshot.
  struct File {
    let path: String
    let size: UInt64
    let digest: SHA256Digest
  }

  private(set) var files: [String: File] = [:]
  /// The vendors' keys that signed the lists, as was verified here.
  private(set) var signers: Set<String> = []
  /// The exporters that vouched for what no vendor signed.
  private(set) var vouchers: Set<String> = []
  /// How many packages no vendor vouches for.
  private(set) var own = 0
  /// Where the packages come from, but those of this site itself.
  private(set) var origins: [Origin] = []

  private let sources: SourceSnapshots
  private let objects: any ObjectStore

  init(
    of packages: [ComposedPackage],
    in sources: SourceSnapshots,
    _ objects: any ObjectStore
  ) throws(Failure) {
    (self.sources, self.objects) = (sources, objects)
    var ofIndexes: [Int: [Int]] = [:]
    var ofComposed: [Int: [SHA256Digest: [Int]]] = [:]
    for (position, package) in packages.enumerated() {
      guard let index = package.index else {
        own += 1
        continue
      }
      if sources.records[package.source].kind == .composed {
        // One may come in several components.
        ofComposed[package.source, default: [:]][package.identity, default: []].append(position)
      } else {
        ofIndexes[index, default: []].append(position)
      }
    }
    for (number, positions) in ofIndexes.sorted(by: { $0.key < $1.key }) {
      try addIndex(sources.indexes[number], vouchingFor: positions)
    }
    for (source, positions) in ofComposed.sorted(by: { $0.key < $1.key }) {
      try addProofs(of: positions, from: source)
    }
  }

  /// Takes a signed index of a vendor in, that says more of packages which are taken.
  mutating func add(_ companion: IndexForms, of origin: Origin) {
    guard let prefix = origin.proof else { return }
    let carried = companion.carrying
    add(prefix + carried.path, carried.size, carried.digest)
  }

  /// The index of a vendor itself, with the Release files of its suite.
  private mutating func addIndex(
    _ index: SourceIndex,
    vouchingFor positions: [Int]
  ) throws(Failure) {
    guard !index.suite.isUnsigned else {
      own += positions.count
      vouchers.formUnion(index.suite.vouchedBy)
      note(positions, index.source, index.suite.directory, isFlat: index.suite.isFlat, proof: nil)
      return
    }
    let list = sources.lists[index.source]
    let releases = ["InRelease", "Release", "Release.gpg"].compactMap { name in
      list.index(of: index.suite.directory + name)
    }
    guard let first = releases.first else {
      throw Failure(
        .state,
        .noRelease,
        "the snapshot lacks the Release file of a distribution",
        subject: "\(index.suite.distribution) in \(sources.records[index.source].name)"
      )
    }
    let prefix = ProvenanceTree.prefix(list.digest(at: first))
    for position in releases {
      add(prefix + list.path(at: position), list.size(at: position), list.digest(at: position))
    }
    let carried = index.carrying
    add(prefix + carried.path, carried.size, carried.digest)
    signers.formUnion(index.suite.signedBy)
    note(positions, index.source, index.suite.directory, isFlat: index.suite.isFlat, proof: prefix)
  }

  /// Notes where packages come from.
  private mutating func note(
    _ positions: [Int],
    _ source: Int,
    _ directory: String,
    isFlat: Bool,
    proof: String?
  ) {
    if let known = origins.firstIndex(where: {
      $0.source == source && $0.directory == directory && $0.proof == proof
    }) {
      origins[known].packages += positions
      return
    }
    origins.append(
      Origin(
        source: source,
        directory: directory,
        isFlat: isFlat,
        proof: proof,
        packages: positions
      )
    )
  }

  private mutating func add(_ path: String, _ size: UInt64, _ digest: SHA256Digest) {
    files[path] = File(path: path, size: size, digest: digest)
  }

  /// What vouched for packages in a composed source goes on vouching for them.
  private mutating func addProofs(
    of positions: [SHA256Digest: [Int]],
    from source: Int
  ) throws(Failure) {
    let (record, list) = (sources.records[source], sources.lists[source])
    let paths = list.indices(withPrefix: ProvenanceTree.root).map { list.path(at: $0) }
    var open = positions
    for tree in try ProvenanceTree.all(in: paths) {
      var found: [Int] = []
      for path in tree.indexes where !open.isEmpty {
        let listed = try stanzas(path, tree, list)
        let taken = listed.flatMap { open.removeValue(forKey: $0) ?? [] }
        guard !taken.isEmpty else { continue }
        found += taken
        add(path, at: list)
      }
      guard !found.isEmpty else { continue }
      for path in tree.releases { add(path, at: list) }
      note(
        found.sorted(),
        source,
        tree.prefix + Distribution.directory(of: tree.distribution),
        isFlat: Distribution.isFlat(tree.distribution),
        proof: ""
      )
    }
    if open.count < positions.count { signers.formUnion(record.suites.flatMap(\.composedOf)) }
    guard !open.isEmpty else { return }
    vouchers.formUnion(record.suites.flatMap(\.vouchedBy))
    for suite in record.suites {
      note(open.values.joined().sorted(), source, suite.directory, isFlat: suite.isFlat, proof: nil)
    }
    own += open.count
  }

  private mutating func add(_ path: String, at list: FileList) {
    guard let position = list.index(of: path) else { return }
    add(path, list.size(at: position), list.digest(at: position))
  }

  /// What a list of a proof has; it was verified when the snapshot came into this depot.
  private func stanzas(
    _ path: String,
    _ tree: ProvenanceTree,
    _ list: FileList
  ) throws(Failure) -> Set<SHA256Digest> {
    let directory = tree.prefix + Distribution.directory(of: tree.distribution)
    guard let position = list.index(of: path),
      let index = IndexPath(path.dropFirst(directory.count)), let sort = StanzaSort(index.kind),
      let compression = Compression(fileName: path)
    else { return [] }
    var found: Set<SHA256Digest> = []
    try StanzaFile.forEach(
      in: objects.open(list.digest(at: position)),
      compression,
      sort,
      name: path
    ) { (stanza) in found.insert(stanza.identity(sort)) }
    return found
  }
}
