internal import Archives
internal import DebianRepository
internal import SafeIO

/// The Release file of a composed suite: the composer's own, and what it may say and list.
///
/// The site that publishes signs what it makes of it. So there is nothing in it but names and
/// indexes that are read, of packages, of their descriptions and of their files: what is not read,
/// nobody has vouched for.
struct ComposedRelease {
  private let release: ReleaseFile
  private let directory: String

  init(_ signed: SignedRelease) {
    release = signed.release
    directory = Distribution.directory(of: signed.suite.distribution)
  }

  private static let fields: Set<String> = [
    "suite", "codename", "architectures", "components", "sha256",
  ]

  /// Refuses other fields, other files than indexes of packages of a component and of what
  /// accompanies them, and names by hash, under which an index would be followed and not be read here.
  func check(_ files: some ArchiveFiles) throws(Failure) {
    if let field = release.stanza.all.first(where: {
      !ComposedRelease.fields.contains($0.name.lowercased())
    }) {
      throw refusal("says more than names and indexes: \(Escaped.line(field.name, limit: 60))", nil)
    }
    for listed in release.files {
      guard isIndex(listed.path) else {
        throw refusal("lists what is not an index that is read", listed.path.text)
      }
      let plain = directory + listed.path.text
      for hash in ListedHash.allCases {
        guard let value = listed.value(of: hash) else { continue }
        let path = ByHashPath(besides: plain, hash, value).text
        if try files.has(path) { throw refusal("comes with a name by hash", path) }
      }
    }
  }

  private func isIndex(_ path: RelativePath) -> Bool {
    guard let index = IndexPath(path.text), index.layout == .tree,
      StanzaSort(index.kind) != nil || isWhole(index),
      let component = index.component, Compression(fileName: path.text) != nil
    else { return false }
    return release.components.contains(component)
  }

  /// Whether it accompanies packages and says what it is uncompressed, so that its forms are one.
  private func isWhole(_ index: IndexPath) -> Bool {
    index.kind.isCompanion
      && RelativePath(index.plain.text).flatMap { release.file($0) }?.sha256 != nil
  }

  private func refusal(_ what: String, _ path: String?) -> Failure {
    Failure(
      .integrity,
      "composed-release",
      "the Release file of a composed suite \(what)",
      subject: directory + (path ?? "Release"),
      hint: ProvenanceTree.ask
    )
  }
}
