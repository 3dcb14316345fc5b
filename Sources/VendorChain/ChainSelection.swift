package import DebianRepository
package import SafeIO

/// Which of the files that a Release file lists are wanted: by component, architecture and kind.
///
/// A chosen selection takes each index in one form, the best that can be had, under its own name
/// and, where the Release file offers that, under the by-hash name that `apt` asks for.
/// `everything` takes whatever is there, in every form and under every name: what a tree on disk
/// is frozen with.
package struct ChainSelection: Hashable, Sendable {
  /// The components as a sources file names them; empty for all.
  package var components: [String]
  /// The architectures, `all` not among them; empty for all.
  package var architectures: [String]
  /// The kinds of files.
  package var kinds: Set<IndexFamily>
  /// Languages whose descriptions are taken beside those of `kinds`.
  package var languages: [String]
  /// Whether all forms and all names are taken.
  package var takesAllForms: Bool

  package init(
    components: [String],
    architectures: [String],
    kinds: Set<IndexFamily>,
    languages: [String] = [],
    takesAllForms: Bool = false
  ) {
    self.components = components
    self.architectures = architectures
    self.kinds = kinds
    self.languages = languages
    self.takesAllForms = takesAllForms
  }

  /// All that is there.
  package static let everything = ChainSelection(
    components: [],
    architectures: [],
    kinds: Set(IndexFamily.allCases),
    takesAllForms: true
  )

  private var isEverything: Bool {
    components.isEmpty && architectures.isEmpty && kinds.count == IndexFamily.allCases.count
  }

  /// Whether a listed file is wanted.
  package func wants(_ path: RelativePath, of release: ReleaseFile) -> Bool {
    if isEverything { return true }
    guard let place = IndexPath(path.text) else { return kinds.contains(.other) }
    guard wants(place) else { return false }
    if let component = ChainSelection.component(of: place), !components.isEmpty,
      !components.contains(where: { $0 == component || ChainSelection.last($0) == component[...] })
    {
      return false
    }
    guard let architecture = place.architecture, !architectures.isEmpty else { return true }
    if architecture == "all" { return place.family != .packages || release.hasIndexesForAll }
    // A source package's contents belong to no architecture.
    if architecture == "source" { return kinds.contains(.sources) }
    return architectures.contains(architecture)
  }

  private func wants(_ place: IndexPath) -> Bool {
    switch place.kind {
    case .translation where place.language.map(languages.contains) == true: true
    case .components where kinds.contains(.dep11Data): true
    // An installer begins with it, and looks there whether the mirror has its suite.
    case .directoryRelease where kinds.contains(.installer) || kinds.contains(.udebs): true
    default: kinds.contains(place.family)
    }
  }

  /// The component that a file is of: the installer has a directory of its own in it.
  private static func component(of place: IndexPath) -> String? {
    guard place.kind == .directoryRelease, let component = place.component,
      component.hasSuffix("/debian-installer")
    else { return place.component }
    return String(component.dropLast("/debian-installer".utf8.count))
  }

  private static func last(_ text: String) -> Substring {
    text.split(separator: "/" as Character).last ?? Substring(text)
  }

  /// Whether a component as a sources file names it is the one whose directory this is.
  ///
  /// A Release file may list `updates/main` where its paths, and `apt`, have `main`.
  package static func isComponent(_ name: String, _ directory: String) -> Bool {
    name == directory || last(name) == directory[...] || name[...] == last(directory)
  }

  /// What of the selection a Release file does not have, a sentence each.
  ///
  /// What it lists is there for `apt`, whether its fields name it or not; and packages for all
  /// architectures are there for each of them. A flat repository has neither components nor architectures,
  /// whatever its fields say.
  package func lacking(in release: ReleaseFile, isFlat: Bool) -> [String] {
    if isFlat { return [] }
    var lines: [String] = []
    let listed = release.files.compactMap { IndexPath($0.path.text) }
    if !release.components.isEmpty {
      for component in components
      where !release.components.contains(where: { ChainSelection.isComponent(component, $0) })
        && !listed.contains(where: { ChainSelection.isComponent(component, $0.component ?? "") })
      {
        lines.append(
          "there is no component \(component); there are \(ChainSelection.some(release.components))"
        )
      }
    }
    if !release.architectures.isEmpty {
      let hasAll = release.hasIndexesForAll && listed.contains { $0.architecture == "all" }
      for architecture in architectures
      where !hasAll && !release.architectures.contains(architecture)
        && !listed.contains(where: { $0.architecture == architecture })
      {
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
