internal import Archives
internal import DebianRepository
internal import Objects
internal import SafeIO
internal import VendorChain

/// The indexes and the Release file of a composed suite, written into a staging.
///
/// The same packages of the same sources give the same bytes, at every site and time: the Release file
/// has no date. Nobody signs it: the bundle that carries it is signed, and the site that publishes
/// writes one of its own.
struct ComposedIndexes {
  /// A file below the suite's directory.
  struct File {
    let path: String
    let size: UInt64
    let digest: SHA256Digest
  }

  private(set) var files: [File] = []
  private var listed: [ListedFile] = []
  private let packages: [ComposedPackage]
  private let spool: StanzaSpool
  private let sources: SourceSnapshots
  private let compressions: [Compression]
  private let staging: Staging

  /// Writes all of them.
  ///
  /// - Parameters:
  ///   - packages: all of them, in the order of indexes.
  ///   - spool: where their stanzas are.
  ///   - suite: what the suite is called.
  ///   - sources: where they come from, for their architectures.
  ///   - proofs: where descriptions and files of theirs are listed; learns what it has to carry.
  ///   - compressions: the forms of each index.
  ///   - staging: where the files go.
  /// - Throws: `internal` and `resource` where compressing fails, `io` where writing does.
  init(
    of packages: [ComposedPackage],
    _ spool: StanzaSpool,
    suite: String,
    in sources: SourceSnapshots,
    _ proofs: inout ProofSelection,
    compressions: [Compression],
    to staging: Staging
  ) throws(Failure) {
    (self.packages, self.spool, self.sources) = (packages, spool, sources)
    (self.compressions, self.staging) = (compressions, staging)
    let found = Set(packages.map(\.component)).sorted()
    let components = found.isEmpty ? ["main"] : found
    var architectures: Set<String> = []
    for component in components {
      let own = packages.filter { $0.component == component }
      for (sort, architecture) in indexes(of: own) {
        if sort != .source { architectures.insert(architecture) }
        try add(sort, architecture, of: own, in: component)
      }
      try addCompanions(of: own, in: component, &proofs)
    }
    try addRelease(suite, components, architectures.sorted())
  }

  /// The sorts and architectures that a component has indexes of, for these packages of it.
  private func indexes(of own: [ComposedPackage]) -> [(StanzaSort, String)] {
    var found: [(StanzaSort, String)] = []
    for sort in [StanzaSort.binary, .installer] {
      let wanted = own.filter { $0.sort == sort }
      guard !wanted.isEmpty || packages.isEmpty && sort == .binary else { continue }
      let all = sources.architectures(sort).union(wanted.map(\.architecture)).subtracting(["all"])
      found += (all.isEmpty ? ["all"] : all.sorted()).map { (sort, $0) }
    }
    if own.contains(where: { $0.sort == .source }) { found.append((.source, "source")) }
    return found
  }

  /// Writes one index of packages.
  private mutating func add(
    _ sort: StanzaSort,
    _ architecture: String,
    of own: [ComposedPackage],
    in component: String
  ) throws(Failure) {
    var writer = try IndexFileWriter(compressions, staging)
    let lineEnd: [UInt8] = [0x0a]
    for package in own
    where package.sort == sort && [architecture, "all"].contains(package.architecture) {
      try spool.read(package.text) { (part) throws(Failure) in try writer.write(part) }
      try writer.write(lineEnd.span)
    }
    let index: IndexPath
    switch sort {
    case .binary: index = IndexPath(.packages, component: component, architecture: architecture)
    case .installer: index = IndexPath(.udebs, component: component, architecture: architecture)
    case .source: index = IndexPath(.sources, component: component)
    }
    try list(index, &writer)
  }

  /// Writes the descriptions of a component's packages and which files they have, as far as their
  /// sources say so.
  private mutating func addCompanions(
    of own: [ComposedPackage],
    in component: String,
    _ proofs: inout ProofSelection
  ) throws(Failure) {
    let cut = CompanionCut(component, of: packages, proofs.origins, in: sources)
    for language in cut.languages {
      let index = IndexPath(.translation, component: component, language: language)
      try add(index, &proofs) { (write) throws(Failure) in
        try cut.descriptions(in: language, to: write)
      }
    }
    for (sort, architecture) in indexes(of: own) {
      let kind = sort == .installer ? IndexKind.udebContents : .contents
      let index = IndexPath(kind, component: component, architecture: architecture)
      try add(index, &proofs) { (write) throws(Failure) in
        try cut.files(of: sort, architecture, to: write)
      }
    }
  }

  /// Writes one of them when there is anything in it.
  private mutating func add(
    _ index: IndexPath,
    _ proofs: inout ProofSelection,
    _ make: (CompanionCut.Target) throws(Failure) -> [CompanionCut.Used]
  ) throws(Failure) {
    var writer: IndexFileWriter?
    let (compressions, staging) = (compressions, staging)
    let used = try make { (bytes) throws(Failure) in
      if writer == nil { writer = try IndexFileWriter(compressions, staging) }
      try writer?.write(bytes)
    }
    guard var made = writer else { return }
    try list(index, &made)
    for (origin, companion) in used { proofs.add(companion, of: proofs.origins[origin]) }
  }

  /// Ends an index, and lists its forms.
  private mutating func list(
    _ index: IndexPath,
    _ writer: inout IndexFileWriter
  ) throws(Failure) {
    let (plain, forms) = try writer.finish()
    // apt unpacks what it gets and compares this; the file itself need not be there.
    list(index.text, plain)
    for form in forms {
      let path = index.with(ending: form.compression.suffix).text
      files.append(File(path: path, size: form.size, digest: form.digest))
      if form.compression != .none { list(path, form) }
    }
  }

  private mutating func list(_ path: String, _ file: IndexFileWriter.File) {
    guard let path = RelativePath(path) else { return }
    listed.append(ListedFile(path: path, size: file.size, sha256: file.digest))
  }

  private mutating func addRelease(
    _ suite: String,
    _ components: [String],
    _ architectures: [String]
  ) throws(Failure) {
    var text = ReleaseText()
    text.set("Suite", suite)
    text.set("Codename", suite)
    if !architectures.isEmpty {
      text.set("Architectures", architectures.joined(separator: " "))
    }
    text.set("Components", components.joined(separator: " "))
    text.files = listed
    let bytes = text.bytes
    files.append(
      File(path: "Release", size: UInt64(bytes.count), digest: try staging.keep(bytes: bytes))
    )
  }
}
