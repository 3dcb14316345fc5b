internal import SafeIO

extension PackageUniverse {
  func isInstalled(_ package: ID) -> Bool { entry(package).traits.contains(.installed) }

  /// The jobs that keep what a machine holds as it is.
  var holds: [SolverPool.Job] {
    installed.filter { entry($0).traits.contains(.held) }.map { .hold($0) }
  }

  /// The packages of which the machine has an older version.
  var upgrades: [ID] {
    var names: Set<ID> = []
    for package in installed { names.insert(pool.nameID(of: package)) }
    return candidates.filter { names.contains(pool.nameID(of: $0)) }
  }

  func place(of entry: Entry) -> StanzaPlace {
    StanzaPlace(
      index: Int(entry.index),
      extent: entry.offset..<(entry.offset + UInt64(entry.length))
    )
  }

  /// Whether a package belongs to a system of that kind.
  func belongs(_ package: ID, to system: ClosureRequest.System) -> Bool {
    let entry = entry(package)
    guard entry.architecture == 0 else { return false }
    if !entry.traits.isDisjoint(with: [.essential, .protected]) { return true }
    if pool.text(entry.name) == "apt" { return true }
    let most: Int =
      switch system {
      case .essential: -1
      case .required: 0
      case .important: 1
      case .standard: 2
      }
    return Int(entry.priority) <= most
  }

  /// The package of a name, `name` or `name:architecture`; else what provides it and comes first.
  func package(called text: String) -> ID? {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var name = text
    if parts.count == 2, [table.architectures.first.map { $0[...] }, "all"].contains(parts[1]) {
      name = String(parts[0])
    }
    let id = pool.known(name)
    guard id > 1 else { return nil }
    var providers: [ID] = []
    pool.appendProviders(of: id, to: &providers)
    return providers.min { left, right in
      let isOwn = pool.nameID(of: left) == id
      if isOwn != (pool.nameID(of: right) == id) { return isOwn }
      if isInstalled(left) != isInstalled(right) { return isInstalled(right) }
      let (one, other) = (preference[Int(left)], preference[Int(right)])
      return one == other ? left < right : one < other
    }
  }

  /// Whether a machine has a package in this version or a newer one.
  func isThere(_ entry: Entry) -> Bool {
    installed.contains { package in
      let here = self.entry(package)
      return here.name == entry.name && here.architecture == entry.architecture
        && pool.versionOrder(here.evr, entry.evr) >= 0
    }
  }

  func missed(_ package: ID, _ clause: Int) -> PackageClosure.Missed {
    let entry = entry(package)
    return PackageClosure.Missed(
      package: label(of: entry),
      field: table.field(of: clause, in: entry),
      relation: text(of: table.clauses[clause])
    )
  }

  /// Why a package is in that another one wanted.
  func reason(_ package: ID, _ other: ID, _ clause: Int) -> PackageClosure.Reason {
    let entry = entry(other)
    let relation = table.clauses[clause]
    let position = alternatives(of: relation).firstIndex { alternative in
      pool.isProvided(alternative, by: { $0 == package })
    }
    return .relation(
      of: label(of: entry),
      table.field(of: clause, in: entry),
      text(of: relation),
      alternative: (position ?? 0) + 1
    )
  }

  /// Adds the sources of what is chosen.
  func addSources(to closure: inout PackageClosure) {
    struct Key: Hashable {
      let name: ID
      let version: ID
    }
    var known: [Key: UniverseTable.SourceEntry] = [:]
    for source in table.sources where source.isOffered {
      let key = Key(name: source.name, version: source.version)
      if known[key] == nil { known[key] = source }
    }
    var entries: [StanzaPlace: Int] = [:]
    for index in table.entries.indices { entries[place(of: table.entries[index])] = index }
    var taken: Set<Key> = []
    for member in closure.members {
      guard let index = entries[member.place] else { continue }
      let entry = table.entries[index]
      let key = Key(
        name: entry.source == 0 ? entry.name : entry.source,
        version: entry.sourceVersion == 0 ? entry.version : entry.sourceVersion
      )
      guard let source = known[key] else {
        closure.withoutSource.append(member.label)
        continue
      }
      guard taken.insert(key).inserted else { continue }
      closure.sources.append(
        PackageClosure.Member(
          label: PackageLabel(
            name: pool.text(source.name),
            version: pool.text(source.version),
            architecture: "source"
          ),
          place: StanzaPlace(
            index: Int(source.index),
            extent: source.offset..<(source.offset + UInt64(source.length))
          ),
          reason: .source(of: member.label)
        )
      )
    }
    closure.sources.sort { ($0.label, $0.place) < ($1.label, $1.place) }
  }

  // MARK: The check

  /// Looks whether every hard dependency of a set is satisfied inside and no two members exclude each
  /// other, by the relations alone; what was broken on the machine before may be so still.
  func check(_ members: [ID]) throws(Failure) {
    var isInside = Array(repeating: false, count: size)
    var isBase = isInside
    for package in members { isInside[Int(package)] = true }
    for package in installed { isBase[Int(package)] = true }
    var conflicts: [ID] = []
    for package in members {
      let entry = entry(package)
      for clause in table.hardClauses(of: entry) {
        let dependency = table.clauses[clause]
        if pool.isProvided(dependency, by: { isInside[Int($0)] }) { continue }
        if isBase[Int(package)], !pool.isProvided(dependency, by: { isBase[Int($0)] }) { continue }
        throw wrong(package, "lacks " + text(of: dependency))
      }
      conflicts.removeAll(keepingCapacity: true)
      pool.appendConflicts(of: package, to: &conflicts)
      for conflict in conflicts {
        let isExcluded = pool.isProvided(conflict) { other in
          other != package && isInside[Int(other)]
            && !(isBase[Int(package)] && isBase[Int(other)])
        }
        if isExcluded { throw wrong(package, "excludes " + text(of: conflict)) }
      }
    }
    var versions: Set<ID> = []
    for package in members where !versions.insert(pool.nameID(of: package)).inserted {
      throw wrong(package, "is in twice")
    }
  }

  private func wrong(_ package: ID, _ what: String) -> Failure {
    Failure(
      .internal,
      "closure-check",
      "the chosen packages do not fit together: \(label(package).text) \(what)",
      hint: "report it as a defect, with the command and its output"
    )
  }
}
