package import SafeIO

/// One repository that a sources file names (sources.list(5)): one address, with its suites.
package struct SourcesEntry: Hashable, Sendable {
  /// Which keys count.
  package enum SignedBy: Hashable, Sendable {
    /// Nothing was said.
    case unstated
    /// Key files, and fingerprints of keys in them.
    case files([String], fingerprints: [String])
    /// An armored key in the file itself.
    case embedded(String)
  }

  /// The address, as written.
  package var uri: String
  /// The suites: names, or paths with a slash at their end.
  package var suites: [String]
  /// The components; none for a flat repository.
  package var components: [String]
  /// The architectures; empty when nothing was said.
  package var architectures: [String]
  /// Whether binary packages are wanted (`deb`).
  package var hasBinaries: Bool
  /// Whether source packages are wanted (`deb-src`).
  package var hasSources: Bool
  /// Which keys count.
  package var signedBy: SignedBy
  /// Whether the file says that signatures do not matter (`Trusted: yes`).
  package var isTrusted: Bool

  package init(
    uri: String,
    suites: [String],
    components: [String],
    architectures: [String],
    hasBinaries: Bool,
    hasSources: Bool,
    signedBy: SignedBy,
    isTrusted: Bool
  ) {
    self.uri = uri
    self.suites = suites
    self.components = components
    self.architectures = architectures
    self.hasBinaries = hasBinaries
    self.hasSources = hasSources
    self.signedBy = signedBy
    self.isTrusted = isTrusted
  }
}

/// Reads `.sources` (deb822) and `.list` files.
package enum SourcesList {
  /// The longest file that is read, in bytes.
  package static let longest = 4 << 20

  /// The repositories of a file that are enabled, in their order; what differs in nothing but
  /// suite or type is one.
  ///
  /// `name` says which format it is by its ending: `.list`, or deb822 for any other. `architecture`
  /// is put in for `$(ARCH)`, as apt does with that of its machine.
  /// - Throws: `configuration` for what `apt` would not read.
  package static func parse(
    _ text: [UInt8],
    name: String,
    architecture: String
  ) throws(Failure) -> [SourcesEntry] {
    let entries =
      name.hasSuffix(".list")
      ? try oneLine(text, name, architecture)
      : try stanzas(withoutCarriageReturns(text), name, architecture)
    var merged: [SourcesEntry] = []
    for entry in entries { add(entry, to: &merged) }
    return merged
  }

  /// Joins entries of one address that differ in their suites or types only.
  private static func add(_ entry: SourcesEntry, to merged: inout [SourcesEntry]) {
    func isSame(_ other: SourcesEntry, exceptSuites: Bool) -> Bool {
      var other = other
      if exceptSuites {
        other.suites = entry.suites
      } else {
        other.hasBinaries = entry.hasBinaries
        other.hasSources = entry.hasSources
      }
      return other == entry
    }
    if let index = merged.firstIndex(where: { isSame($0, exceptSuites: false) }) {
      merged[index].hasBinaries = merged[index].hasBinaries || entry.hasBinaries
      merged[index].hasSources = merged[index].hasSources || entry.hasSources
    } else if let index = merged.firstIndex(where: { isSame($0, exceptSuites: true) }) {
      for suite in entry.suites where !merged[index].suites.contains(suite) {
        merged[index].suites.append(suite)
      }
    } else {
      merged.append(entry)
    }
  }

  private static func stanzas(
    _ text: [UInt8],
    _ name: String,
    _ architecture: String
  ) throws(Failure) -> [SourcesEntry] {
    var reader = StanzaReader(
      deciding: nil,
      name: name,
      limits: .init(line: 1 << 20, value: 1 << 20)
    )
    var entries: [SourcesEntry] = []
    func take(_ stanza: Stanza) throws(Failure) {
      if stanza.isEmpty { return }
      entries += try SourcesList.entries(of: stanza, name, architecture)
    }
    let lines = withoutComments(text)
    do {
      try reader.feed(lines.span, take)
      try reader.finish(take)
    } catch {
      throw error.kind == .configuration ? error : refused(error.reason, name)
    }
    return entries
  }

  /// Lines may end as on Windows; in a text, CR and LF would be one character.
  private static func withoutCarriageReturns(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(0x0d) else { return text }
    return text.indices.filter { index in
      text[index] != 0x0d || (index + 1 < text.count && text[index + 1] != 0x0a)
    }.map { text[$0] }
  }

  /// Lines that begin with `#` do not count, wherever they stand.
  private static func withoutComments(_ text: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    for line in text.split(separator: 0x0a, omittingEmptySubsequences: false)
    where line.first != UInt8(ascii: "#") {
      kept += line
      kept.append(0x0a)
    }
    return kept
  }

  private static func entries(
    of stanza: Stanza,
    _ name: String,
    _ architecture: String
  ) throws(Failure) -> [SourcesEntry] {
    func words(_ field: String) -> [String] {
      Stanza.words(stanza.value(of: field) ?? []).map { String(decoding: $0, as: UTF8.self) }
    }
    guard stanza.value(of: "Types") != nil else { throw refused("a stanza has no Types", name) }
    let types = words("Types")
    guard types.allSatisfy({ $0 == "deb" || $0 == "deb-src" }) else {
      throw refused("Types may be deb and deb-src", name)
    }
    if types.isEmpty || isNo(stanza.string(of: "Enabled") ?? "") { return [] }
    let uris = try words("URIs").map { (uri) throws(Failure) in
      try address(uri, architecture, name)
    }
    let suites = words("Suites").map { $0.replacing("$(ARCH)", with: architecture) }
    guard !uris.isEmpty, !suites.isEmpty else {
      throw refused("a stanza lacks URIs or Suites", name)
    }
    let components = words("Components")
    try check(suites, components, name)
    // Commas separate here, too.
    func list(_ field: String) -> [String] { words(field).flatMap(parts) }
    var signedBy = SourcesEntry.SignedBy.unstated
    if let value = stanza.string(of: "Signed-By") {
      signedBy =
        value.contains("-----BEGIN PGP")
        ? .embedded(armored(value)) : try SourcesList.signedBy(list("Signed-By"), name)
    }
    let architectures = chosen(
      stanza.value(of: "Architectures") == nil ? nil : list("Architectures"),
      added: list("Architectures-Add"),
      removed: list("Architectures-Remove"),
      own: architecture
    )
    // Without an architecture there are no binary packages.
    let hasArchitecture = architectures.map { !$0.isEmpty } ?? true
    let hasBinaries = types.contains("deb") && (hasArchitecture || components.isEmpty)
    guard hasBinaries || types.contains("deb-src") else { return [] }
    return uris.map { uri in
      SourcesEntry(
        uri: uri,
        suites: suites,
        components: components,
        architectures: architectures ?? [],
        hasBinaries: hasBinaries,
        hasSources: types.contains("deb-src"),
        signedBy: signedBy,
        isTrusted: isYes(stanza.string(of: "Trusted") ?? "no")
      )
    }
  }

  /// The parts of a list that commas and white space separate.
  static func parts(_ value: String) -> [String] {
    value.split { $0 == "," || $0.isWhitespace }.map { String($0) }
  }

  /// An address with the architecture put in; apt takes none without a colon.
  static func address(
    _ uri: String,
    _ architecture: String,
    _ name: String
  ) throws(Failure) -> String {
    guard uri.contains(":") else {
      throw refused("this is not an address: \(Escaped.line(uri, limit: 100))", name)
    }
    return uri.replacing("$(ARCH)", with: architecture)
  }

  /// Refuses a path as suite that has components, and a suite that has none.
  static func check(
    _ suites: [String],
    _ components: [String],
    _ name: String
  ) throws(Failure) {
    for suite in suites where suite.hasSuffix("/") != components.isEmpty {
      let shown = Escaped.line(suite, limit: 100)
      throw refused(
        components.isEmpty
          ? "the suite \(shown) has no components" : "the path \(shown) may have no components",
        name
      )
    }
  }

  /// The architectures that are left of those named, or of this machine's one; nil when nothing was
  /// said.
  static func chosen(
    _ named: [String]?,
    added: [String],
    removed: [String],
    own: String
  ) -> [String]? {
    if added.isEmpty && removed.isEmpty { return named }
    var all = named ?? [own]
    for architecture in added where !all.contains(architecture) { all.append(architecture) }
    return all.filter { !removed.contains($0) }
  }

  /// The key's lines without the space before them; a lone dot stands for an empty line.
  private static func armored(_ value: String) -> String {
    value.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let line = line.drop { $0 == " " || $0 == "\t" }
      return line == "." ? "" : String(line)
    }.joined(separator: "\n") + "\n"
  }

  /// Paths and fingerprints; anything else is refused: to pass over a word that narrows the choice
  /// would let keys count that were not meant.
  static func signedBy(
    _ words: [String],
    _ name: String
  ) throws(Failure) -> SourcesEntry.SignedBy {
    guard !words.isEmpty else { return .unstated }
    var (paths, fingerprints): ([String], [String]) = ([], [])
    for word in words {
      if word.hasPrefix("/") {
        paths.append(word)
        continue
      }
      // An exclamation mark means this key alone, and none of its subkeys; here keys are pinned with all.
      let digits = String(word.hasSuffix("!") ? word.dropLast() : word[...]).uppercased()
      guard digits.utf8.count == 40,
        digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x46).contains($0) })
      else {
        throw refused(
          "Signed-By has a word that is neither an absolute path nor a fingerprint of 40 digits: "
            + Escaped.line(word, limit: 60),
          name
        )
      }
      fingerprints.append(digits)
    }
    return .files(paths, fingerprints: fingerprints)
  }

  /// The words that `apt` takes for yes.
  static func isYes(_ word: String) -> Bool {
    ["yes", "true", "with", "on", "enable", "1"].contains(word.lowercased())
  }

  /// The words that `apt` takes for no; any other one leaves a stanza enabled.
  private static func isNo(_ word: String) -> Bool {
    ["no", "false", "without", "off", "disable", "0"].contains(word.lowercased())
  }

  static func refused(_ what: String, _ name: String) -> Failure {
    Failure(
      .configuration,
      "sources-file",
      "apt would not read this sources file: \(what)",
      subject: name,
      hint: "see sources.list(5)"
    )
  }
}
