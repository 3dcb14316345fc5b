internal import SafeIO

/// The sets of packages that can be installed together.
extension ClosureWork {
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
    // Upgrades are wanted whatever becomes of the roots.
    if rest.isEmpty, !upgrades.isEmpty, case .solved(let set) = solve([], universe) {
      let all = try widened(set, universe)
      return try keep(complete(all, universe), [], universe)
    }
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
    let inside = Set(first)
    let possible = roots.filter { inside.contains($0) }
    var rest = upgrades.filter { !first.contains($0) }
    // A wish that was not granted may go beside those that were.
    while !rest.isEmpty {
      try Interruption.check()
      let granted = upgrades.filter { !rest.contains($0) }
      let jobs = universe.holds + (possible + granted).map { .install($0) } + rest.map { .want($0) }
      guard case .solved(let next) = universe.pool.solve(jobs) else { break }
      let inside = Set(next)
      guard rest.contains(where: { inside.contains($0) }) else { break }
      set = next
      rest.removeAll { inside.contains($0) }
    }
    for upgrade in rest {
      let jobs = universe.holds + (possible + [upgrade]).map { .install($0) }
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
}
