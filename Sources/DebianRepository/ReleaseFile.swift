package import SafeIO

/// What a Release file states: the suite, its dates and every index with size and hashes.
package struct ReleaseFile: Sendable {
  /// The longest Release file that is read, in bytes.
  package static let longest = 32 << 20
  /// The longest line of one, in bytes.
  package static let longestLine = 1 << 16

  /// All fields, the unknown ones too.
  package let stanza: Stanza
  /// `Date`, when it has one.
  package let date: UTCTime?
  /// `Valid-Until`, when it has one.
  package let validUntil: UTCTime?
  /// `Architectures`, opaque names.
  package let architectures: [String]
  /// `Components`, as written: `main`, `updates/main`.
  package let components: [String]
  /// Every listed file, sorted by path; never the Release file itself under its own names.
  package let files: [ListedFile]

  /// `Origin`: whose archive this is.
  package var origin: String? { stanza.string(of: "Origin") }
  /// `Label`: the archive's name for people and pinning.
  package var label: String? { stanza.string(of: "Label") }
  /// `Version` of the release, such as `12.8`.
  package var version: String? { stanza.string(of: "Version") }
  /// `Suite`: `stable`, `noble-updates`.
  package var suite: String? { stanza.string(of: "Suite") }
  /// `Codename`: `bookworm`.
  package var codename: String? { stanza.string(of: "Codename") }
  /// `Description`, for people.
  package var summary: String? { stanza.string(of: "Description") }
  /// `Changelogs`: a URL template.
  package var changelogs: String? { stanza.string(of: "Changelogs") }
  /// `Snapshots`: a URL template.
  package var snapshots: String? { stanza.string(of: "Snapshots") }
  /// `Release-Notes`: a URL.
  package var releaseNotes: String? { stanza.string(of: "Release-Notes") }
  /// `Packages-Require-Authorization`: whether the pool is open to subscribers only.
  package var packagesRequireAuthorization: Bool { flag("Packages-Require-Authorization") }
  /// `Signed-By`: fingerprints that may sign the next Release file.
  package var signedBy: String? { stanza.string(of: "Signed-By") }
  /// `No-Support-for-Architecture-all`: for which indexes `all` is repeated elsewhere.
  package var noSupportForArchitectureAll: String? {
    stanza.string(of: "No-Support-for-Architecture-all")
  }
  /// `Acquire-By-Hash`: whether clients ask for by-hash names.
  package var acquireByHash: Bool { flag("Acquire-By-Hash") }
  /// `NotAutomatic`: pin priority 1.
  package var notAutomatic: Bool { flag("NotAutomatic") }
  /// `ButAutomaticUpgrades`: pin priority 100.
  package var butAutomaticUpgrades: Bool { flag("ButAutomaticUpgrades") }

  /// A field, also an unknown one, byte for byte as it stands in the file.
  ///
  /// Its name is there too, the line feed at its end is not; nil when the field lacks.
  package func raw(of name: String) -> ArraySlice<UInt8>? { stanza.raw(of: name) }

  /// Whether `Components` has the component, also behind a prefix as `updates/main` has one.
  package func hasComponent(_ name: String) -> Bool {
    components.contains { $0 == name || $0.hasSuffix("/" + name) }
  }

  private func flag(_ name: String) -> Bool {
    // The words that apt takes for yes.
    ["yes", "true", "with", "on", "enable", "1"].contains(
      stanza.string(of: name)?.lowercased() ?? ""
    )
  }

  /// Reads a Release file, whose signature has been verified or was waived.
  ///
  /// - Throws: `integrity` for what is no Release file, `trust` when it lists files by MD5 and
  ///   SHA-1 only or by nothing, `unsafe` for paths and lengths that may not be.
  package init(_ text: Span<UInt8>, name: String) throws(Failure) {
    guard text.count <= ReleaseFile.longest else {
      throw Failure(
        .unsafe,
        "too-large",
        "this Release file is longer than the \(ReleaseFile.longest) bytes that it may have",
        subject: name
      )
    }
    for index in text.indices where text[index] < 0x20 || text[index] == 0x7f {
      guard text[index] == 0x0a || text[index] == 0x09 || text[index] == 0x0d else {
        throw Failure(
          .integrity,
          "control-character",
          "byte \(index) of this Release file is a control character",
          subject: name
        )
      }
    }
    stanza = try ReleaseFile.onlyStanza(text, name: name)
    date = try ReleaseFile.date("Date", in: stanza, name: name)
    validUntil = try ReleaseFile.date("Valid-Until", in: stanza, name: name)
    architectures = ReleaseFile.words("Architectures", in: stanza)
    components = ReleaseFile.words("Components", in: stanza)
    files = try ReleaseFile.files(in: stanza, name: name)
  }

  private static func onlyStanza(_ text: Span<UInt8>, name: String) throws(Failure) -> Stanza {
    var reader = StanzaReader(
      deciding: nil,
      name: name,
      limits: .init(line: longestLine, value: longest)
    )
    var stanzas: [Stanza] = []
    func take(_ stanza: Stanza) throws(Failure) {
      guard stanzas.isEmpty else {
        throw Failure(
          .integrity,
          "malformed",
          "this Release file has more than one stanza",
          subject: name
        )
      }
      stanzas.append(stanza)
    }
    try reader.feed(text, take)
    try reader.finish(take)
    guard let only = stanzas.first else {
      throw Failure(.integrity, "malformed", "this Release file is empty", subject: name)
    }
    return only
  }

  private static func date(
    _ field: String,
    in stanza: Stanza,
    name: String
  ) throws(Failure) -> UTCTime? {
    guard let text = stanza.string(of: field) else { return nil }
    guard let date = ArchiveDate.parse(text) else {
      throw Failure(
        .integrity,
        "malformed",
        "\(field) of this Release file is no date in UTC: \(Escaped.line(text, limit: 60))",
        subject: name
      )
    }
    return date
  }

  private static func words(_ field: String, in stanza: Stanza) -> [String] {
    Stanza.words(stanza.value(of: field) ?? []).map { String(decoding: $0, as: UTF8.self) }
  }
}

extension ReleaseFile {
  /// Its own names, which some writers list by accident, with the hash of a half-written file.
  private static let ownNames = ["Release", "Release.gpg", "InRelease"]

  /// The listed file of a path, found by halving.
  package func file(_ path: RelativePath) -> ListedFile? {
    var low = 0
    var high = files.count
    while low < high {
      let middle = (low + high) / 2
      if files[middle].path < path { low = middle + 1 } else { high = middle }
    }
    return low < files.count && files[low].path == path ? files[low] : nil
  }

  private static func files(in stanza: Stanza, name: String) throws(Failure) -> [ListedFile] {
    var byPath: [RelativePath: ListedFile] = [:]
    var hasStrong = false
    for hash in ListedHash.allCases {
      guard let list = stanza.value(of: hash.rawValue) else { continue }
      hasStrong = hasStrong || hash.isStrong
      var lines = FileLine.Lines()
      while let line = lines.next(in: list.span) {
        try add(list.span, line, hash, to: &byPath, name: name)
      }
    }
    guard hasStrong else {
      throw Failure(
        .trust,
        "weak-hashes",
        "this Release file lists its files by neither SHA-256 nor SHA-512; apt refuses it too",
        subject: name,
        hint: "ask the archive's owner to list SHA256"
      )
    }
    for own in ownNames {
      if let path = RelativePath(own) { byPath[path] = nil }
    }
    return byPath.values.sorted { $0.path < $1.path }
  }

  private static func add(
    _ list: Span<UInt8>,
    _ place: Range<Int>,
    _ hash: ListedHash,
    to byPath: inout [RelativePath: ListedFile],
    name: String
  ) throws(Failure) {
    let text = list.extracting(place)
    guard let line = FileLine(list, place, of: hash) else {
      throw refuse(
        text,
        hash,
        "has a line that is not hash, size and path",
        .integrity,
        "malformed",
        name
      )
    }
    guard let path = ArchivePath.parse(list.extracting(line.name)) else {
      throw refuse(text, hash, "names a path that may not be used", .unsafe, "path", name)
    }
    var file = byPath[path] ?? ListedFile(path: path, size: line.size)
    guard file.size == line.size, file.set(hash, list.extracting(line.hash)) else {
      throw refuse(
        text,
        hash,
        "contradicts what stands there of the same path",
        .integrity,
        "two-contents",
        name
      )
    }
    byPath[path] = file
  }

  private static func refuse(
    _ line: Span<UInt8>,
    _ hash: ListedHash,
    _ what: String,
    _ kind: FailureClass,
    _ code: Failure.Name,
    _ name: String
  ) -> Failure {
    let line = Stanza.words(Array(copying: line)[...])
      .map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    return Failure(
      kind,
      code,
      "the \(hash.rawValue) list of this Release file \(what): \(Escaped.line(line, limit: 300))",
      subject: name
    )
  }
}
