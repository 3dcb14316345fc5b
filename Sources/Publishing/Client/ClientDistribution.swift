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
    /// Whether packages are listed, for whatever architecture.
    package let hasPackages: Bool
    /// Whether source packages are listed.
    package let hasSources: Bool
    /// What clients are to ask for of it.
    package let choices: ClientChoices

    package init(
      name: String,
      architectures: [String],
      hasPackages: Bool = true,
      hasSources: Bool,
      choices: ClientChoices = ClientChoices()
    ) {
      self.name = name
      self.architectures = architectures
      self.hasPackages = hasPackages
      self.hasSources = hasSources
      self.choices = choices
    }
  }

  /// As clients name it: `bookworm`, or a path with a slash at its end.
  package let name: String
  /// Whose signature they check.
  package let owner: KeyFiles.Owner
  /// Where the view lies below the prefix; empty for the prefix itself.
  package let view: String
  /// The keys that sign it, or would now.
  package let keys: ClientKeySet
  /// The keys that signed what clients get, by primary fingerprint as far as it is known.
  package let signers: [String]
  /// What is there; empty for a flat repository.
  package let components: [Component]
  /// What the clients of a flat repository are to ask for.
  package let choices: ClientChoices
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
    signers: [String] = [],
    components: [Component],
    choices: ClientChoices = ClientChoices(),
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
    self.signers = signers
    self.components = components
    self.choices = choices
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
    let reach = ClientReach(of: release, isFlat: false, below: directory, in: list)
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
        hasPackages: architectures[name] != nil,
        hasSources: sources.contains(name),
        choices: ClientChoices(reach, component: name, architectures: known + others)
      )
    }
  }

  /// Of `updates/main` apt takes `main` for the component too.
  private static func lastElement(_ component: String) -> String {
    component.split(separator: "/").last.map { String($0) } ?? component
  }
}

extension ClientReach {
  /// What clients may ask of a suite that a listing has in a directory.
  init(of release: ReleaseFile, isFlat: Bool, below directory: String, in list: FileList) {
    self.init(of: release, isFlat: isFlat) { file in
      guard let index = list.index(of: directory + file.path.text) else { return false }
      return list.size(at: index) == file.size
        && (file.sha256.map { $0 == list.digest(at: index) } ?? true)
    }
  }
}
