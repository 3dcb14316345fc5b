internal import OpenPGP
internal import SafeIO

/// Ready text for clients of a publication.
package struct ClientText: Sendable {
  /// What the text is for.
  package enum Format: String, Sendable, CaseIterable {
    /// A deb822 `.sources` file with the keys in it.
    case sources
    /// One-line `.list` format, with key files beside it.
    case list
    /// A build stage for container images.
    case dockerfile
    /// A cloud-config document for cloud-init.
    case cloudInit = "cloud-init"
    /// Tasks for Ansible.
    case ansible
  }

  /// A file on the client.
  package struct File: Hashable, Sendable {
    /// The absolute path.
    package let path: String
    /// The content.
    package let text: String
  }

  /// Below whose name the client's files go: of the publication at `production/debian`
  /// `aptferry-production_debian`.
  package let name: String
  /// The prefixes.
  package let prefixes: [String]
  /// The stanzas.
  package let sources: [ClientSource]
  /// What the clients are thought to be: `debian:bookworm-slim`.
  package let image: String
  private let vouched: [String]

  package init(_ facts: ClientFacts, _ sources: [ClientSource]) { self.init([facts], sources) }

  /// The text for clients of several publications.
  package init(_ facts: [ClientFacts], _ sources: [ClientSource]) {
    prefixes = facts.map(\.prefix)
    name = ClientText.name(prefixes)
    self.sources = sources
    vouched = facts.flatMap(\.vouched)
    image = ClientText.image(for: facts)
  }

  /// apt reads only files whose names have letters, digits and `_.-`.
  private static func name(_ prefixes: [String]) -> String {
    let words = prefixes.map { prefix in
      String(
        prefix.map { character in
          switch character {
          case "/": "_" as Character
          case "+", "~": "-"
          default: character
          }
        }
      )
    }
    let whole = words.joined(separator: "-")
    guard whole.utf8.count > 120, let first = words.first, words.count > 1 else {
      return "aptferry-" + whole
    }
    return "aptferry-\(first)-and-\(words.count - 1)-more"
  }

  /// The text in a format.
  package func text(_ format: Format) -> String {
    switch format {
    case .sources: sourcesFile.text
    case .list: listFile
    case .dockerfile: dockerfile
    case .cloudInit: cloudInit
    case .ansible: ansible
    }
  }

  /// What the client gets in a format, file by file.
  package func files(_ format: Format) -> [File] {
    switch format {
    case .sources, .cloudInit, .ansible: [sourcesFile]
    case .list: keyFiles + [File(path: "/etc/apt/sources.list.d/\(name).list", text: listFile)]
    case .dockerfile: keyFiles + [sourcesFileWithKeyFiles]
    }
  }

  /// The image that a build stage begins with, unless the person who builds says otherwise.
  private static func image(for facts: [ClientFacts]) -> String {
    for distribution in facts.flatMap(\.distributions) {
      let codename = distribution.codename.prefix { ("a"..."z").contains($0) }
      switch distribution.origin {
      case "Debian" where !codename.isEmpty: return "debian:\(codename)-slim"
      case "Ubuntu" where !codename.isEmpty: return "ubuntu:\(codename)"
      default: continue
      }
    }
    return "debian:stable-slim"
  }
}

extension ClientText {
  /// The sets of keys, each once, in the order of the stanzas.
  package var keySets: [ClientKeySet] {
    var found: [ClientKeySet] = []
    for source in sources where !found.contains(source.keys) { found.append(source.keys) }
    return found
  }

  /// Where a set's armored keys lie on the client.
  func path(of keys: ClientKeySet) -> String {
    let sets = keySets
    let end = sets.count == 1 ? "" : "-" + keys.end(among: sets)
    return "/etc/apt/keyrings/\(name)\(end).asc"
  }

  /// The key files that a source without embedded keys names.
  package var keyFiles: [File] {
    keySets.map { File(path: path(of: $0), text: String(decoding: $0.armored, as: UTF8.self)) }
  }

  private var sourcesPath: String { "/etc/apt/sources.list.d/\(name).sources" }

  /// The deb822 file with its keys in it.
  package var sourcesFile: File {
    let text = sources.map { stanza($0, signedBy: ClientText.embedded($0.keys)) }
    return File(path: sourcesPath, text: heading("#") + text.joined(separator: "\n"))
  }

  /// The deb822 file that names key files, as older versions of apt want it.
  var sourcesFileWithKeyFiles: File {
    let text = sources.map { stanza($0, signedBy: " " + path(of: $0.keys) + "\n") }
    return File(path: sourcesPath, text: heading("#") + text.joined(separator: "\n"))
  }

  /// A block in a field: a dot for an empty line.
  private static func embedded(_ keys: ClientKeySet) -> String {
    let lines = String(decoding: keys.armored, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    return "\n" + lines.map { $0.isEmpty ? " .\n" : " \($0)\n" }.joined()
  }

  func heading(_ mark: String) -> String {
    "\(mark) The publication\(prefixes.count == 1 ? "" : "s") \(prefixes.joined(separator: ", "));"
      + " written by aptferry client-config.\n"
      + vouched.map { "\(mark) \($0)\n" }.joined()
  }

  private func stanza(_ source: ClientSource, signedBy: String) -> String {
    var text = ClientText.about(source.keys, source.owner).map { "# \($0)\n" }.joined()
    func field(_ name: String, _ words: [String]) {
      if !words.isEmpty { text += "\(name): \(words.joined(separator: " "))\n" }
    }
    field("Types", source.types)
    field("URIs", [source.address])
    field("Suites", source.suites)
    field("Components", source.components)
    field("Architectures", source.architectures)
    let choices = [source.targets.field("Targets"), source.languages.field("Languages")]
      .compactMap { $0 }
    if !choices.isEmpty { text += ClientText.aboutChoices.map { "# \($0)\n" }.joined() }
    for choice in choices { field(choice.name, choice.words) }
    text += ClientText.about(source.validity).map { "# \($0)\n" }.joined()
    if let more = source.validity.more { text += "Valid-Until-Min: \(more.seconds)\n" }
    if source.forcesByHash {
      text += ClientText.aboutByHash.map { "# \($0)\n" }.joined() + "By-Hash: force\n"
    }
    return text + "Signed-By:" + signedBy
  }

  /// Whose keys these are, for people.
  static func about(_ keys: ClientKeySet, _ owner: KeyFiles.Owner) -> [String] {
    let whose = owner == .vendor ? "The vendor's key" : "The key of this site"
    return keys.keys.map { key in
      whose + ": " + (Fingerprint(key.fingerprint)?.grouped ?? key.fingerprint)
    }
  }

  /// Why a stanza says what it says about names by hash.
  static let aboutByHash = [
    "The vendor's Release file does not offer indexes by their hash; this publication has them, so",
    "that an update in the middle of a switch to the next generation finds what it looks for.",
  ]

  /// Why a stanza says what it says about targets and languages.
  static let aboutChoices = [
    "The Release file lists indexes that are not here: apt must not ask for them."
  ]

  /// Why a stanza says what it says about time.
  static func about(_ validity: ClientSource.Validity) -> [String] {
    switch validity {
    case .asStated: []
    case .endsAt(let end):
      [
        "The vendor's Release file is valid until \(end). Behind a gap that time passes, and apt",
        "refuses it then: write this file anew, or let the publication have this site's signature.",
      ]
    case .ending(let more):
      [
        "The vendor's Release file of \(more.date) is valid until \(more.end), which",
        "passes behind a gap. apt takes it until \(more.newEnd) here, for this",
        "source only; a repository that nobody brings up to date is noticed then.",
      ]
    case .ended(let more):
      [
        "The vendor's Release file of \(more.date) was valid until \(more.end): what",
        "stands behind a gap is older than that. apt takes it until \(more.newEnd) here,",
        "for this source only; a repository that nobody brings up to date is noticed then.",
      ]
    case .pinned(let more):
      [
        "This source is pinned to one generation, whose Release file of \(more.date)",
        "stands still and says that it is valid until \(more.end). apt takes it until",
        "\(more.newEnd) here, for this source only.",
      ]
    }
  }
}
