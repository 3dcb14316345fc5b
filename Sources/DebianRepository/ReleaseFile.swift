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
  /// Names of listed files that `apt` never asks for as they are written: `./main/…`, `a//b`.
  package let unread: [String]
  /// What is odd about the text, a part of a sentence each: `repeats the field Suite`.
  package let oddities: [String]

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

  /// Whether the suite has an architecture, as `apt` decides it: a file that names none has them all.
  package func hasArchitecture(_ name: String) -> Bool {
    architectures.isEmpty || architectures.contains(name)
  }

  /// Whether clients read packages for all architectures from indexes of their own.
  package var hasIndexesForAll: Bool {
    hasArchitecture("all")
      && !Stanza.spacedWords(stanza.value(of: "No-Support-for-Architecture-all") ?? [])
        .contains { $0.elementsEqual("Packages".utf8) }
  }

  /// Reads a Release file as `apt` does, whose signature has been verified or was waived.
  ///
  /// - Throws: `integrity` for what `apt` cannot read, `trust` when it lists files by MD5 and SHA-1
  ///   only or by nothing, `unsafe` for a text that is too long.
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
      // Within a line a CR would be kept, and no clearsigned text may have one.
      let isEnd = text[index] == 0x0d && (index + 1 == text.count || text[index + 1] == 0x0a)
      guard text[index] == 0x0a || text[index] == 0x09 || isEnd else {
        throw Failure(
          .integrity,
          "control-character",
          "byte \(index) of this Release file is a control character",
          subject: name
        )
      }
    }
    let (stanza, hasMore) = try ReleaseFile.firstStanza(text, name: name)
    self.stanza = stanza
    date = stanza.string(of: "Date").flatMap { ArchiveDate.parse($0) }
    validUntil = try ReleaseFile.validUntil(in: stanza, name: name)
    architectures = ReleaseFile.words("Architectures", in: stanza)
    components = ReleaseFile.words("Components", in: stanza)
    (files, unread) = try ReleaseFile.files(in: stanza, name: name)
    oddities = ReleaseFile.oddities(of: stanza, date: date, hasMore: hasMore)
  }

  /// The first stanza, and whether there is text behind it: `apt` does not look at that.
  private static func firstStanza(
    _ text: Span<UInt8>,
    name: String
  ) throws(Failure) -> (Stanza, hasMore: Bool) {
    var reader = StanzaReader(
      deciding: nil,
      name: name,
      limits: .init(line: longestLine, value: longest)
    )
    var first: Stanza?
    func take(_ stanza: Stanza) throws(Failure) { first = first ?? stanza }
    do {
      try reader.feed(text, take)
      try reader.finish(take)
    } catch {
      if first == nil { throw error }
    }
    guard let first else {
      throw Failure(.integrity, "malformed", "this Release file is empty", subject: name)
    }
    let rest = text.extracting(droppingFirst: Int(first.extent.upperBound))
    return (first, rest.indices.contains { !Stanza.isSpace(rest[$0]) })
  }

  private static func validUntil(
    in stanza: Stanza,
    name: String
  ) throws(Failure) -> UTCTime? {
    guard let text = stanza.string(of: "Valid-Until"), !text.isEmpty else { return nil }
    guard let date = ArchiveDate.parse(text) else {
      throw Failure(
        .integrity,
        "malformed",
        "Valid-Until of this Release file is not a date in UTC, and apt refuses the file: "
          + Escaped.line(text, limit: 60),
        subject: name
      )
    }
    return date
  }

  private static func words(_ field: String, in stanza: Stanza) -> [String] {
    Stanza.spacedWords(stanza.value(of: field) ?? []).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func oddities(of stanza: Stanza, date: UTCTime?, hasMore: Bool) -> [String] {
    var lines: [String] = []
    var told: Set<String> = []
    for field in stanza.repeats where told.count < 10 && told.insert(field).inserted {
      let shown = Escaped.line(field, limit: 60)
      lines.append("repeats the field \(shown); the last one counts")
    }
    if stanza.stretched > 0 {
      lines.append("has a line without a colon, which makes the field below it unreadable")
    }
    if hasMore { lines.append("has a second stanza, which is not read") }
    if let text = stanza.string(of: "Date"), !text.isEmpty, date == nil {
      let shown = Escaped.line(text, limit: 60)
      lines.append("has a Date that is not a date in UTC: \(shown)")
    }
    return lines
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

  private static func files(
    in stanza: Stanza,
    name: String
  ) throws(Failure) -> (files: [ListedFile], unread: [String]) {
    var byPath: [RelativePath: ListedFile] = [:]
    var unread: Set<[UInt8]> = []
    var hasStrong = false
    // The order in which apt reads the lists: of a file's size the first one counts.
    for hash in ListedHash.allCases {
      guard let list = stanza.value(of: hash.rawValue) else { continue }
      var entries = FileEntries()
      while let entry = try next(&entries, in: list.span, hash, name: name) {
        hasStrong = hasStrong || hash.isStrong
        let path = Array(copying: list.span.extracting(entry.name))
        guard let plain = RelativePath(path) else {
          unread.insert(path)
          continue
        }
        byPath[plain, default: ListedFile(path: plain, size: entry.size)]
          .take(hash, list.span.extracting(entry.hash))
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
    return (
      byPath.values.sorted { $0.path < $1.path },
      unread.map { Escaped.line(String(decoding: $0, as: UTF8.self), limit: 200) }.sorted()
    )
  }

  private static func next(
    _ entries: inout FileEntries,
    in list: Span<UInt8>,
    _ hash: ListedHash,
    name: String
  ) throws(Failure) -> FileEntries.Entry? {
    do {
      return try entries.nextOfRelease(in: list)
    } catch {
      throw Failure(
        .integrity,
        "malformed",
        "the \(hash.rawValue) list of this Release file does not consist of hash, size and path; "
          + "apt refuses it too",
        subject: name
      )
    }
  }
}
