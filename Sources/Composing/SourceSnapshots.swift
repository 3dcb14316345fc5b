internal import DebianRepository
internal import Depot
internal import Objects
internal import SafeIO
internal import VendorChain

/// The snapshots that a composition takes packages from.
struct SourceSnapshots {
  let records: [SnapshotRecord]
  let lists: [FileList]
  let indexes: [SourceIndex]
  /// The packages of a repository of this site, where that is the source.
  let own: [ComposedPackage]
  /// Opens one of their files.
  let open: Opening

  /// Opens a file by its digest.
  typealias Opening = (SHA256Digest) throws(Failure) -> OpenFile

  init(_ names: [String], in depot: Depot) throws(Failure) {
    var records: [SnapshotRecord] = []
    var lists: [FileList] = []
    var indexes: [SourceIndex] = []
    for (number, name) in names.enumerated() {
      guard !names[..<number].contains(name) else {
        throw Failure(.usage, "arguments", "name each snapshot once", subject: name)
      }
      let record = try depot.catalogue.snapshot(name)
      let list = try depot.catalogue.fileList(of: record)
      for suite in record.suites {
        indexes += SourceIndex.all(of: suite, in: list, source: number)
      }
      records.append(record)
      lists.append(list)
    }
    (self.records, self.lists, self.indexes) = (records, lists, indexes)
    open = SourceSnapshots.opening(depot.objects)
    own = []
    suite = records.first?.suites.first?.distribution
  }

  /// A repository of this site as the only source.
  init(repo name: String, in depot: Depot) throws(Failure) {
    let repo = try depot.catalogue.repo(name)
    let content = try RepoContent(of: repo, in: depot)
    lists = [try content.list()]
    (records, indexes) = ([], [])
    open = SourceSnapshots.opening(depot.objects)
    own = content.packages.compactMap { key, package in
      RepoContent.sort(of: key).map {
        ComposedPackage(
          package,
          $0,
          component: RepoContent.component(of: package) ?? repo.component
        )
      }
    }
    suite = repo.suite
  }

  /// Suites of a mirror, each a source of its own, as if a snapshot had been made of each.
  init(
    mirror name: String,
    _ suites: [(suite: SuiteRecord, list: FileList, leftOut: [LeftOut])],
    named suite: String?,
    opening open: @escaping Opening
  ) {
    records = suites.map { suite, list, leftOut in
      SnapshotRecord(
        name: "mirror \(name)",
        list: list,
        suites: [suite],
        created: UTCTime(seconds: 0),
        origin: "mirror \(name)",
        leftOut: leftOut
      )
    }
    lists = suites.map(\.list)
    indexes = suites.enumerated().flatMap { number, suite in
      SourceIndex.all(of: suite.suite, in: suite.list, source: number)
    }
    self.open = open
    own = []
    self.suite = suite
  }

  /// Objects of a depot.
  static func opening(_ objects: any ObjectStore) -> Opening {
    func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile { try objects.open(digest) }
    return open
  }

  /// What the suite is called where nobody says it.
  private(set) var suite: String?

  /// The packages that are wanted; one that several indexes of a source list comes once.
  ///
  /// What a source leaves out is not there to be taken.
  func packages(
    where isWanted: (_ stanza: PackageStanza, _ index: Int) -> Bool
  ) throws(Failure) -> [ComposedPackage] {
    var found: [ComposedPackage] = []
    var seen: [Set<SHA256Digest>] = records.map { _ in [] }
    for (number, index) in indexes.enumerated() {
      let list = lists[index.source]
      try index.forEachStanza(opening: open) { (stanza) throws(Failure) in
        guard isWanted(stanza, number) else { return }
        let identity = stanza.identity(index.sort)
        guard seen[index.source].insert(identity).inserted else { return }
        let package = ComposedPackage(stanza, index, number: number, identity)
        guard package.files.allSatisfy({ list.index(of: $0.text) != nil }) else { return }
        found.append(package)
      }
    }
    return found
  }

  /// The architectures that a source has, `all` and `source` among them.
  func architectures(ofSource source: Int) -> Set<String> {
    let own = indexes.filter { $0.source == source }.compactMap(\.path.architecture)
    return Set(own).union(["all", "source"])
  }

  /// The architectures that the indexes of some sort are of.
  func architectures(_ sort: StanzaSort) -> Set<String> {
    Set(indexes.filter { $0.sort == sort }.compactMap(\.path.architecture)).subtracting(["all"])
  }
}
