internal import Archives
internal import DebianRepository
internal import Depot
internal import Objects
internal import SafeIO
internal import VendorChain

/// One index of a source snapshot: one of the forms that it has.
struct SourceIndex {
  /// The number of the source.
  let source: Int
  let suite: SuiteRecord
  /// What the index is of, below the suite's directory.
  let path: IndexPath
  let sort: StanzaSort
  /// The form that costs least to read.
  let reading: (path: String, digest: SHA256Digest, compression: Compression)
  /// The form that costs least to carry.
  let carrying: (path: String, size: UInt64, digest: SHA256Digest)
  /// The stanzas, where they are in memory and in no file.
  var text: [UInt8]?

  /// The component that its packages come in: of `updates/main` the last part, as for apt.
  var component: String {
    path.component.flatMap { $0.split(separator: "/").last.map { String($0) } } ?? "main"
  }

  /// From the cheapest to read to the dearest.
  private static let order: [Compression] = [.none, .zstd, .lz4, .gzip, .xz, .bzip2, .lzma]

  /// All indexes of a suite of a snapshot, sorted by their paths.
  static func all(of suite: SuiteRecord, in list: FileList, source: Int) -> [SourceIndex] {
    var forms: [String: [(position: Int, compression: Compression)]] = [:]
    for position in list.indices(withPrefix: suite.directory) {
      let path = list.path(at: position).dropFirst(suite.directory.utf8.count)
      // A flat repository's pool lies below the same directory, its indexes do not.
      guard !suite.isFlat || !path.contains("/"), let index = IndexPath(path),
        StanzaSort(index.kind) != nil, let compression = Compression(fileName: path)
      else { continue }
      forms[index.plain.text, default: []].append((position, compression))
    }
    return forms.sorted { $0.key < $1.key }.compactMap { base, forms in
      guard let path = IndexPath(base), let sort = StanzaSort(path.kind),
        let read = forms.min(by: { rank($0.compression) < rank($1.compression) }),
        let carried = forms.min(by: { list.size(at: $0.position) < list.size(at: $1.position) })
      else { return nil }
      return SourceIndex(
        source: source,
        suite: suite,
        path: path,
        sort: sort,
        reading: (list.path(at: read.position), list.digest(at: read.position), read.compression),
        carrying: (
          list.path(at: carried.position), list.size(at: carried.position),
          list.digest(at: carried.position)
        )
      )
    }
  }

  private static func rank(_ compression: Compression) -> Int {
    order.firstIndex(of: compression) ?? order.count
  }

  /// Hands out its stanzas; those that `apt` cannot use are passed over.
  func forEachStanza(
    in objects: any ObjectStore,
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    if let text { return try StanzaFile.forEach(in: text, sort, name: reading.path, body) }
    try StanzaFile.forEach(
      in: objects.open(reading.digest),
      reading.compression,
      sort,
      name: reading.path,
      body
    )
  }
}

/// An index as a file of the depot.
enum StanzaFile {
  /// Hands out the stanzas of a text; those that `apt` cannot use are passed over.
  static func forEach(
    in text: [UInt8],
    _ sort: StanzaSort,
    name: String,
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    var reader = PackageIndexReader(sort == .source ? .sources : .packages, name: name)
    func take(_ stanza: PackageStanza) throws(Failure) {
      if stanza.unusable == nil { try body(stanza) }
    }
    try reader.feed(text.span, take)
    try reader.finish(take)
  }

  /// Hands out the stanzas of an index; those that `apt` cannot use are passed over.
  static func forEach(
    in file: consuming OpenFile,
    _ compression: Compression,
    _ sort: StanzaSort,
    name: String,
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    try Interruption.check()
    var reader = PackageIndexReader(sort == .source ? .sources : .packages, name: name)
    func take(_ stanza: PackageStanza) throws(Failure) {
      if stanza.unusable == nil { try body(stanza) }
    }
    // Larger than any index is; Release's limits were kept when the snapshot was made.
    try Decompressor.forEachBlock(of: file, compression, limit: 16 << 30) {
      (bytes) throws(Failure) in
      try reader.feed(unsafe bytes._unsafeView(as: UInt8.self), take)
    }
    try reader.finish(take)
  }
}
