package import DebianRepository
package import Depot
internal import Objects
package import SafeIO
package import VendorChain

/// Something of a depot that lists packages.
package enum PackageSource: Hashable, Sendable {
  case mirror(String)
  case repo(String)
  case snapshot(String)
  /// A package that a repository had, by its key, kept until the next cleanup.
  case aside(String)
}

/// A package that something lists, with its files.
package struct PackageEntry: Sendable {
  /// What lists it.
  package let source: PackageSource
  package let sort: StanzaSort
  package let stanza: PackageStanza
  package let component: String
  /// What the stanza is, byte for byte.
  package let identity: SHA256Digest
  /// Its files, by their paths in the archive.
  package let files: [(path: RelativePath, size: UInt64, digest: SHA256Digest)]

  /// The stanza with a line end behind its last line.
  package var text: [UInt8] {
    var text = Array(copying: stanza.bytes)
    if text.last != 0x0a { text.append(0x0a) }
    return text
  }
}

/// All packages of mirrors, repositories and snapshots.
package enum PackageEntries {
  /// The packages of one source, each once, in no order.
  ///
  /// What `apt` cannot get is none, and what the source leaves out is not there.
  package static func packages(
    of source: PackageSource,
    in depot: Depot
  ) throws(Failure) -> [PackageEntry] {
    if case .aside(let key) = source {
      let text = try depot.catalogue.apiRecord(PackageEntry.aside, key)
      guard let text, let entry = try PackageEntry(kept: text, key) else { return [] }
      for file in entry.files {
        guard try depot.objects.contains(file.digest, size: file.size) else { return [] }
      }
      return [entry]
    }
    if case .repo(let name) = source {
      let repo = try depot.catalogue.repo(name)
      return try own(repo, RepoContent(of: repo, in: depot))
    }
    var found: [PackageEntry] = []
    var seen: Set<SHA256Digest> = []
    let sources = try SourceSnapshots(of: [source], in: depot, to: StanzaSpool())
    for index in sources.indexes {
      let list = sources.lists[index.source]
      try index.forEachStanza(opening: SourceSnapshots.opening(depot.objects)) {
        (stanza) throws(Failure) in
        let identity = stanza.identity(index.sort)
        guard seen.insert(identity).inserted else { return }
        let files = stanza.files.compactMap { file in
          list.index(of: file.path).map { (file.path, list.size(at: $0), list.digest(at: $0)) }
        }
        guard files.count == stanza.files.count else { return }
        found.append(
          PackageEntry(
            source: source,
            sort: index.sort,
            stanza: stanza,
            component: index.component,
            identity: identity,
            files: files
          )
        )
      }
    }
    return found
  }

  private static func own(
    _ repo: RepoRecord,
    _ content: RepoContent
  ) throws(Failure) -> [PackageEntry] {
    var found: [PackageEntry] = []
    for (key, package) in content.packages {
      guard let sort = RepoContent.sort(of: key) else { continue }
      var stanza: PackageStanza?
      var reader = PackageIndexReader(sort == .source ? .sources : .packages, name: key)
      try reader.feed(package.text.span) { stanza = $0 }
      try reader.finish { stanza = $0 }
      guard let stanza else { continue }
      found.append(
        PackageEntry(
          source: .repo(repo.name),
          sort: sort,
          stanza: stanza,
          component: RepoContent.component(of: package) ?? repo.component,
          identity: SHA256Digest.of([sort.rawValue] + package.text),
          files: package.files
        )
      )
    }
    return found
  }
}
