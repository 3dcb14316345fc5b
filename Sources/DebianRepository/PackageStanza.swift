package import SafeIO

/// What one stanza says of a package, and of its files when it has some: these are checked.
///
/// Text is made only of what is asked for. It may be kept; then its bytes are.
package struct PackageStanza: Sendable {
  // The fields that decide, by their positions in the reader's list.
  enum Slot: Int, CaseIterable {
    case package, version, architecture, source
    case filename, size, sha256, sha512
    case directory, files, sourceSHA256, sourceSHA512, sourceSHA1

    var name: String {
      switch self {
      case .package: "Package"
      case .version: "Version"
      case .architecture: "Architecture"
      case .source: "Source"
      case .filename: "Filename"
      case .size: "Size"
      case .sha256: "SHA256"
      case .sha512: "SHA512"
      case .directory: "Directory"
      case .files: "Files"
      case .sourceSHA256: "Checksums-Sha256"
      case .sourceSHA512: "Checksums-Sha512"
      case .sourceSHA1: "Checksums-Sha1"
      }
    }

    private func decides(_ kind: PackageIndexReader.Kind) -> Bool {
      switch self {
      case .package, .version: true
      case .architecture, .source: kind != .sources
      case .filename, .size, .sha256, .sha512: kind == .packages
      case .directory, .files, .sourceSHA256, .sourceSHA512, .sourceSHA1: kind == .sources
      }
    }

    /// The names in the order of the cases; no field has an empty one.
    static func names(_ kind: PackageIndexReader.Kind) -> [String] {
      allCases.map { $0.decides(kind) ? $0.name : "" }
    }
  }

  /// What it describes.
  package let kind: PackageIndexReader.Kind
  private let stanza: Stanza
  private let binary: BinaryFile?
  private let sourceFiles: [ListedFile]
  /// Why `apt` cannot get its files, though it takes the index; the stanza has none then.
  package let unusable: Failure?

  init(_ stanza: Stanza, _ kind: PackageIndexReader.Kind, name: String) throws(Failure) {
    self.kind = kind
    self.stanza = stanza
    try PackageStanza.checkWords(stanza, kind, name: name)
    var (binary, sourceFiles): (BinaryFile?, [ListedFile]) = (nil, [])
    var unusable: Failure?
    do throws(Failure) {
      if stanza.hasNul {
        throw PackageStanza.refusal(stanza, .integrity, "malformed", "holds a NUL byte", name: name)
      }
      switch kind {
      case .packages: binary = try BinaryFile(of: stanza, name: name)
      case .sources: sourceFiles = try SourceFiles.read(stanza, name: name)
      case .status: break
      }
    } catch {
      unusable = error
    }
    (self.binary, self.sourceFiles, self.unusable) = (binary, sourceFiles, unusable)
  }

  private static func checkWords(
    _ stanza: Stanza,
    _ kind: PackageIndexReader.Kind,
    name: String
  ) throws(Failure) {
    // Of source packages apt only looks when one is asked for.
    guard kind == .sources || !stanza.bytes(at: Slot.package.rawValue).isEmpty else {
      throw refusal(stanza, .integrity, "malformed", "names no package", name: name)
    }
    // The architectures of a source package are a list, its `Source` is not read.
    let words: [Slot] =
      kind == .sources ? [.package, .version] : [.package, .version, .architecture, .source]
    for slot in words {
      let length = stanza.bytes(at: slot.rawValue).count
      guard length <= PackageIndexReader.longestWord else {
        let limit = PackageIndexReader.longestWord
        throw refusal(
          stanza,
          .unsafe,
          "too-large",
          "has a \(slot.name) of \(length) bytes; more than \(limit) are not read",
          name: name
        )
      }
    }
  }

  /// The package.
  package var package: String { text(.package) }
  /// Its version; empty for what is not installed.
  package var version: String { text(.version) }
  /// Its architecture, `all` too; `source` for a source package.
  package var architecture: String { kind == .sources ? "source" : text(.architecture) }
  /// The source package that it was made from, as `Source` says; its own name without that.
  package var source: String {
    let text = kind == .sources ? "" : text(.source).prefix { $0 != " " && $0 != "(" }
    return text.isEmpty ? package : String(text)
  }
  /// What it is called in messages.
  package var label: String { "\(package) \(version) \(architecture)" }

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
  /// The bytes of its `Architecture` field.
  package var architectureBytes: Span<UInt8> {
    @_lifetime(borrow self)
    get { stanza.bytes(at: Slot.architecture.rawValue) }
  }

  private func text(_ slot: Slot) -> String { stanza.string(at: slot.rawValue) ?? "" }
}

/// The stanza itself.
extension PackageStanza {
  /// The stanza's place in the uncompressed index, without the blank line behind it.
  package var extent: Range<UInt64> { stanza.extent }

  /// All of it byte for byte.
  package var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get { stanza.bytes }
  }

  /// The value of any field without a copy, white space around it gone, its lines as they stand;
  /// empty when the field lacks.
  ///
  /// Of several with the name the last one counts, as for `apt`.
  @_lifetime(borrow self)
  package func bytes(of name: FieldName) -> Span<UInt8> { stanza.bytes(of: name) }

  /// Whether there is such a field, with a value or without.
  package func has(_ name: FieldName) -> Bool { stanza.has(name) }

  /// A field as text; nil when it lacks.
  ///
  /// Bytes that are no UTF-8 are replaced.
  package func string(of name: FieldName) -> String? {
    has(name) ? String(decoding: Array(copying: bytes(of: name)), as: UTF8.self) : nil
  }

  /// Hands out the lines of a field that have something on them, without the white space around:
  /// of `Package-List`, `Checksums-Sha256`, `Conffiles`.
  package func forEachLine<Fault: Error>(
    of name: FieldName,
    _ body: (Span<UInt8>) throws(Fault) -> Void
  ) throws(Fault) {
    let list = bytes(of: name)
    var lines = FilledLines()
    while let line = lines.next(in: list) {
      var (start, end) = (line.lowerBound, line.upperBound)
      while Stanza.isSpace(list[start]) { start &+= 1 }
      while Stanza.isSpace(list[end &- 1]) { end &-= 1 }
      try body(list.extracting(start..<end))
    }
  }

  /// Whether dpkg has it installed: the last word of `Status`.
  package var isInstalled: Bool {
    Stanza.words(Array(copying: bytes(of: .status))[...]).last?.elementsEqual("installed".utf8)
      ?? false
  }
}

/// The files.
extension PackageStanza {
  /// Its files in the pool, sorted: path below the archive's root, size, strong hashes.
  package var files: [ListedFile] { binary.map { [listed($0)] } ?? sourceFiles }

  /// Hands out each of its files, as `files` has them.
  package func forEachFile<Fault: Error>(
    _ body: (ListedFile) throws(Fault) -> Void
  ) throws(Fault) {
    if let binary { return try body(listed(binary)) }
    for file in sourceFiles { try body(file) }
  }

  /// The size of all its files, in bytes; saturates.
  package var size: UInt64 {
    sourceFiles.reduce(binary?.size ?? 0) { sum, file in
      let (total, overflow) = sum.addingReportingOverflow(file.size)
      return overflow ? .max : total
    }
  }

  /// SHA-256 of the file of a binary package, when it is listed.
  package var sha256: SHA256Digest? { binary?.sha256 }

  private func listed(_ binary: BinaryFile) -> ListedFile {
    let spelled = stanza.bytes(at: Slot.filename.rawValue)
    guard
      let path = binary.resolved
        ?? RelativePath(Array(copying: spelled.extracting(droppingFirst: binary.pathPrefix)))
    else {
      preconditionFailure("the path was checked when the stanza was read")
    }
    let sha512 = stanza.string(at: Slot.sha512.rawValue).flatMap { $0.isEmpty ? nil : $0 }
    return ListedFile(path: path, size: binary.size, sha256: binary.sha256, sha512: sha512)
  }
}

extension PackageStanza {
  /// A refusal that names the package, or else the line.
  static func refusal(
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
