internal import DebianRepository
internal import SafeIO

/// The Release file of a composed suite: the composer's own, and what it may say and list.
///
/// The site that publishes signs what it makes of it. So there is nothing in it but names and
/// indexes of packages that are read: what is not read, nobody has vouched for.
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

  /// Refuses other fields, other files than indexes of packages of a component, and names by hash,
  /// under which an index would be followed and not be read here.
  func check(_ files: some ArchiveFiles) throws(Failure) {
    if let field = release.stanza.all.first(where: {
      !ComposedRelease.fields.contains($0.name.lowercased())
    }) {
      throw refusal("says more than names and indexes: \(Escaped.line(field.name, limit: 60))", nil)
    }
    for listed in release.files {
      guard isIndex(listed.path) else {
        throw refusal("lists what is not an index of packages", listed.path.text)
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
    guard let index = IndexPath(path.text), index.layout == .tree, StanzaSort(index.kind) != nil,
      let component = index.component, IndexForm(path)?.compression != nil
    else { return false }
    return release.components.contains(component)
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
