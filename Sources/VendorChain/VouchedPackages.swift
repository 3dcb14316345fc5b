package import DebianRepository
package import SafeIO

/// What sort of list a stanza stands in: one of another sort is no proof.
package enum StanzaSort: UInt8, Hashable, Sendable {
  case binary, source, installer

  /// The sort of an index; nil for what lists no packages.
  package init?(_ kind: IndexKind) {
    switch kind {
    case .packages, .strayPackages: self = .binary
    case .sources, .straySources: self = .source
    case .udebs: self = .installer
    default: return nil
    }
  }
}

extension PackageStanza {
  /// What the stanza is, byte for byte, in a list of some sort.
  package func identity(_ sort: StanzaSort) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update([sort.rawValue])
    let bytes = self.bytes
    hasher.update(unsafe bytes.bytes)
    // At the end of an index the last line end may lack.
    if bytes.isEmpty || bytes[bytes.count - 1] != 0x0a { hasher.update([0x0a]) }
    return hasher.finish()
  }

  /// Which package it is for `apt`, in a list of some sort: its name without regard to case, its version
  /// whatever its spelling, and an architecture.
  func nameDigest(_ sort: StanzaSort, _ architecture: String) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update([sort.rawValue])
    hasher.update(Array(package.lowercased().utf8) + [0x0a])
    hasher.update(DebianVersion.canonical(versionBytes) + [0x0a])
    hasher.update(Array(architecture.utf8))
    return hasher.finish()
  }

  /// What makes the package what it is: its file, or the description of a source package.
  package var contents: [SHA256Digest] {
    if kind == .packages { return sha256.map { [$0] } ?? [] }
    return files.filter { $0.path.text.hasSuffix(".dsc") }.compactMap(\.sha256)
  }
}

extension ListedFile {
  /// Where it lies.
  fileprivate var place: SHA256Digest { SHA256Digest.of(Array(path.bytes)) }

  /// Where it lies, and what it is.
  fileprivate var content: SHA256Digest {
    SHA256Digest.of(Array(path.bytes) + Array("\n\(sha256?.hex ?? sha512 ?? "")".utf8))
  }
}

/// All stanzas of vendors' indexes that were verified, by what they are.
struct VouchedPackages {
  /// By `identity`: the first tree that lists it.
  private var stanzas: [SHA256Digest: UInt16] = [:]
  /// What packages are called, each with its architecture and with none.
  private var labels: Set<SHA256Digest> = []
  private var contents: Set<SHA256Digest> = []
  /// Where files lie, and what they are there.
  private var places: Set<SHA256Digest> = []
  private var placedContents: Set<SHA256Digest> = []

  /// Stands for whatever architecture.
  private static let anyArchitecture = ""

  /// Takes in what a tree lists.
  mutating func add(_ stanza: PackageStanza, _ sort: StanzaSort, of tree: Int) {
    let identity = stanza.identity(sort)
    if stanzas[identity] == nil { stanzas[identity] = UInt16(clamping: tree) }
    labels.insert(stanza.nameDigest(sort, stanza.architecture))
    labels.insert(stanza.nameDigest(sort, VouchedPackages.anyArchitecture))
    contents.formUnion(stanza.contents)
    stanza.forEachFile { file in
      places.insert(file.place)
      placedContents.insert(file.content)
    }
  }

  /// The tree that lists a stanza; nil for one that no vendor vouches for.
  func tree(of stanza: PackageStanza, _ sort: StanzaSort) -> Int? {
    stanzas[stanza.identity(sort)].map { Int($0) }
  }

  /// Whether a stanza that no vendor vouches for says that it is a package of theirs, has their file, or
  /// lies where one of their files does.
  func isAltered(_ stanza: PackageStanza, _ sort: StanzaSort) -> Bool {
    isCalledAsTheirs(stanza, sort) || stanza.contents.contains { contents.contains($0) }
      || stanza.files.contains {
        places.contains($0.place) && !placedContents.contains($0.content)
      }
  }

  /// Whether clients could take it for a package of theirs: one for all architectures is one for each.
  private func isCalledAsTheirs(_ stanza: PackageStanza, _ sort: StanzaSort) -> Bool {
    let architectures =
      stanza.architecture == "all"
      ? [VouchedPackages.anyArchitecture] : [stanza.architecture, "all"]
    return architectures.contains { labels.contains(stanza.nameDigest(sort, $0)) }
  }
}
