internal import DebianRepository
package import Depot
internal import Objects
package import SafeIO
internal import VendorChain

/// What a repository of this site has: its listing, read and changed in memory.
package struct RepoContent {
  /// A package of a repository.
  package struct Package: Sendable {
    /// Where its stanza stands in the listing.
    let key: String
    /// Where its files lie, with their sizes and digests.
    let files: [(path: RelativePath, size: UInt64, digest: SHA256Digest)]
    /// The stanza, as an index has it.
    let text: [UInt8]
    package let name: String
    package let version: String
    package let architecture: String
    /// The pinned keys that signed the upload in which it comes.
    var signers: [String] = []

    /// What it is called in messages.
    package var label: String { "\(name) \(version) \(architecture)" }

    /// What no two packages of a repository may have in common: whatever spelling a version has, `apt`
    /// takes it for the same.
    var identity: [UInt8] {
      Array("\(key.prefix { $0 != "_" })_\(architecture)\n".utf8)
        + DebianVersion.canonical(Array(version.utf8).span)
    }

    /// The sum of the sizes of its files, in bytes.
    package var size: UInt64 { files.reduce(0) { $0 &+ $1.size } }
  }

  /// Where stanzas stand in a listing.
  static let stanzas = "stanzas/"

  /// The packages by the places of their stanzas.
  private(set) var packages: [String: Package] = [:]
  /// The places of their stanzas by what no two may have in common.
  private var keys: [[UInt8]: String] = [:]

  /// Nothing.
  package init() {}

  /// Reads what a repository has.
  package init(of repo: RepoRecord, in depot: Depot) throws(Failure) {
    let list = try depot.catalogue.fileList(
      repo.listing,
      name: "the listing of repository \(repo.name)"
    )
    for position in list.indices(withPrefix: RepoContent.stanzas) {
      let path = list.path(at: position)
      guard let sort = RepoContent.sort(of: path) else {
        throw RepoContent.unreadable(repo, path)
      }
      let text = try depot.objects.open(list.digest(at: position)).readAll(limit: 4 << 20)
      guard SHA256Digest.of(text) == list.digest(at: position) else {
        throw RepoContent.unreadable(repo, path)
      }
      let package = try RepoContent.package(text, sort) { (file) in
        list.index(of: file).map { (list.size(at: $0), list.digest(at: $0)) }
      }
      packages[path] = package
      keys[package.identity] = path
    }
  }

  private static func unreadable(_ repo: RepoRecord, _ path: String) -> Failure {
    Failure(
      .integrity,
      .damagedObject,
      "the stanza of a package of a repository is damaged in the depot",
      subject: "\(repo.name), \(path)",
      hint: "run: aptferry depot check --repair-from DIR"
    )
  }

  /// Reads a stanza with the files that it names, as far as `find` knows them.
  static func package(
    _ text: [UInt8],
    _ sort: StanzaSort,
    find: (RelativePath) -> (size: UInt64, digest: SHA256Digest)?
  ) throws(Failure) -> Package {
    var found: PackageStanza?
    var reader = PackageIndexReader(sort == .source ? .sources : .packages, name: "the stanza")
    try reader.feed(text.span) { found = $0 }
    try reader.finish { found = $0 }
    guard let stanza = found else {
      throw Failure(.integrity, "deb", "the stanza of a package has nothing in it")
    }
    if let reason = stanza.unusable { throw reason }
    var files: [(path: RelativePath, size: UInt64, digest: SHA256Digest)] = []
    for file in stanza.files {
      guard let (size, digest) = find(file.path), size == file.size,
        file.sha256.map({ $0 == digest }) ?? true
      else {
        throw Failure(
          .integrity,
          "deb",
          "a file of the package is not what its stanza says: \(stanza.label)",
          subject: file.path.text
        )
      }
      files.append((file.path, size, digest))
    }
    return Package(
      key: key(sort, stanza.package, stanza.version, stanza.architecture),
      files: files,
      text: text,
      name: stanza.package,
      version: stanza.version,
      architecture: stanza.architecture
    )
  }

  private static func key(
    _ sort: StanzaSort,
    _ name: String,
    _ version: String,
    _ architecture: String
  ) -> String {
    "\(stanzas)\(sort)/\(name)_\(version)_\(architecture)"
  }

  /// The component that a package came in, as its place in the pool says.
  static func component(of package: Package) -> String? {
    let parts = package.files.first?.path.components ?? []
    return parts.count > 2 && parts[0] == "pool" ? parts[1] : nil
  }

  static func sort(of key: String) -> StanzaSort? {
    switch key.dropFirst(stanzas.count).prefix(while: { $0 != "/" }) {
    case "binary": .binary
    case "source": .source
    case "installer": .installer
    default: nil
    }
  }

  /// All packages, by name.
  package var sorted: [Package] {
    packages.values.sorted {
      ($0.name, $0.version, $0.architecture) < ($1.name, $1.version, $1.architecture)
    }
  }

  /// Puts a package in; answers whether it was not there, and the one that gave way.
  ///
  /// - Throws: `state` when another one of its name, version and architecture is there, unless that is
  ///   to give way.
  mutating func put(
    _ package: Package,
    replacing: Bool
  ) throws(Failure) -> (isNew: Bool, replaced: Package?) {
    let old = keys[package.identity].flatMap { packages[$0] }
    if let old {
      // The same files, perhaps from another place: nothing that a client would not see.
      let isSame = old.files.map(\.digest) == package.files.map(\.digest)
      if isSame, !replacing || old.text == package.text { return (false, nil) }
      guard replacing else {
        throw Failure(
          .state,
          "package-exists",
          "the repository has another package of that name, version and architecture",
          subject: package.label,
          hint:
            "give the new one a version of its own; clients that have the old one do not see that "
            + "it changed. To put it in all the same: --replace",
          details: old.label == package.label ? [] : ["it has \(old.label)"]
        )
      }
      packages[old.key] = nil
    }
    packages[package.key] = package
    keys[package.identity] = package.key
    return (true, old)
  }

  /// Takes packages out; answers them.
  mutating func remove(
    where isUnwanted: (PackageStanza) -> Bool
  ) throws(Failure) -> [Package] {
    var removed: [Package] = []
    for (key, package) in packages {
      guard let sort = RepoContent.sort(of: key) else { continue }
      var isGone = false
      var reader = PackageIndexReader(sort == .source ? .sources : .packages, name: key)
      try reader.feed(package.text.span) { isGone = isGone || isUnwanted($0) }
      try reader.finish { isGone = isGone || isUnwanted($0) }
      if isGone {
        packages[key] = nil
        keys[package.identity] = nil
        removed.append(package)
      }
    }
    return removed
  }

  /// Takes packages out, those of them that are there; answers them.
  mutating func remove(_ unwanted: [Package]) -> [Package] {
    var removed: [Package] = []
    for package in unwanted {
      guard let old = packages.removeValue(forKey: package.key) else { continue }
      keys[old.identity] = nil
      removed.append(old)
    }
    return removed
  }

  /// Refuses two packages that want one place in the pool for files of their own.
  private func requirePlaces() throws(Failure) {
    var places: [String: (digest: SHA256Digest, label: String)] = [:]
    for package in packages.values {
      for file in package.files {
        guard !file.path.text.hasPrefix(RepoContent.stanzas) else {
          throw Failure(
            .state,
            "repo-conflict",
            "a package lies where a repository has its lists: \(package.label)",
            subject: file.path.text,
            hint: "it can be in a snapshot, but in no repository of this site"
          )
        }
        let other = places.updateValue((file.digest, package.label), forKey: file.path.text)
        guard let other, other.digest != file.digest else { continue }
        throw Failure(
          .state,
          "repo-conflict",
          "two packages have different files of one name in the pool: "
            + [other.label, package.label].sorted().joined(separator: ", "),
          subject: file.path.text,
          hint: "an epoch is no part of a file's name: give one of them another version, or keep "
            + "them in two repositories"
        )
      }
    }
  }

  /// Takes packages out by what their stanzas are; answers them.
  mutating func remove(identities: Set<SHA256Digest>) -> [Package] {
    var removed: [Package] = []
    for (key, package) in packages {
      guard let sort = RepoContent.sort(of: key),
        identities.contains(SHA256Digest.of([sort.rawValue] + package.text))
      else { continue }
      packages[key] = nil
      keys[package.identity] = nil
      removed.append(package)
    }
    return removed
  }

  /// The listing.
  func list() throws(Failure) -> FileList {
    try requirePlaces()
    var builder = FileList.Builder()
    for package in packages.values {
      try builder.add(
        path: package.key,
        size: UInt64(package.text.count),
        digest: SHA256Digest.of(package.text)
      )
      for file in package.files {
        try builder.add(path: file.path.bytes.span, size: file.size, digest: file.digest)
      }
    }
    return try builder.finish()
  }
}
