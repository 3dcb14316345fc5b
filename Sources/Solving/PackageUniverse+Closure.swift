package import SafeIO

extension PackageUniverse {
  /// What a request needs, chosen as `apt` chooses, and proved: every set that comes back was checked
  /// by other means than those that made it.
  ///
  /// - Throws: `internal` when the check fails.
  package func closure(of request: ClosureRequest) throws(Failure) -> PackageClosure {
    var work = ClosureWork(request)
    work.collectRoots(self)
    try work.settle(self)
    if request.allAlternatives { work.addAlternatives(self) }
    return work.result(self)
  }
}

/// One closure while it is worked out.
struct ClosureWork {
  typealias ID = SolverPool.ID

  let request: ClosureRequest
  /// What is asked for, in its order, and why.
  private var roots: [ID] = []
  private var isSystem: Set<ID> = []
  /// Newer versions of what is installed, which are taken where that goes.
  private var upgrades: [ID] = []
  /// Wanted versions that cannot be chosen beside a newer one.
  private var extras: [Int] = []
  /// Everything that is in, in the order in which it came.
  private var members: [ID] = []
  private var reasons: [ID: PackageClosure.Reason] = [:]
  private var closure = PackageClosure()

  init(_ request: ClosureRequest) { self.request = request }

  // MARK: Roots

  /// Finds the packages that are asked for; what is not there is a problem.
  mutating func collectRoots(_ universe: borrowing PackageUniverse) {
    var known: Set<ID> = []
    func add(_ package: ID) { if known.insert(package).inserted { roots.append(package) } }
    if let system = request.system {
      for package in universe.candidates where universe.belongs(package, to: system) {
        add(package)
        isSystem.insert(package)
      }
    }
    let isWanted = Set(universe.roots.map { universe.table.entries[$0].package })
    for package in universe.candidates where isWanted.contains(package) {
      add(package)
      isSystem.remove(package)
    }
    for index in universe.roots where universe.table.entries[index].package == 0 {
      extras.append(index)
    }
    for name in request.names {
      guard let package = universe.package(called: name) else {
        closure.problems.append(universe.unknown(name))
        continue
      }
      add(package)
      isSystem.remove(package)
    }
    roots.removeAll { universe.isInstalled($0) }
    guard request.upgrades else { return }
    let wanted = Set(roots)
    upgrades = universe.upgrades.filter { !wanted.contains($0) }
  }

  // MARK: Sets

  /// Finds sets of packages that can be installed together and have all roots that can be had.
  mutating func settle(_ universe: borrowing PackageUniverse) throws(Failure) {
    guard !roots.isEmpty || !upgrades.isEmpty else { return }
    if let walk = walkAll(roots, universe) {
      return try keep(walk, roots, universe)
    }
    if case .solved(let set) = solve(roots, universe) {
      let all = upgrades.isEmpty ? set : try widened(set, universe)
      return try keep(complete(all, universe), roots, universe)
    }
    var rest = try installable(roots, universe)
    while !rest.isEmpty {
      try Interruption.check()
      let set = try largest(rest, universe)
      let inside = Set(set)
      let group = rest.filter { inside.contains($0) }
      try keep(walkAll(group, universe) ?? complete(set, universe), group, universe)
      rest.removeAll { inside.contains($0) }
    }
  }

  /// The walk over all roots; nil when it gets stuck.
  private func walkAll(
    _ roots: [ID],
    _ universe: borrowing PackageUniverse
  ) -> ClosureWalk? {
    var walk = ClosureWalk(universe, recommends: request.recommends)
    // Beside what is installed there is no place for a newer version of it: the solver exchanges them.
    guard upgrades.isEmpty else { return nil }
    for root in roots {
      guard walk.take(root, universe) else { return nil }
    }
    return walk
  }

  /// A set with as many upgrades as go with the roots; why the others do not is kept.
  private mutating func widened(
    _ first: [ID],
    _ universe: borrowing PackageUniverse
  ) throws(Failure) -> [ID] {
    var set = first
    var rest = upgrades.filter { !first.contains($0) }
    // A wish that was not granted may go beside those that were.
    while !rest.isEmpty {
      try Interruption.check()
      let granted = upgrades.filter { !rest.contains($0) }
      let jobs = universe.holds + (roots + granted).map { .install($0) } + rest.map { .want($0) }
      guard case .solved(let next) = universe.pool.solve(jobs) else { break }
      let inside = Set(next)
      guard rest.contains(where: { inside.contains($0) }) else { break }
      set = next
      rest.removeAll { inside.contains($0) }
    }
    for upgrade in rest {
      let jobs = universe.holds + (roots + [upgrade]).map { .install($0) }
      if case .impossible(let rules) = universe.pool.solve(jobs, explaining: true) {
        closure.keptBack.append(universe.problem(of: upgrade, rules))
      } else {
        closure.keptBack.append(universe.excluded(upgrade))
      }
    }
    return set
  }

  /// Asks the solver, which prefers what the walk over hard dependencies would take.
  private func solve(
    _ roots: [ID],
    _ universe: borrowing PackageUniverse,
    isWeak: Bool = false
  ) -> SolverPool.Answer {
    var walk = ClosureWalk(universe, recommends: false)
    for root in roots { _ = walk.take(root, universe) }
    var jobs = universe.holds
    jobs += walk.members.dropFirst(universe.installed.count).reversed().map { .favour($0) }
    jobs += roots.map { isWeak ? .want($0) : .install($0) }
    jobs += upgrades.map { .want($0) }
    return universe.pool.solve(jobs)
  }

  /// A walk that has the solver's set inside, and then what its members recommend.
  private func complete(
    _ set: [ID],
    _ universe: borrowing PackageUniverse
  ) -> ClosureWalk {
    let inside = Set(set)
    let leaves = universe.installed.filter { !inside.contains($0) }
    var walk = ClosureWalk(universe, recommends: request.recommends, without: Set(leaves))
    walk.accept(set.filter { !universe.isInstalled($0) }.sorted(), universe)
    if request.recommends {
      for package in walk.members where !universe.isInstalled(package) {
        let entry = universe.entry(package)
        walk.satisfy(universe.table.recommendedClauses(of: entry), of: package, universe)
      }
    }
    return walk
  }

  /// The roots that can be installed at all; why the others cannot is kept.
  private mutating func installable(
    _ roots: [ID],
    _ universe: borrowing PackageUniverse
  ) throws(Failure) -> [ID] {
    var fulfilled: Set<ID> = []
    // Most are proved together; only who is left out is asked alone.
    if case .solved(let set) = solve(roots, universe, isWeak: true) { fulfilled = Set(set) }
    var found: [ID] = []
    for root in roots {
      if fulfilled.contains(root) {
        found.append(root)
        continue
      }
      try Interruption.check()
      switch universe.pool.solve(universe.holds + [.install(root)], explaining: true) {
      case .solved: found.append(root)
      case .impossible(let rules): closure.problems.append(universe.problem(of: root, rules))
      }
    }
    return found
  }

  /// A set with as many of the roots as the solver finds place for, and one at least.
  private func largest(
    _ roots: [ID],
    _ universe: borrowing PackageUniverse
  ) throws(Failure) -> [ID] {
    if case .solved(let set) = solve(roots, universe, isWeak: true) {
      let inside = Set(set)
      if roots.contains(where: { inside.contains($0) }) { return set }
    }
    if let first = roots.first, case .solved(let set) = solve([first], universe) { return set }
    throw Failure(.internal, "solver", "the solver finds no place for what it could install before")
  }

  /// Checks a set, and adds it to what is in.
  private mutating func keep(
    _ walk: consuming ClosureWalk,
    _ group: [ID],
    _ universe: borrowing PackageUniverse
  ) throws(Failure) {
    if request.suggests {
      for root in group {
        let entry = universe.entry(root)
        walk.satisfy(universe.table.suggestedClauses(of: entry), of: root, universe)
      }
    }
    try universe.check(walk.members)
    for (package, clause) in walk.missed {
      closure.missed.append(universe.missed(package, clause))
    }
    let asked = group.filter { !isSystem.contains($0) }
    if !asked.isEmpty { closure.groups.append(asked.map { universe.label($0) }) }
    for root in group where reasons[root] == nil {
      reasons[root] = isSystem.contains(root) ? .system : .root
    }
    let inside = Set(walk.members)
    for upgrade in upgrades where inside.contains(upgrade) && reasons[upgrade] == nil {
      reasons[upgrade] = .upgrade
    }
    for package in walk.members where !universe.isInstalled(package) {
      members.append(package)
      if let wish = walk.wantedBy[package], reasons[package] == nil {
        reasons[package] = universe.reason(package, wish.package, wish.clause)
      }
    }
    follow(walk.members, from: group, universe)
  }

  /// Finds why a member of the solver's set is in: the first one that needs it.
  private mutating func follow(
    _ set: [ID],
    from group: [ID],
    _ universe: borrowing PackageUniverse
  ) {
    let inside = Set(set)
    guard set.contains(where: { reasons[$0] == nil && !universe.isInstalled($0) }) else { return }
    var (queue, seen, position) = (group, Set(group), 0)
    while position < queue.count {
      let package = queue[position]
      position += 1
      let entry = universe.entry(package)
      for clause in universe.table.hardClauses(of: entry) {
        var providers: [ID] = []
        universe.pool.appendProviders(of: universe.table.clauses[clause], to: &providers)
        for provider in providers where inside.contains(provider) {
          guard seen.insert(provider).inserted else { continue }
          queue.append(provider)
          if reasons[provider] == nil {
            reasons[provider] = universe.reason(provider, package, clause)
          }
        }
      }
    }
  }

  // MARK: Alternatives

  /// Adds whatever could satisfy a dependency of what is in, and what that needs in turn.
  mutating func addAlternatives(_ universe: borrowing PackageUniverse) {
    var seen = Set(members)
    var position = 0
    while position < members.count {
      let package = members[position]
      position += 1
      let entry = universe.entry(package)
      let hard = universe.table.hardClauses(of: entry)
      let soft = universe.table.recommendedClauses(of: entry)
      for clause in hard.lowerBound..<(request.recommends ? soft.upperBound : hard.upperBound) {
        var providers: [ID] = []
        universe.pool.appendProviders(of: universe.table.clauses[clause], to: &providers)
        for provider in providers where !universe.isInstalled(provider) {
          guard seen.insert(provider).inserted else { continue }
          members.append(provider)
          reasons[provider] = .alternative(
            of: universe.label(package),
            universe.table.field(of: clause, in: entry),
            universe.text(of: universe.table.clauses[clause])
          )
        }
      }
    }
  }

  // MARK: Result

  /// What is to be carried, in an order that nothing but the packages decides.
  func result(_ universe: borrowing PackageUniverse) -> PackageClosure {
    var result = closure
    var known: Set<PackageLabel> = []
    for package in Set(members) {
      let entry = universe.entry(package)
      guard !entry.traits.contains(.available) else { continue }
      let label = universe.label(package)
      known.insert(label)
      result.members.append(
        PackageClosure.Member(
          label: label,
          place: universe.place(of: entry),
          reason: reasons[package] ?? .root
        )
      )
    }
    for index in extras {
      let entry = universe.table.entries[index]
      let label = universe.label(of: entry)
      guard !universe.isThere(entry), known.insert(label).inserted else { continue }
      result.members.append(
        PackageClosure.Member(label: label, place: universe.place(of: entry), reason: .root)
      )
    }
    result.members.sort { ($0.label, $0.place) < ($1.label, $1.place) }
    result.missed = Array(Set(result.missed)).sorted {
      ($0.package, $0.field.rawValue, $0.relation) < ($1.package, $1.field.rawValue, $1.relation)
    }
    if request.sources { universe.addSources(to: &result) }
    return result
  }
}
