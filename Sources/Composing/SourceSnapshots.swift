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
    isPartial = records.map { !$0.leftOut.isEmpty }
    own = []
    suite = records.first?.suites.first?.distribution
  }

  /// A repository of this site as the only source.
  init(repo name: String, in depot: Depot, to spool: StanzaSpool) throws(Failure) {
    let repo = try depot.catalogue.repo(name)
    let content = try RepoContent(of: repo, in: depot)
    lists = [try content.list()]
    (records, indexes, isPartial) = ([], [], [false])
    open = SourceSnapshots.opening(depot.objects)
    var own: [ComposedPackage] = []
    for (key, package) in content.packages {
      guard let sort = RepoContent.sort(of: key) else { continue }
      let component = RepoContent.component(of: package) ?? repo.component
      own.append(try ComposedPackage(package, sort, component: component, to: spool))
    }
    self.own = own
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
    isPartial = suites.map { !$0.leftOut.isEmpty }
    self.open = open
    own = []
    self.suite = suite
  }

  /// Objects of a depot.
  static func opening(_ objects: any ObjectStore) -> Opening {
    func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile { try objects.open(digest) }
    return open
  }

  /// Mirrors, snapshots and repositories of this site; repositories come last.
  init(
    of wanted: [PackageSource],
    in depot: Depot,
    to spool: StanzaSpool?
  ) throws(Failure) {
    let gathered = try GatheredSources(wanted, in: depot, to: spool)
    (records, lists, indexes) = (gathered.records, gathered.lists, gathered.indexes)
    (own, places, isPartial) = (gathered.own, gathered.places, gathered.isPartial)
    open = SourceSnapshots.opening(depot.objects)
    suite = records.first?.suites.first?.distribution ?? gathered.ownSuite
  }

  /// The architectures that there are indexes for where somebody chose them.
  var chosenArchitectures: Set<String>?

  /// Which of the lists are of a source.
  private(set) var places: [PackageSource: Range<Int>] = [:]

  /// The packages that stand in a choice, each in the component that it has there.
  ///
  /// - Throws: `state` when one of them is not there any more.
  func packages(
    _ choice: [ChosenPackage],
    to spool: StanzaSpool
  ) throws(Failure) -> [ComposedPackage] {
    var wanted: [Int: [SHA256Digest: Set<String>]] = [:]
    for one in choice {
      for place in places[one.package.source] ?? 0..<0 {
        wanted[place, default: [:]][one.package.identity, default: []].insert(one.component)
      }
    }
    var found = try packages(to: spool) { stanza, number in
      wanted[indexes[number].source]?[stanza.identity(indexes[number].sort)] != nil
    }
    found += own.filter { wanted[$0.source]?[$0.identity] != nil }
    let result = found.flatMap { package in
      // One package may come in several components.
      (wanted[package.source]?[package.identity] ?? []).sorted().map(package.inComponent)
    }
    guard result.count >= choice.count else {
      throw Failure(
        .state,
        "changed-meanwhile",
        "a package that was chosen is not there any more",
        hint: "run the same command again"
      )
    }
    return result
  }

  /// Anything of the depot that has packages, as it is now; each suite of a mirror is a source.
  init(origins: [PackageOrigin], in depot: Depot) throws(Failure) {
    var content = OriginContent(depot)
    for origin in origins { try content.add(origin) }
    (records, lists, indexes) = ([], content.lists, content.indexes)
    (isPartial, own, suite) = (content.isPartial, [], nil)
    open = SourceSnapshots.opening(depot.objects)
  }

  /// Whether a source lacks something that its indexes list.
  let isPartial: [Bool]

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
    var seen: [Set<SHA256Digest>] = lists.map { _ in [] }
    for (number, index) in indexes.enumerated() {
      let list = lists[index.source]
      try index.forEachStanza(opening: open) { (stanza) throws(Failure) in
        guard isWanted(stanza, number) else { return }
        let identity = stanza.identity(index.sort)
        guard seen[index.source].insert(identity).inserted else { return }
        guard stanza.files.allSatisfy({ list.index(of: $0.path) != nil }) else { return }
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
    if let chosenArchitectures { return chosenArchitectures }
    return Set(indexes.filter { $0.sort == sort }.compactMap(\.path.architecture)).subtracting([
      "all"
    ])
  }
}
