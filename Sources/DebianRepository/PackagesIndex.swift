package import SafeIO

/// Reads a Packages index from blocks as they come and hands out what each stanza says of its
/// pool file.
///
/// One pass; memory does not grow with the index.
package struct PackagesIndex: Sendable {
  /// What a stanza says of the file that it describes.
  package struct Entry: Sendable {
    /// The binary package.
    package let package: String
    /// Its version.
    package let version: String
    /// Its architecture, `all` too.
    package let architecture: String
    /// The pool file: path below the archive's root, size, strong hashes.
    package let file: ListedFile

    /// What it is called in messages.
    package var label: String { "\(package) \(version) \(architecture)" }
  }

  // The positions of the fields in the list of wanted ones.
  private enum Slot: Int, CaseIterable {
    case package, version, architecture, filename, size, sha256, sha512

    var name: String {
      switch self {
      case .package: "Package"
      case .version: "Version"
      case .architecture: "Architecture"
      case .filename: "Filename"
      case .size: "Size"
      case .sha256: "SHA256"
      case .sha512: "SHA512"
      }
    }
  }

  private var reader: StanzaReader
  private let name: String
  /// How many stanzas have been read.
  package private(set) var count = 0

  /// A reader of the index that is called `name` in messages.
  package init(name: String) {
    self.name = name
    reader = StanzaReader(wanted: Slot.allCases.map(\.name), name: name)
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
    func text(_ slot: Slot) -> String? { stanza.string(at: slot.rawValue) }
    func refuse(_ kind: FailureClass, _ code: String, _ what: String) -> Failure {
      let label = [text(.package), text(.version), text(.architecture)].compactMap { $0 }
        .joined(separator: " ")
      return Failure(
        kind,
        code,
        "the stanza of \(label.isEmpty ? "line \(stanza.lastLine)" : Escaped.line(label)) \(what)",
        subject: name
      )
    }
    guard let package = text(.package), !package.isEmpty else {
      throw refuse(.integrity, "malformed", "names no package")
    }
    guard let filename = stanza.value(at: Slot.filename.rawValue) else {
      throw refuse(.integrity, "malformed", "has no Filename")
    }
    guard let path = ArchivePath.parse(filename) else {
      let shown = String(decoding: filename.prefix(2000), as: UTF8.self)
      throw refuse(
        .unsafe,
        "path",
        "has a Filename that may not be used: \(Escaped.line(shown, limit: 300))"
      )
    }
    guard let digits = stanza.value(at: Slot.size.rawValue) else {
      throw refuse(.integrity, "malformed", "has no Size")
    }
    guard let size = DecimalNumber.read(digits) else {
      throw refuse(.integrity, "malformed", "has a Size that is no number of bytes")
    }
    var file = ListedFile(path: path, size: size)
    for (slot, hash) in [(Slot.sha256, ListedHash.sha256), (Slot.sha512, ListedHash.sha512)] {
      guard let value = stanza.value(at: slot.rawValue) else { continue }
      guard hash.isValue(value), file.set(hash, String(decoding: value, as: UTF8.self)) else {
        throw refuse(.integrity, "malformed", "has a \(hash.rawValue) that is none")
      }
    }
    guard !file.isWeak else {
      throw refuse(.trust, "weak-hashes", "has neither SHA256 nor SHA512")
    }
    return Entry(
      package: package,
      version: text(.version) ?? "",
      architecture: text(.architecture) ?? "",
      file: file
    )
  }
}
