package import SafeIO

/// Reads a Packages index from blocks as they come and hands out what each stanza says of its
/// pool file.
///
/// One pass; memory does not grow with the index.
package struct PackagesIndex: Sendable {
  /// What a stanza says of the file that it describes, checked; text is made only of what is
  /// asked for.
  package struct Entry: Sendable {
    private let stanza: Stanza
    private let pathPrefix: Int
    /// Size of the pool file, in bytes.
    package let size: UInt64
    /// SHA-256 of the pool file, when it is listed.
    package let sha256: SHA256Digest?

    fileprivate init(_ stanza: Stanza, pathPrefix: Int, size: UInt64, sha256: SHA256Digest?) {
      self.stanza = stanza
      self.pathPrefix = pathPrefix
      self.size = size
      self.sha256 = sha256
    }

    /// The binary package.
    package var package: String { text(.package) }
    /// Its version.
    package var version: String { text(.version) }
    /// Its architecture, `all` too.
    package var architecture: String { text(.architecture) }
    /// The pool file: path below the archive's root, size, strong hashes.
    package var file: ListedFile {
      guard let path = RelativePath(Array(copying: pathBytes)) else {
        preconditionFailure("the path was checked when the entry was made")
      }
      let sha512 = stanza.string(at: Slot.sha512.rawValue)
      return ListedFile(path: path, size: size, sha256: sha256, sha512: sha512)
    }

    /// What it is called in messages.
    package var label: String { "\(package) \(version) \(architecture)" }

    /// The stanza's place in the uncompressed index, without the blank line behind it.
    package var extent: Range<UInt64> { stanza.extent }

    /// The bytes of `package`.
    package var packageBytes: Span<UInt8> {
      @_lifetime(borrow self)
      get { stanza.bytes(at: Slot.package.rawValue) }
    }
    /// The bytes of `version`.
    package var versionBytes: Span<UInt8> {
      @_lifetime(borrow self)
      get { stanza.bytes(at: Slot.version.rawValue) }
    }
    /// The bytes of `architecture`.
    package var architectureBytes: Span<UInt8> {
      @_lifetime(borrow self)
      get { stanza.bytes(at: Slot.architecture.rawValue) }
    }
    /// The source package that it was made from, as `Source` says; its own name without that.
    package var source: String {
      let text = text(.source).prefix { $0 != " " && $0 != "(" }
      return text.isEmpty ? package : String(text)
    }
    /// The bytes of the path of `file`.
    package var pathBytes: Span<UInt8> {
      @_lifetime(borrow self)
      get { stanza.bytes(at: Slot.filename.rawValue).extracting(droppingFirst: pathPrefix) }
    }

    private func text(_ slot: Slot) -> String { stanza.string(at: slot.rawValue) ?? "" }
  }

  // The positions of the fields in the list of wanted ones.
  fileprivate enum Slot: Int, CaseIterable {
    case package, version, architecture, filename, size, sha256, sha512, source

    var name: String {
      switch self {
      case .package: "Package"
      case .version: "Version"
      case .architecture: "Architecture"
      case .filename: "Filename"
      case .size: "Size"
      case .sha256: "SHA256"
      case .sha512: "SHA512"
      case .source: "Source"
      }
    }
  }

  /// The longest name, version or architecture, in bytes: apt ends with a fault at a longer one.
  static let longestWord = Int(UInt16.max)

  private var reader: StanzaReader
  private let name: String
  /// How many stanzas have been read.
  package private(set) var count = 0

  /// A reader of the index that is called `name` in messages.
  package init(name: String) {
    self.name = name
    reader = StanzaReader(
      wanted: Slot.allCases.map(\.name),
      name: name,
      limits: .index
    )
  }

  /// Takes the next bytes in and hands every stanza that ended in them to `body`.
  ///
  /// - Throws: `unsafe` for a Filename that may not be used, `trust` for a stanza with weak hashes
  ///   only, `integrity` for one without file or size, and whatever `body` throws.
  package mutating func feed(
    _ bytes: Span<UInt8>,
    _ body: (Entry) throws(Failure) -> Void
  ) throws(Failure) {
    let name = self.name
    var count = self.count
    defer { self.count = count }
    try reader.feed(bytes) { (stanza) throws(Failure) in
      count += 1
      try body(PackagesIndex.entry(stanza, name: name))
    }
  }

  /// Takes the end of the index.
  package mutating func finish(_ body: (Entry) throws(Failure) -> Void) throws(Failure) {
    let name = self.name
    var count = self.count
    defer { self.count = count }
    try reader.finish { (stanza) throws(Failure) in
      count += 1
      try body(PackagesIndex.entry(stanza, name: name))
    }
  }

  private static func entry(_ stanza: Stanza, name: String) throws(Failure) -> Entry {
    func has(_ slot: Slot) -> Bool { stanza.range(at: slot.rawValue) != nil }
    func refuse(_ kind: FailureClass, _ code: Failure.Name, _ what: String) -> Failure {
      PackagesIndex.refuse(stanza, kind, code, what, name: name)
    }
    guard !stanza.bytes(at: Slot.package.rawValue).isEmpty else {
      throw refuse(.integrity, "malformed", "names no package")
    }
    for slot in [Slot.package, .version, .architecture, .source] {
      let length = stanza.bytes(at: slot.rawValue).count
      guard length <= PackagesIndex.longestWord else {
        throw refuse(
          .unsafe,
          "too-large",
          "has a \(slot.name) of \(length) bytes; more than \(PackagesIndex.longestWord) are not read"
        )
      }
    }
    guard has(.filename) else { throw refuse(.integrity, "malformed", "has no Filename") }
    let filename = stanza.bytes(at: Slot.filename.rawValue)
    let pathPrefix = ArchivePath.prefixLength(filename)
    guard RelativePath.isValid(filename.extracting(droppingFirst: pathPrefix)) else {
      let shown = String(decoding: Array(copying: filename.extracting(first: 2000)), as: UTF8.self)
      throw refuse(
        .unsafe,
        "path",
        "has a Filename that may not be used: \(Escaped.line(shown, limit: 300))"
      )
    }
    guard has(.size) else { throw refuse(.integrity, "malformed", "has no Size") }
    let digits = stanza.bytes(at: Slot.size.rawValue)
    var cursor = 0
    guard let size = DecimalNumber.read(digits, at: &cursor), cursor == digits.count else {
      throw refuse(.integrity, "malformed", "has a Size that is no number of bytes")
    }
    var sha256: SHA256Digest?
    if has(.sha256) {
      sha256 = SHA256Digest(hex: stanza.bytes(at: Slot.sha256.rawValue))
      guard sha256 != nil else {
        throw refuse(.integrity, "malformed", "has a SHA256 that is none")
      }
    }
    if has(.sha512) {
      guard ListedHash.sha512.isValue(stanza.bytes(at: Slot.sha512.rawValue)) else {
        throw refuse(.integrity, "malformed", "has a SHA512 that is none")
      }
    } else if sha256 == nil {
      throw refuse(.trust, "weak-hashes", "has neither SHA256 nor SHA512")
    }
    return Entry(stanza, pathPrefix: pathPrefix, size: size, sha256: sha256)
  }

  private static func refuse(
    _ stanza: Stanza,
    _ kind: FailureClass,
    _ code: Failure.Name,
    _ what: String,
    name: String
  ) -> Failure {
    let label = [Slot.package, .version, .architecture]
      .compactMap { stanza.string(at: $0.rawValue) }.joined(separator: " ")
    return Failure(
      kind,
      code,
      "the stanza of \(label.isEmpty ? "line \(stanza.lastLine)" : Escaped.line(label, limit: 100)) \(what)",
      subject: name
    )
  }
}
