internal import SafeIO

/// Decides which versions can be chosen, and gives the solver its packages with their relations.
struct UniverseSealing {
  typealias ID = SolverPool.ID
  typealias Entry = UniverseTable.Entry
  typealias Mention = UniverseTable.Mention

  private(set) var table: UniverseTable
  private(set) var entryOf: [Int32] = [-1, -1]
  private(set) var preference: [UInt32] = [0, 0]
  private(set) var installed: [ID] = []
  private(set) var candidates: [ID] = []
  /// Entries that become packages: to choose from, and of the machine.
  private var chosen: [Int] = []
  private var present: [Int] = []
  /// Names that packages of several architectures have.
  private var shared: Set<ID> = []
  /// For each name and architecture but the native one, the name in that one's space.
  private var spaces: [SpaceKey: ID] = [:]

  private struct SpaceKey: Hashable {
    let name: ID
    let architecture: Int
  }

  init(_ table: UniverseTable) { self.table = table }

  mutating func run(_ pool: borrowing SolverPool) throws(Failure) {
    select(pool)
    let installedFirst = pool.addPackages(present.count, areInstalled: true)
    let first = pool.addPackages(chosen.count, areInstalled: false)
    for (position, index) in present.enumerated() {
      try add(index, as: installedFirst + ID(position), pool)
    }
    for (position, index) in chosen.enumerated() {
      if position & 0xfff == 0 { try Interruption.check() }
      try add(index, as: first + ID(position), pool)
    }
    pool.seal()
    installed = present.map { table.entries[$0].package }
    candidates = chosen.map { table.entries[$0].package }
  }

  // MARK: Which version

  /// Takes the newest of each name and architecture, by name.
  private mutating func select(_ pool: borrowing SolverPool) {
    let entries = table.entries
    var order = Array(entries.indices)
    UniverseSealing.sort(&order, entries, pool)
    var start = 0
    while start < order.count {
      let first = entries[order[start]]
      var end = start + 1
      while end < order.count, entries[order[end]].name == first.name,
        entries[order[end]].architecture == first.architecture
      {
        end += 1
      }
      if start > 0, entries[order[start - 1]].name == first.name { shared.insert(first.name) }
      take(order[start..<end], entries, pool)
      start = end
    }
  }

  private static func sort(
    _ order: inout [Int],
    _ entries: [Entry],
    _ pool: borrowing SolverPool
  ) {
    // Names that were sorted once need no second look at their letters.
    var names = Array(Set(entries.map(\.name)))
    names.sort { pool.order($0, $1) < 0 }
    var rank: [ID: Int32] = [:]
    rank.reserveCapacity(names.count)
    for (position, name) in names.enumerated() { rank[name] = Int32(position) }
    let keys = entries.map { rank[$0.name] ?? 0 }
    order.sort { left, right in
      if keys[left] != keys[right] { return keys[left] < keys[right] }
      let (one, other) = (entries[left], entries[right])
      if one.architecture != other.architecture { return one.architecture < other.architecture }
      return (one.index, one.offset) < (other.index, other.offset)
    }
  }

  private mutating func take(
    _ group: ArraySlice<Int>,
    _ entries: [Entry],
    _ pool: borrowing SolverPool
  ) {
    var best: Int?
    var here: Int?
    for index in group {
      if entries[index].traits.contains(.installed) {
        if here.map({ pool.versionOrder(entries[$0].evr, entries[index].evr) < 0 }) ?? true {
          here = index
        }
      } else if best.map({ isBetter(entries[index], entries[$0], pool) }) ?? true {
        best = index
      }
    }
    if let here { present.append(here) }
    guard let best else { return }
    if let here, pool.versionOrder(entries[best].evr, entries[here].evr) <= 0 { return }
    chosen.append(best)
  }

  /// Whether an entry is rather chosen than another of its name: what is wanted before what is not,
  /// then the newer one, then what the caller has anyway, then the index that came first.
  private func isBetter(_ one: Entry, _ other: Entry, _ pool: borrowing SolverPool) -> Bool {
    let (isRoot, otherIsRoot) = (one.traits.contains(.root), other.traits.contains(.root))
    if isRoot != otherIsRoot { return isRoot }
    let order = pool.versionOrder(one.evr, other.evr)
    if order != 0 { return order > 0 }
    let (isHere, otherIsHere) = (one.traits.contains(.available), other.traits.contains(.available))
    return isHere != otherIsHere && isHere && !isRoot
  }

  // MARK: Packages

  private mutating func add(
    _ index: Int,
    as package: ID,
    _ pool: borrowing SolverPool
  ) throws(Failure) {
    table.entries[index].package = package
    let entry = table.entries[index]
    guard Int(package) == entryOf.count else {
      throw Failure(.internal, "solver", "the solver does not number packages as it says")
    }
    entryOf.append(Int32(index))
    preference.append(UniverseSealing.preference(of: entry))
    pool.name(
      package,
      space(entry.name, Int(entry.architecture), pool),
      architecture: entry.traits.contains(.all)
        ? table.allID : table.architectureIDs[Int(entry.architecture)],
      version: entry.evr
    )
    addProvides(entry, pool)
    for clause in table.hardClauses(of: entry) {
      pool.add(required: table.clauses[clause], to: package)
    }
    addConflicts(entry, pool)
  }

  /// Essential before protected before the native architecture before the priority: what `apt`
  /// compares behind the name.
  private static func preference(of entry: Entry) -> UInt32 {
    (entry.traits.contains(.essential) ? 0 : 1 << 24)
      | (entry.traits.contains(.protected) ? 0 : 1 << 23)
      | UInt32(entry.architecture) << 8 | UInt32(entry.priority)
  }

  /// The name by which packages of an architecture ask for another one.
  private mutating func space(
    _ name: ID,
    _ architecture: Int,
    _ pool: borrowing SolverPool
  ) -> ID {
    guard architecture != 0 else { return name }
    let key = SpaceKey(name: name, architecture: architecture)
    if let known = spaces[key] { return known }
    let made = pool.id(of: pool.text(name) + ":" + table.architectures[architecture])
    spaces[key] = made
    return made
  }

  private mutating func addProvides(_ entry: Entry, _ pool: borrowing SolverPool) {
    let own = Mention(name: entry.name, qualifier: 0, comparison: .same, version: entry.evr)
    provide(own, entry, pool)
    let start = Int(entry.provideStart)
    for position in start..<(start + Int(entry.provideCount)) {
      provide(table.provides[position], entry, pool)
    }
    if shared.contains(entry.name) {
      let name = sister(entry.name, Int(entry.architecture), pool)
      pool.add(provided: pool.relation(name, .same, entry.evr), to: entry.package)
    }
  }

  /// The name that only packages of one architecture have, for those of others.
  private func sister(_ name: ID, _ architecture: Int, _ pool: borrowing SolverPool) -> ID {
    pool.id(of: "=" + pool.text(name) + ":" + table.architectures[architecture])
  }

  private mutating func provide(
    _ mention: Mention,
    _ entry: Entry,
    _ pool: borrowing SolverPool
  ) {
    func add(_ name: ID) {
      let isPlain = mention.comparison.isEmpty
      let what = isPlain ? name : pool.relation(name, mention.comparison, mention.version)
      pool.add(provided: what, to: entry.package)
    }
    if mention.qualifier != 0 {
      guard
        let architecture = table.architectureIDs.firstIndex(of: mention.qualifier)
      else { return }
      add(space(mention.name, architecture, pool))
      add(qualified(mention.name, architecture, pool))
      return
    }
    let architecture = Int(entry.architecture)
    add(space(mention.name, architecture, pool))
    if entry.traits.contains(.foreign) {
      for other in table.architectures.indices where other != architecture {
        add(space(mention.name, other, pool))
      }
    }
    if entry.traits.contains(.allowed) { add(pool.id(of: pool.text(mention.name) + ":any")) }
    if table.qualified.contains(mention.name) { add(qualified(mention.name, architecture, pool)) }
  }

  private func qualified(_ name: ID, _ architecture: Int, _ pool: borrowing SolverPool) -> ID {
    pool.id(of: pool.text(name) + "::" + table.architectures[architecture])
  }

  private mutating func addConflicts(_ entry: Entry, _ pool: borrowing SolverPool) {
    let start = Int(entry.conflictStart)
    for position in start..<(start + Int(entry.conflictCount) + Int(entry.breakCount)) {
      conflict(table.conflicts[position], entry, pool)
    }
    guard shared.contains(entry.name) else { return }
    for other in table.architectures.indices where other != Int(entry.architecture) {
      let name = sister(entry.name, other, pool)
      // The sisters of one package are of one version.
      let isSame = entry.traits.contains(.same)
      let what = isSame ? pool.relation(name, [.later, .earlier], entry.evr) : name
      pool.add(conflict: what, to: entry.package)
    }
  }

  private mutating func conflict(
    _ mention: Mention,
    _ entry: Entry,
    _ pool: borrowing SolverPool
  ) {
    var names: [ID] = []
    if mention.qualifier == table.anyID {
      names = [pool.id(of: pool.text(mention.name) + ":any")]
    } else if mention.qualifier != 0, mention.qualifier != table.nativeID {
      guard
        let architecture = table.architectureIDs.firstIndex(of: mention.qualifier)
      else { return }
      names = [qualified(mention.name, architecture, pool)]
    } else {
      names = table.architectures.indices.map { space(mention.name, $0, pool) }
    }
    for name in names {
      let isPlain = mention.comparison.isEmpty
      var what = isPlain ? name : pool.relation(name, mention.comparison, mention.version)
      // A package whose sisters can be beside it means none of them.
      if entry.traits.contains(.same), shared.contains(entry.name) {
        for other in table.architectures.indices where other != Int(entry.architecture) {
          what = pool.without(what, sister(entry.name, other, pool))
        }
      }
      pool.add(conflict: what, to: entry.package)
    }
  }
}
