internal import Archives
internal import DebianRepository
internal import SafeIO
internal import VendorChain

/// The indexes and the Release file of a composed suite, as bytes.
///
/// The same packages give the same bytes, at every site and time: the Release file has no date. Nobody
/// signs it: the bundle that carries it is signed, and the site that publishes writes one of its own.
struct ComposedIndexes {
  /// A file below the suite's directory.
  struct File {
    let path: String
    let bytes: [UInt8]
  }

  private(set) var files: [File] = []
  private var listed: [ListedFile] = []
  private let compressions: [Compression]

  /// - Parameters:
  ///   - packages: all of them, in the order of indexes.
  ///   - suite: what the suite is called.
  ///   - architectures: what binary packages and the installer's are there for.
  ///   - compressions: the forms of each index.
  /// - Throws: `internal` and `resource` where compressing fails.
  init(
    of packages: [ComposedPackage],
    suite: String,
    architectures: (StanzaSort) -> Set<String>,
    compressions: [Compression]
  ) throws(Failure) {
    self.compressions = compressions
    let components = Set(packages.map(\.component)).sorted()
    var names: Set<String> = []
    for component in components.isEmpty ? ["main"] : components {
      let own = packages.filter { $0.component == component }
      for sort in [StanzaSort.binary, .installer] {
        let wanted = own.filter { $0.sort == sort }
        guard !wanted.isEmpty || packages.isEmpty && sort == .binary else { continue }
        let all = architectures(sort).union(wanted.map(\.architecture)).subtracting(["all"])
        for architecture in all.isEmpty ? ["all"] : all.sorted() {
          names.insert(architecture)
          let kind = sort == .binary ? IndexKind.packages : .udebs
          try add(
            IndexPath(kind, component: component, architecture: architecture),
            wanted.filter { [architecture, "all"].contains($0.architecture) }
          )
        }
      }
      let sources = own.filter { $0.sort == .source }
      if !sources.isEmpty { try add(IndexPath(.sources, component: component), sources) }
    }
    try addRelease(suite, components.isEmpty ? ["main"] : components, names.sorted())
  }

  /// Writes one index, in each form.
  private mutating func add(
    _ index: IndexPath,
    _ packages: [ComposedPackage]
  ) throws(Failure) {
    try Interruption.check()
    var writers: [(Compression, Compressor?)] = []
    for compression in compressions {
      let writer: Compressor? = if compression == .none { nil } else { try Compressor(compression) }
      writers.append((compression, writer))
    }
    var (plain, hasher, size): ([UInt8], SHA256Hasher, UInt64) = ([], SHA256Hasher(), 0)
    let keepsPlain = compressions.contains(.none)
    for package in packages {
      let text = package.text + [0x0a]
      hasher.update(text)
      size += UInt64(text.count)
      if keepsPlain { plain += text }
      for (_, writer) in writers { try writer?.write(unsafe text.span.bytes) }
    }
    // apt unpacks what it gets and compares this; the file itself need not be there.
    list(index.text, size, hasher.finish())
    for (compression, writer) in writers {
      let path = index.with(ending: compression.suffix).text
      let bytes = try writer?.finish() ?? plain
      files.append(File(path: path, bytes: bytes))
      if compression != .none { list(path, UInt64(bytes.count), SHA256Digest.of(bytes)) }
    }
  }

  private mutating func list(_ path: String, _ size: UInt64, _ digest: SHA256Digest) {
    guard let path = RelativePath(path) else { return }
    listed.append(ListedFile(path: path, size: size, sha256: digest))
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
    files.append(File(path: "Release", bytes: text.bytes))
  }
}
