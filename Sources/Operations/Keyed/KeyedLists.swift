package import Composing
internal import DebianRepository
internal import Depot
internal import Objects
package import SafeIO
internal import Synchronization

extension Session {
  /// The packages of something that lists them, with their keys, by key.
  ///
  /// Weak sums that no one knows yet are made from the files, once, and kept. Of packages with one key
  /// the first one stands for all.
  package func keyedPackages(of source: PackageSource) throws(Failure) -> [KeyedPackage] {
    try keyedPackages(of: [source])
  }

  /// The packages of several sources, with their keys, by key.
  package func keyedPackages(of sources: [PackageSource]) throws(Failure) -> [KeyedPackage] {
    let depot = try depot()
    var listed: [PackageEntry] = []
    for source in sources { listed += try PackageEntries.packages(of: source, in: depot) }
    let sums = try KnownSums.sums(of: listed, in: depot)
    var found: [String: KeyedPackage] = [:]
    for one in listed {
      let package = KeyedPackage(
        one,
        one.files.map { path, size, digest in
          let weak = sums[digest] ?? ("", "")
          return KeyedPackage.File(
            name: path.components.last ?? path.text,
            size: size,
            md5: weak.md5,
            sha1: weak.sha1,
            sha256: digest
          )
        }
      )
      if found[package.key] == nil { found[package.key] = package }
    }
    return found.values.sorted { $0.key < $1.key }
  }

  /// Everything in the depot that lists packages.
  package func packageSources() throws(Failure) -> [PackageSource] {
    let catalogue = try depot().catalogue
    var sources: [PackageSource] = []
    for repo in try catalogue.repos() { sources.append(.repo(repo.name)) }
    for snapshot in try catalogue.snapshots() { sources.append(.snapshot(snapshot.name)) }
    for mirror in try catalogue.mirrors() { sources.append(.mirror(mirror.name)) }
    for key in try catalogue.apiRecords(PackageEntry.aside).keys.sorted() {
      sources.append(.aside(key))
    }
    return sources
  }
}

/// The weak sums of this process's depots: what an object is never changes.
private enum KnownSums {
  typealias Sums = (md5: String, sha1: String)

  private static let known = Mutex<[SHA256Digest: Sums]>([:])

  /// The sums of all files of packages.
  static func sums(
    of packages: [PackageEntry],
    in depot: Depot
  ) throws(Failure) -> [SHA256Digest: Sums] {
    let wanted = packages.flatMap { $0.files.map(\.digest) }
    var missing = known.withLock { known in wanted.filter { known[$0] == nil } }
    if !missing.isEmpty {
      let stored = try depot.catalogue.weakSums()
      known.withLock { $0.merge(stored) { first, _ in first } }
      missing = known.withLock { known in missing.filter { known[$0] == nil } }
      var fresh: [SHA256Digest: Sums] = [:]
      for digest in missing where fresh[digest] == nil {
        fresh[digest] = try make(digest, depot)
      }
      try depot.catalogue.note(weakSums: fresh)
      known.withLock { $0.merge(fresh) { first, _ in first } }
    }
    return known.withLock { $0 }
  }

  private static func make(_ digest: SHA256Digest, _ depot: Depot) throws(Failure) -> Sums {
    try Interruption.check()
    let file = try depot.objects.open(digest)
    let block = Block()
    var sums = WeakSums()
    while try file.read(into: block) > 0 {
      sums.update(block.bytes)
      block.clear()
    }
    return sums.finish()
  }
}
