internal import Archives
internal import DebianRepository
internal import Depot
internal import SafeIO
internal import VendorChain

/// One index of packages of a source snapshot.
struct SourceIndex {
  /// The number of the source.
  let source: Int
  let suite: SuiteRecord
  let sort: StanzaSort
  let forms: IndexForms
  /// The stanzas, where they are in memory and in no file.
  var text: [UInt8]?

  /// What the index is of, below the suite's directory.
  var path: IndexPath { forms.path }
  /// The form that costs least to carry.
  var carrying: (path: String, size: UInt64, digest: SHA256Digest) { forms.carrying }
  /// What it is called in messages.
  var name: String { forms.reading.path }

  /// The component that its packages come in.
  var component: String { path.lastOfComponent ?? "main" }

  /// All indexes of packages in a suite of a snapshot, sorted by their paths.
  static func all(of suite: SuiteRecord, in list: FileList, source: Int) -> [SourceIndex] {
    let indexes = IndexForms.all(below: suite.directory, isFlat: suite.isFlat, in: list) {
      StanzaSort($0) != nil
    }
    return indexes.compactMap { forms in
      StanzaSort(forms.path.kind).map {
        SourceIndex(source: source, suite: suite, sort: $0, forms: forms)
      }
    }
  }

  /// Hands out its stanzas; those that `apt` cannot use are passed over.
  func forEachStanza(
    opening open: SourceSnapshots.Opening,
    _ body: (PackageStanza) throws(Failure) -> Void
  ) throws(Failure) {
    if let text { return try StanzaFile.forEach(in: text, sort, name: name, body) }
    try StanzaFile.forEach(
      in: open(forms.reading.digest),
      forms.reading.compression,
      sort,
      name: name,
      body
    )
  }
}

extension IndexPath {
  /// The component as clients name it: of `updates/main` the last part, as for apt.
  var lastOfComponent: String? {
    component.flatMap { $0.split(separator: "/").last.map { String($0) } }
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
