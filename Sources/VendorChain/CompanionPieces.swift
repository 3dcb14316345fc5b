internal import DebianRepository
internal import SafeIO

/// What an index that accompanies packages is made of: descriptions, each a stanza; or files, each with
/// one package that has it.
///
/// A composed snapshot has some pieces of its vendors' indexes, each byte for byte.
enum CompanionPieces {
  /// A piece, in one or two parts, and the name of the package that it is of.
  typealias Body = (
    _ first: Span<UInt8>, _ second: Span<UInt8>, _ name: Span<UInt8>
  ) throws(Failure) -> Void

  /// Hands out the pieces of an index; answers how many of its lines are none.
  static func forEach(
    in content: IndexContent,
    of file: borrowing OpenFile,
    _ kind: IndexKind,
    _ body: Body
  ) throws(Failure) -> Int {
    if kind == .translation {
      try forEachDescription(in: content, of: file, body)
      return 0
    }
    return try forEachFile(in: content, of: file, body)
  }

  private static func forEachDescription(
    in content: IndexContent,
    of file: borrowing OpenFile,
    _ body: Body
  ) throws(Failure) {
    var reader = StanzaReader(deciding: ["Package"], name: content.name, limits: .index)
    func take(_ stanza: Stanza) throws(Failure) {
      let text = stanza.bytes
      // At the end of an index the last line end may lack.
      let end = !text.isEmpty && text[text.count - 1] == 0x0a ? text.count - 1 : text.count
      try body(text.extracting(0..<end), Span(), stanza.bytes(at: 0))
    }
    _ = try content.forEachBlock(of: file) { (bytes) throws(Failure) in
      try reader.feed(unsafe bytes._unsafeView(as: UInt8.self), take)
    }
    try reader.finish(take)
  }

  private static func forEachFile(
    in content: IndexContent,
    of file: borrowing OpenFile,
    _ body: Body
  ) throws(Failure) -> Int {
    var reader = ContentsReader(name: content.name)
    var others = 0
    func take(_ line: borrowing ContentsLine) throws(Failure) {
      guard line.isWhole else {
        others += 1
        return
      }
      try line.forEachPackage { (qualified, name) throws(Failure) in
        try body(line.place, qualified, name)
      }
    }
    _ = try content.forEachBlock(of: file) { (bytes) throws(Failure) in
      try reader.feed(unsafe bytes._unsafeView(as: UInt8.self)) { (line) throws(Failure) in
        try take(line)
      }
    }
    try reader.finish { (line) throws(Failure) in try take(line) }
    return others
  }
}

/// Which pieces can be one: those about the same language, or the files of the same packages.
struct CompanionTopic: Hashable {
  let kind: IndexKind
  let language: String?
  let architecture: String?

  init(_ index: IndexPath) {
    (kind, language, architecture) = (index.kind, index.language, index.architecture)
  }

  /// Whether a vendor's index vouches for pieces of a composed one.
  ///
  /// Packages for all architectures stand in an index of their own, in that of each architecture, or
  /// in both.
  func vouches(for own: CompanionTopic) -> Bool {
    guard kind == own.kind, language == own.language else { return false }
    return architecture == own.architecture || architecture == "all" || own.architecture == "all"
  }

  /// What sort of packages it is about.
  var sort: StanzaSort {
    switch kind {
    case .udebContents: .installer
    case .contents where architecture == "source": .source
    default: .binary
    }
  }
}
