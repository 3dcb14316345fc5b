package import DebianRepository
package import SafeIO

/// Which of the files that a Release file lists are wanted: by component, architecture and kind.
///
/// A chosen selection takes each index in one form, the best that can be had, under its own name
/// and, where the Release file offers that, under the by-hash name that `apt` asks for.
/// `everything` takes whatever is there, in every form and under every name: what a tree on disk
/// is frozen with.
package struct ChainSelection: Hashable, Sendable {
  /// What an index or a listed file is about.
  package enum Kind: String, Sendable, CaseIterable, Comparable {
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
    /// What `command-not-found` reads.
    case cnf
    /// The installer's images.
    case installer
    /// Whatever else is listed.
    case other

    package static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
  }

  /// The components as a sources file names them; empty for all.
  package var components: [String]
  /// The architectures, `all` not among them; empty for all.
  package var architectures: [String]
  /// The kinds of files.
  package var kinds: Set<Kind>
  /// Whether all forms and all names are taken.
  package var takesAllForms: Bool

  package init(
    components: [String],
    architectures: [String],
    kinds: Set<Kind>,
    takesAllForms: Bool = false
  ) {
    self.components = components
    self.architectures = architectures
    self.kinds = kinds
    self.takesAllForms = takesAllForms
  }

  /// All that is there.
  package static let everything = ChainSelection(
    components: [],
    architectures: [],
    kinds: Set(Kind.allCases),
    takesAllForms: true
  )

  private var isEverything: Bool {
    components.isEmpty && architectures.isEmpty && kinds.count == Kind.allCases.count
  }

  /// Whether a listed file is wanted.
  package func wants(_ path: RelativePath, of release: ReleaseFile) -> Bool {
    if isEverything { return true }
    guard let place = ListedPlace(path) else { return kinds.contains(.other) }
    guard kinds.contains(place.kind) else { return false }
    if let component = place.component, !components.isEmpty,
      !components.contains(where: { ChainSelection.isComponent($0, component) })
    {
      return false
    }
    guard let architecture = place.architecture, !architectures.isEmpty else { return true }
    if architecture == "all" { return place.kind != .packages || needsAll(release) }
    // A source package's contents belong to no architecture.
    if architecture == "source" { return kinds.contains(.sources) }
    return architectures.contains(architecture)
  }

  /// Whether packages for all architectures stand in an index of their own only.
  private func needsAll(_ release: ReleaseFile) -> Bool {
    release.architectures.contains("all")
      && !(release.noSupportForArchitectureAll ?? "").contains("Packages")
  }

  /// Whether a component as a sources file names it is the one whose directory this is.
  ///
  /// A Release file may list `updates/main` where its paths, and `apt`, have `main`.
  static func isComponent(_ name: String, _ directory: String) -> Bool {
    func last(_ text: String) -> Substring {
      text.split(separator: "/" as Character).last ?? Substring(text)
    }
    return name == directory || last(name) == directory[...] || name[...] == last(directory)
  }

  /// What of the selection a Release file does not have, a sentence each.
  package func lacking(in release: ReleaseFile) -> [String] {
    var lines: [String] = []
    if !release.components.isEmpty {
      for component in components
      where !release.components.contains(where: { ChainSelection.isComponent(component, $0) }) {
        lines.append(
          "there is no component \(component); there are \(ChainSelection.some(release.components))"
        )
      }
    }
    if !release.architectures.isEmpty {
      for architecture in architectures where !release.architectures.contains(architecture) {
        lines.append(
          "there is no architecture \(architecture); there are "
            + ChainSelection.some(release.architectures)
        )
      }
    }
    return lines
  }

  private static func some(_ words: [String]) -> String {
    words.isEmpty ? "none" : Escaped.line(words.joined(separator: " "), limit: 200)
  }
}

/// What the path of a listed file says of it.
struct ListedPlace {
  let kind: ChainSelection.Kind
  /// The component's directory; nil at the top and in flat repositories.
  var component: String?
  var architecture: String?

  /// Nil for a file that is none of the known kinds.
  init?(_ path: RelativePath) {
    let parts = path.components
    let name = parts[parts.count - 1]
    let stem = name.split(separator: "." as Character).first.map { String($0) } ?? name
    func directory(_ count: Int) -> String? {
      count > 0 ? parts[..<count].joined(separator: "/") : nil
    }
    let parent = parts.count > 1 ? parts[parts.count - 2] : ""
    if parent.hasPrefix("binary-"), stem == "Packages" {
      let isInstaller = parts.count > 2 && parts[parts.count - 3] == "debian-installer"
      kind = isInstaller ? .udebs : .packages
      component = directory(parts.count - (isInstaller ? 3 : 2))
      architecture = String(parent.dropFirst("binary-".count))
    } else if parent == "source", stem == "Sources" {
      kind = .sources
      component = directory(parts.count - 2)
    } else if stem == "Packages", parts.count == 1 {
      kind = .packages
    } else if stem == "Sources", parts.count == 1 {
      kind = .sources
    } else if stem.hasPrefix("Translation-") {
      kind = stem == "Translation-en" ? .descriptions : .translations
      component = parent == "i18n" ? directory(parts.count - 2) : nil
    } else if stem.hasPrefix("Contents-") {
      kind = .contents
      component = directory(parts.count - 1)
      let rest = stem.dropFirst("Contents-".count)
      architecture = String(rest.hasPrefix("udeb-") ? rest.dropFirst("udeb-".count) : rest)
    } else if parent == "dep11" {
      kind = .dep11
      component = directory(parts.count - 2)
      if stem.hasPrefix("Components-") {
        architecture = String(stem.dropFirst("Components-".count))
      }
    } else if parent == "cnf" {
      kind = .cnf
      component = directory(parts.count - 2)
      if stem.hasPrefix("Commands-") { architecture = String(stem.dropFirst("Commands-".count)) }
    } else if let index = parts.firstIndex(where: { $0.hasPrefix("installer-") }) {
      kind = .installer
      component = directory(index)
      architecture = String(parts[index].dropFirst("installer-".count))
    } else {
      return nil
    }
  }
}
