/// The path of a file that a Release file lists, below the distribution's directory: what it is about,
/// and how it is written.
///
/// It is the one grammar of such paths (Debian's DebianRepository/Format, apt's IndexTargets). A new
/// kind of index is a case here.
package struct IndexPath: Hashable, Sendable {
  /// What a file is about.
  package enum Kind: Hashable, Sendable {
    /// Binary packages: `main/binary-amd64/Packages`, in a flat repository `Packages`.
    case packages(architecture: String?)
    /// Source packages: `main/source/Sources`, in a flat repository `Sources`.
    case sources
    /// Packages of the Debian installer: `main/debian-installer/binary-amd64/Packages`.
    case udebs(architecture: String)
    /// Descriptions: `main/i18n/Translation-de`.
    case translation(language: String)
    /// Which package has which file: `main/Contents-amd64`; the architecture may be `source`.
    case contents(architecture: String, isOfInstaller: Bool)
    /// AppStream metadata: `main/dep11/Components-amd64.yml`.
    case components(architecture: String)
    /// Anything else of AppStream: `main/dep11/icons-64x64.tar`.
    case appStream(name: String)
    /// What `command-not-found` reads: `main/cnf/Commands-amd64`.
    case commands(architecture: String)
    /// Images of the installer and their sums: `main/installer-amd64/current/images/SHA256SUMS`.
    case installer(architecture: String, rest: String)
    /// The Release file of one directory: `main/binary-amd64/Release`.
    case directoryRelease(directory: String)
  }

  /// What it is about.
  package let kind: Kind
  /// The component as the path has it: `main`, `updates/main`; nil at the top and in flat
  /// repositories.
  package let component: String?
  /// The ending of the compression, with its dot: `.xz`; empty for a plain file.
  package let ending: String

  package init(_ kind: Kind, component: String?, ending: String = "") {
    (self.kind, self.component, self.ending) = (kind, component, ending)
  }

  /// The endings of compressions that apt knows, and those that it may come to know.
  private static let endings = [".xz", ".gz", ".bz2", ".zst", ".lz4", ".lzma"]

  /// Reads a path below the distribution's directory; nil for what is none of the known kinds, as a
  /// name by hash is.
  package init?(_ path: some StringProtocol) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    guard let name = parts.last, !parts.contains("") else { return nil }
    let ending = IndexPath.endings.first { name.hasSuffix($0) } ?? ""
    let stem = String(name.dropLast(ending.utf8.count))
    guard let (kind, depth) = IndexPath.kind(parts.dropLast(), stem) else { return nil }
    let component = parts.dropLast(depth).joined(separator: "/")
    self.init(kind, component: component.isEmpty ? nil : component, ending: ending)
  }

  /// The kind, and how many parts at the end of the path belong to it.
  private static func kind(
    _ directories: ArraySlice<String>,
    _ stem: String
  ) -> (kind: Kind, depth: Int)? {
    if let index = directories.firstIndex(where: { $0.hasPrefix("installer-") }) {
      let rest = directories[(index + 1)...] + [stem]
      let architecture = String(directories[index].dropFirst("installer-".count))
      return (
        .installer(architecture: architecture, rest: rest.joined(separator: "/")),
        directories.count - index + 1
      )
    }
    let parent = directories.last ?? ""
    func after(_ prefix: String) -> String? {
      stem.hasPrefix(prefix) && stem.utf8.count > prefix.utf8.count
        ? String(stem.dropFirst(prefix.count)) : nil
    }
    if parent.hasPrefix("binary-") {
      let architecture = String(parent.dropFirst("binary-".count))
      if stem == "Release" { return (.directoryRelease(directory: parent), 2) }
      guard stem == "Packages" else { return nil }
      let isInstaller = directories.dropLast().last == "debian-installer"
      return isInstaller
        ? (.udebs(architecture: architecture), 3) : (.packages(architecture: architecture), 2)
    }
    switch parent {
    case "source" where stem == "Sources": return (.sources, 2)
    case "source" where stem == "Release": return (.directoryRelease(directory: parent), 2)
    case "i18n": return after("Translation-").map { (.translation(language: $0), 2) }
    case "cnf": return after("Commands-").map { (.commands(architecture: $0), 2) }
    case "dep11":
      if let name = after("Components-"), name.hasSuffix(".yml") {
        return (.components(architecture: String(name.dropLast(".yml".count))), 2)
      }
      return (.appStream(name: stem), 2)
    default: break
    }
    if let name = after("Contents-") {
      let isOfInstaller = name.hasPrefix("udeb-")
      let architecture = isOfInstaller ? String(name.dropFirst("udeb-".count)) : name
      return (.contents(architecture: architecture, isOfInstaller: isOfInstaller), 1)
    }
    guard directories.isEmpty else { return nil }
    switch stem {
    case "Packages": return (.packages(architecture: nil), 1)
    case "Sources": return (.sources, 1)
    default:
      return after("Translation-").map { (.translation(language: $0), 1) }
    }
  }

  /// The architecture that the file is about; `source` for the contents of source packages, nil for
  /// what is about none.
  package var architecture: String? {
    switch kind {
    case .packages(let architecture): architecture
    case .udebs(let architecture), .contents(let architecture, _), .components(let architecture),
      .commands(let architecture), .installer(let architecture, _):
      architecture
    case .directoryRelease(let directory):
      directory.hasPrefix("binary-") ? String(directory.dropFirst("binary-".count)) : "source"
    case .sources, .translation, .appStream: nil
    }
  }

  /// Whether it lists packages of some sort, each with a stanza.
  package var hasStanzas: Bool {
    switch kind {
    case .packages, .sources, .udebs: true
    default: false
    }
  }

  /// The same file, not compressed.
  package var plain: IndexPath { IndexPath(kind, component: component) }

  /// The path below the distribution's directory.
  package var text: String {
    let name: String
    switch kind {
    case .packages(let architecture):
      name = architecture.map { "binary-\($0)/Packages" } ?? "Packages"
    case .sources: name = component == nil ? "Sources" : "source/Sources"
    case .udebs(let architecture): name = "debian-installer/binary-\(architecture)/Packages"
    case .translation(let language):
      name = (component == nil ? "" : "i18n/") + "Translation-\(language)"
    case .contents(let architecture, let isOfInstaller):
      name = "Contents-" + (isOfInstaller ? "udeb-" : "") + architecture
    case .components(let architecture): name = "dep11/Components-\(architecture).yml"
    case .appStream(let stem): name = "dep11/\(stem)"
    case .commands(let architecture): name = "cnf/Commands-\(architecture)"
    case .installer(let architecture, let rest): name = "installer-\(architecture)/\(rest)"
    case .directoryRelease(let directory): name = "\(directory)/Release"
    }
    return (component.map { $0 + "/" } ?? "") + name + ending
  }

  /// The name by hash of a file that lies at a path: `main/binary-amd64/by-hash/SHA256/…`.
  ///
  /// - Parameters:
  ///   - path: the path, of whatever kind.
  ///   - hash: the hash's name as Release has it: `SHA256`.
  ///   - digest: the digest in lower-case digits.
  /// - Returns: the path beside it.
  package static func byHash(_ path: some StringProtocol, _ hash: String, _ digest: String)
    -> String
  {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return "\(directory)by-hash/\(hash)/\(digest)"
  }

  /// Whether a path is a name by hash.
  package static func isByHash(_ path: some StringProtocol) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count >= 3 && parts[parts.count - 3] == "by-hash"
  }
}
