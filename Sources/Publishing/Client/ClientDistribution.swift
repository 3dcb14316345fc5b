internal import DebianRepository
package import SafeIO

/// A distribution as the clients of a publication see it in one of its views.
package struct ClientDistribution: Sendable {
  /// A component that is there, and what of it.
  package struct Component: Hashable, Sendable {
    /// As clients name it.
    package let name: String
    /// The architectures whose packages are listed, without `all`.
    package let architectures: [String]
    /// Whether source packages are listed.
    package let hasSources: Bool

    package init(name: String, architectures: [String], hasSources: Bool) {
      self.name = name
      self.architectures = architectures
      self.hasSources = hasSources
    }
  }

  /// As clients name it: `bookworm`, or a path with a slash at its end.
  package let name: String
  /// Whose signature they check.
  package let owner: KeyFiles.Owner
  /// Where the view lies below the prefix; empty for the prefix itself.
  package let view: String
  /// The keys that sign it.
  package let keys: ClientKeySet
  /// What is there; empty for a flat repository.
  package let components: [Component]
  /// `Date` of its Release file.
  package let date: UTCTime?
  /// `Valid-Until` of its Release file.
  package let validUntil: UTCTime?
  /// Whether its Release file says that indexes are to be asked for by their hash.
  package let offersByHash: Bool
  /// `Origin` and `Codename`, for guessing what the clients are.
  package let origin: String
  package let codename: String

  package init(
    name: String,
    owner: KeyFiles.Owner,
    view: String,
    keys: ClientKeySet,
    components: [Component],
    date: UTCTime?,
    validUntil: UTCTime?,
    offersByHash: Bool = true,
    origin: String = "",
    codename: String = ""
  ) {
    self.name = name
    self.owner = owner
    self.view = view
    self.keys = keys
    self.components = components
    self.date = date
    self.validUntil = validUntil
    self.offersByHash = offersByHash
    self.origin = origin
    self.codename = codename
  }
}

extension ClientDistribution.Component {
  /// The components below the directory of a distribution: what Release lists and the tree has.
  ///
  /// A vendor's Release lists more than a mirror of some architectures carries; what a client asks
  /// for in vain is an error for apt.
  static func all(
    below directory: String,
    in list: FileList,
    of release: ReleaseFile
  ) throws(Failure) -> [ClientDistribution.Component] {
    let listed = Set(release.files.map(\.path.text))
    var architectures: [String: Set<String>] = [:]
    var sources: Set<String> = []
    for index in list.indices(withPrefix: directory) {
      let path = String(
        decoding: list.pathBytes(at: index).dropFirst(directory.utf8.count),
        as: UTF8.self
      )
      guard let index = IndexPath(path), let name = index.component, listed.contains(path) else {
        continue
      }
      let component = try ClientWord.check(name, "component")
      if index.kind == .sources { sources.insert(component) }
      // The installer's own packages are for nobody else.
      guard index.kind == .packages, let architecture = index.architecture else { continue }
      let word = try ClientWord.check(architecture, "architecture")
      architectures[component, default: []].insert(word)
    }
    // In the vendor's order, then any other.
    let names = Set(architectures.keys).union(sources)
    let order = release.components.map { String($0) } + release.components.map(lastElement)
    return names.sorted { left, right in
      let (first, second) = (order.firstIndex(of: left), order.firstIndex(of: right))
      return (first ?? .max, left) < (second ?? .max, right)
    }.map { name in
      let found = architectures[name] ?? []
      let known = release.architectures.filter { $0 != "all" && found.contains($0) }
      let others = found.subtracting(known).subtracting(["all"]).sorted()
      return ClientDistribution.Component(
        name: name,
        architectures: known + others,
        hasSources: sources.contains(name)
      )
    }
  }

  /// Of `updates/main` apt takes `main` for the component too.
  private static func lastElement(_ component: String) -> String {
    component.split(separator: "/").last.map { String($0) } ?? component
  }
}
