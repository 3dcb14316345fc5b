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

  /// Which package it is: name, version and architecture, in a list of some sort.
  func nameDigest(_ sort: StanzaSort) -> SHA256Digest {
    SHA256Digest.of([sort.rawValue] + Array("\(package)\n\(version)\n\(architecture)".utf8))
  }

  /// What makes the package what it is: its file, or the description of a source package.
  var contents: [SHA256Digest] {
    if kind == .packages { return sha256.map { [$0] } ?? [] }
    return files.filter { $0.path.text.hasSuffix(".dsc") }.compactMap(\.sha256)
  }
}

/// All stanzas of vendors' indexes that were verified, by what they are.
struct VouchedPackages {
  /// By `identity`: the first tree that lists it.
  private var stanzas: [SHA256Digest: UInt16] = [:]
  private var labels: Set<SHA256Digest> = []
  private var contents: Set<SHA256Digest> = []

  /// Takes in what a tree lists.
  mutating func add(_ stanza: PackageStanza, _ sort: StanzaSort, of tree: Int) {
    let identity = stanza.identity(sort)
    if stanzas[identity] == nil { stanzas[identity] = UInt16(clamping: tree) }
    labels.insert(stanza.nameDigest(sort))
    contents.formUnion(stanza.contents)
  }

  /// The tree that lists a stanza; nil for one that no vendor vouches for.
  func tree(of stanza: PackageStanza, _ sort: StanzaSort) -> Int? {
    stanzas[stanza.identity(sort)].map { Int($0) }
  }

  /// Whether a stanza that no vendor vouches for says that it is a package of theirs, or has their file.
  func isAltered(_ stanza: PackageStanza, _ sort: StanzaSort) -> Bool {
    labels.contains(stanza.nameDigest(sort)) || stanza.contents.contains { contents.contains($0) }
  }
}
