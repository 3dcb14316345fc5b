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
  private let depot: Depot

  /// Where their files are.
  var objects: any ObjectStore { depot.objects }

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
    (self.records, self.lists, self.indexes, self.depot) = (records, lists, indexes, depot)
    own = []
    suite = records.first?.suites.first?.distribution
  }

  /// A repository of this site as the only source.
  init(repo name: String, in depot: Depot, to spool: StanzaSpool) throws(Failure) {
    let repo = try depot.catalogue.repo(name)
    let content = try RepoContent(of: repo, in: depot)
    lists = [try content.list()]
    (records, indexes, self.depot) = ([], [], depot)
    var own: [ComposedPackage] = []
    for (key, package) in content.packages {
      guard let sort = RepoContent.sort(of: key) else { continue }
      let component = RepoContent.component(of: package) ?? repo.component
      own.append(try ComposedPackage(package, sort, component: component, to: spool))
    }
    self.own = own
    suite = repo.suite
  }

  /// What the suite is called where nobody says it.
  private(set) var suite: String?

  /// The packages that are wanted; one that several indexes of a source list comes once.
  ///
  /// What a source leaves out is not there to be taken.
  func packages(
    to spool: StanzaSpool,
    where isWanted: (_ stanza: PackageStanza, _ index: Int) -> Bool
  ) throws(Failure) -> [ComposedPackage] {
    var found: [ComposedPackage] = []
    var seen: [Set<SHA256Digest>] = records.map { _ in [] }
    for (number, index) in indexes.enumerated() {
      let list = lists[index.source]
      try index.forEachStanza(in: depot.objects) { (stanza) throws(Failure) in
        guard isWanted(stanza, number) else { return }
        let identity = stanza.identity(index.sort)
        guard seen[index.source].insert(identity).inserted else { return }
        guard stanza.files.allSatisfy({ list.index(of: $0.path.text) != nil }) else { return }
        found.append(
          try ComposedPackage(stanza, index, number: number, identity, to: spool)
        )
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
