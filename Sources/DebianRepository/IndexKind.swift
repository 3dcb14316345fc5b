/// What a file is about that a Release file lists, where such files lie, and which name a mirror's
/// selection has for them.
///
/// A new kind of index is a case here, its template, and its family.
package enum IndexKind: String, Hashable, Sendable, CaseIterable {
  /// Binary packages.
  case packages
  /// Source packages.
  case sources
  /// Packages of the Debian installer.
  case udebs
  /// Descriptions of packages in one language.
  case translation
  /// Which package has which file; the architecture may be `source`.
  case contents
  /// The same of the installer's packages.
  case udebContents
  /// AppStream metadata.
  case components
  /// What else AppStream has: icons, media, the CIDs of an architecture.
  case appStream
  /// What `command-not-found` reads.
  case commands
  /// Images of the installer and their sums.
  case installer
  /// The Release file of one directory.
  case directoryRelease
  /// Binary packages in a place where no client looks for them.
  case strayPackages
  /// Source packages in a place where no client looks for them.
  case straySources

  /// Where they lie, as `apt` writes it in its `IndexTargets`; the first that fits counts.
  ///
  /// Of a tree the component stands in front, where there is one.
  static let templates: [(kind: IndexKind, layout: IndexPath.Layout, text: String)] = [
    (.packages, .flat, "Packages"),
    (.sources, .flat, "Sources"),
    // apt itself asks a flat repository for a file that is called like the language alone, which
    // could be any name.
    (.translation, .flat, "Translation-$(LANGUAGE)"),
    (.installer, .tree, "installer-$(ARCHITECTURE)/$(NAME)"),
    (.udebs, .tree, "debian-installer/binary-$(ARCHITECTURE)/Packages"),
    (.packages, .tree, "binary-$(ARCHITECTURE)/Packages"),
    (.sources, .tree, "source/Sources"),
    (.translation, .tree, "i18n/Translation-$(LANGUAGE)"),
    (.udebContents, .tree, "Contents-udeb-$(ARCHITECTURE)"),
    (.contents, .tree, "Contents-$(ARCHITECTURE)"),
    (.components, .tree, "dep11/Components-$(ARCHITECTURE).yml"),
    (.appStream, .tree, "dep11/$(FILE)"),
    (.commands, .tree, "cnf/Commands-$(ARCHITECTURE)"),
    (.directoryRelease, .tree, "binary-$(ARCHITECTURE)/Release"),
    (.directoryRelease, .tree, "source/Release"),
    (.strayPackages, .stray, "$(NAME)/Packages"),
    (.straySources, .stray, "$(NAME)/Sources"),
  ]

  /// Whether it is a list of packages of some sort, each with a stanza.
  package var hasStanzas: Bool {
    switch self {
    case .packages, .udebs, .sources, .strayPackages, .straySources: true
    default: false
    }
  }

  /// Whether it says more of packages that are listed elsewhere: how they are described in a language,
  /// which files they have.
  package var isCompanion: Bool {
    switch self {
    case .translation, .contents, .udebContents: true
    default: false
    }
  }

  /// Whether its stanzas are those of source packages.
  package var isOfSources: Bool { self == .sources || self == .straySources }

  /// The family that a selection has it under.
  fileprivate var family: IndexFamily {
    switch self {
    case .packages: .packages
    case .sources: .sources
    case .udebs: .udebs
    case .translation: .translations
    case .contents, .udebContents: .contents
    case .components, .appStream: .dep11
    case .commands: .cnf
    case .installer: .installer
    case .directoryRelease, .strayPackages, .straySources: .other
    }
  }
}

extension IndexPath {
  /// The family that a selection has it under.
  package var family: IndexFamily {
    kind == .translation && language == "en" ? .descriptions : kind.family
  }
}

/// The kinds of files by the names that a selection, and so a mirror's record, has for them.
package enum IndexFamily: String, Hashable, Sendable, CaseIterable, Comparable {
  /// Binary packages.
  case packages
  /// Source packages.
  case sources
  /// Packages of the Debian installer.
  case udebs
  /// Long descriptions in English.
  case descriptions
  /// Translated descriptions in all languages.
  case translations
  /// Which package has which file.
  case contents
  /// AppStream metadata and icons.
  case dep11
  /// AppStream metadata without icons.
  case dep11Data = "dep11-data"
  /// What `command-not-found` reads.
  case cnf
  /// The installer's images.
  case installer
  /// Whatever else is listed.
  case other

  package static func < (left: IndexFamily, right: IndexFamily) -> Bool {
    left.rawValue < right.rawValue
  }

  /// What a mirror takes when nothing was said, since ordinary clients ask for it: binary packages,
  /// their English descriptions, Contents for apt-file, and the lists of command-not-found.
  package static let standard: Set<IndexFamily> = [.packages, .descriptions, .contents, .cnf]

  /// The families that can be asked for by their name, with all that each brings.
  package static let choices: [(name: String, families: Set<IndexFamily>)] =
    allCases.filter { $0 != .packages && $0 != .other }.map { family in
      (family.rawValue, family.company.union([family]))
    } + [("all", Set(allCases))]

  /// What is of no use without another family, or not whole.
  private var company: Set<IndexFamily> {
    switch self {
    case .translations: [.descriptions]
    case .installer: [.udebs]
    default: []
    }
  }
}
