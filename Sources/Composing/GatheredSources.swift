internal import Depot
internal import SafeIO

/// Mirrors, snapshots and repositories of this site, as they are gathered for a composition: those of
/// vendors first, then what lies under this site's signature alone.
struct GatheredSources {
  private(set) var records: [SnapshotRecord] = []
  private(set) var lists: [FileList] = []
  private(set) var indexes: [SourceIndex] = []
  /// The packages of repositories and those put aside, where there is a spool for their stanzas.
  private(set) var own: [ComposedPackage] = []
  /// Which of the lists each source is.
  private(set) var places: [PackageSource: Range<Int>] = [:]
  /// The suite of the first repository.
  private(set) var ownSuite: String?
  /// Whether each of the lists lacks something that its indexes list.
  private(set) var isPartial: [Bool] = []

  private var repos: [(record: RepoRecord, content: RepoContent)] = []
  private var aside: [PackageEntry] = []

  /// Gathers sources; without a `spool` no stanza is read of what is this site's own.
  init(_ wanted: [PackageSource], in depot: Depot, to spool: StanzaSpool?) throws(Failure) {
    for source in wanted {
      let first = records.count
      try gather(source, in: depot)
      places[source] = first..<records.count
    }
    isPartial =
      records.map { !$0.leftOut.isEmpty } + repos.map { _ in false } + aside.map { _ in false }
    ownSuite = repos.first?.record.suite
    for repo in repos { try add(repo.record, repo.content, to: spool) }
    guard let spool else { return }
    for entry in aside { try add(entry, to: spool) }
  }

  private mutating func gather(_ source: PackageSource, in depot: Depot) throws(Failure) {
    switch source {
    case .snapshot(let name):
      let record = try depot.catalogue.snapshot(name)
      add(record, try depot.catalogue.fileList(of: record))
    case .mirror(let name): try add(statesOf: name, in: depot)
    case .repo(let name):
      let repo = try depot.catalogue.repo(name)
      repos.append((repo, try RepoContent(of: repo, in: depot)))
    case .aside: aside += try PackageEntries.packages(of: source, in: depot)
    }
  }

  private mutating func add(_ record: SnapshotRecord, _ list: FileList) {
    for suite in record.suites {
      indexes += SourceIndex.all(of: suite, in: list, source: records.count)
    }
    records.append(record)
    lists.append(list)
  }

  /// The suites of a mirror, each as if a snapshot had been made of it.
  private mutating func add(statesOf name: String, in depot: Depot) throws(Failure) {
    _ = try depot.catalogue.mirror(name)
    for state in try depot.catalogue.states(ofMirror: name) {
      let list = try depot.catalogue.fileList(
        state.listing,
        name: "the listing of mirror \(name), \(state.suite.distribution)"
      )
      let record = SnapshotRecord(
        name: name,
        list: list,
        suites: [state.suite],
        created: state.updated,
        origin: "mirror \(name)",
        leftOut: state.leftOut
      )
      add(record, list)
    }
  }

  private mutating func add(
    _ repo: RepoRecord,
    _ content: RepoContent,
    to spool: StanzaSpool?
  ) throws(Failure) {
    places[.repo(repo.name)] = lists.count..<lists.count + 1
    for (key, package) in content.packages {
      guard let spool, let sort = RepoContent.sort(of: key) else { continue }
      own.append(
        try ComposedPackage(
          package,
          sort,
          component: RepoContent.component(of: package) ?? repo.component,
          source: lists.count,
          to: spool
        )
      )
    }
    lists.append(try content.list())
  }

  /// A package that was put aside is a list of its own.
  private mutating func add(_ entry: PackageEntry, to spool: StanzaSpool) throws(Failure) {
    places[entry.source] = lists.count..<lists.count + 1
    own.append(try ComposedPackage(entry, source: lists.count, to: spool))
    var builder = FileList.Builder()
    for file in entry.files {
      try builder.add(path: file.path.bytes.span, size: file.size, digest: file.digest)
    }
    lists.append(try builder.finish())
  }
}
