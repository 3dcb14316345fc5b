internal import DebianRepository
internal import SafeIO
internal import VendorChain

/// One package of a source snapshot: its stanza byte for byte, and where it stands.
///
/// A reference: tens of thousands are sorted and passed on.
final class ComposedPackage: Sendable {
  /// What packages are compared by: of those with one key only some stay.
  struct Key: Hashable, Sendable {
    let sort: StanzaSort
    let name: ArraySlice<UInt8>
    let architecture: String
  }

  let sort: StanzaSort
  let name: ArraySlice<UInt8>
  let version: [UInt8]
  let architecture: String
  /// The component that it comes in.
  let component: String
  /// The number of the source, from the left.
  let source: Int
  /// The number of its index among those of all sources; nil for one of this site itself.
  let index: Int?
  /// The stanza.
  let text: StanzaSpool.Place
  /// What the stanza is, byte for byte.
  let identity: SHA256Digest
  /// Its files: where they lie in the archive.
  let files: [RelativePath]
  /// Which of the descriptions of its name is its own, as 32 digits; empty for what has none.
  let description: [UInt8]

  init(
    _ stanza: PackageStanza,
    _ index: SourceIndex,
    number: Int,
    _ identity: SHA256Digest,
    to spool: StanzaSpool
  ) throws(Failure) {
    sort = index.sort
    text = try spool.append(stanza.bytes)
    name = Array(copying: stanza.packageBytes)[...]
    version = Array(copying: stanza.versionBytes)
    architecture = stanza.architecture
    component = index.component
    source = index.source
    self.index = number
    self.identity = identity
    files = stanza.files.map(\.path)
    description = sort == .binary ? ComposedPackage.description(stanza) : []
  }

  /// What `apt` looks for its description by: what the stanza says, or else the MD5 of its own.
  private static func description(_ stanza: PackageStanza) -> [UInt8] {
    guard !stanza.has(.descriptionMD5) else {
      return Array(copying: stanza.bytes(of: .descriptionMD5))
    }
    guard stanza.has(.description) else { return [] }
    return Array(MD5Text.hex(Array(copying: stanza.bytes(of: .description)) + [0x0a]).utf8)
  }

  /// A package of a repository of this site.
  init(
    _ package: RepoContent.Package,
    _ sort: StanzaSort,
    component: String,
    source: Int = 0,
    to spool: StanzaSpool
  ) throws(Failure) {
    self.sort = sort
    text = try spool.append(package.text.span)
    name = Array(package.name.utf8)[...]
    version = Array(package.version.utf8)
    architecture = package.architecture
    self.component = component
    (self.source, index) = (source, nil)
    identity = SHA256Digest.of([sort.rawValue] + package.text)
    files = package.files.map(\.path)
    description = []
  }

  /// A package that a repository had.
  init(_ entry: PackageEntry, source: Int, to spool: StanzaSpool) throws(Failure) {
    sort = entry.sort
    text = try spool.append(entry.text.span)
    name = Array(entry.stanza.package.utf8)[...]
    version = Array(entry.stanza.version.utf8)
    architecture = entry.stanza.architecture
    component = entry.component
    (self.source, index, identity) = (source, nil, entry.identity)
    files = entry.files.map(\.path)
    description = []
  }

  /// The same package in another component.
  private init(_ package: ComposedPackage, in component: String) {
    (sort, name, version) = (package.sort, package.name, package.version)
    (architecture, self.component) = (package.architecture, component)
    (source, index, text) = (package.source, package.index, package.text)
    (identity, files) = (package.identity, package.files)
    description = package.description
  }

  /// The same package in a component.
  func inComponent(_ component: String) -> ComposedPackage {
    component == self.component ? self : ComposedPackage(self, in: component)
  }

  var key: Key { Key(sort: sort, name: name, architecture: architecture) }

  /// What it is called in messages.
  var label: String {
    String(decoding: name, as: UTF8.self) + " " + String(decoding: version, as: UTF8.self)
      + " \(architecture)"
  }

  /// The order in which indexes have them.
  static func precedes(_ left: ComposedPackage, _ right: ComposedPackage) -> Bool {
    if left.name != right.name { return left.name.lexicographicallyPrecedes(right.name) }
    let (version, other) = (left.version, right.version)
    if version != other {
      switch DebianVersion.orderOfAny(version.span, other.span) {
      case .earlier: return true
      case .later: return false
      case .same: return version.lexicographicallyPrecedes(other)
      }
    }
    if left.architecture != right.architecture { return left.architecture < right.architecture }
    return left.identity < right.identity
  }
}
