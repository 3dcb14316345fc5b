/// Chooses packages as `apt` does: the first alternative that can be had, in the stanza's order, and
/// among what provides it the package of that name.
///
/// It goes back over its choices for one package, and not further: where it gets stuck, the solver
/// has the last word. No call goes deeper for a deeper dependency.
struct ClosureWalk: ~Copyable {
  typealias ID = SolverPool.ID

  /// A package on whose dependencies the walk works.
  private struct Step {
    let package: ID
    /// How many members there were before it.
    let trail: Int
    /// The clause that is next, where the hard ones end, and where those that are wanted end.
    var clause: Int
    let hardEnd: Int
    let end: Int
    /// Where the providers of this clause begin among those of all steps, and which one is next.
    var candidates: Int
    var next: Int
  }

  private var isInside: [Bool]
  private var bans: [Int32]
  private var isGivenUp: [Bool]
  private var steps: [Step] = []
  private var providers: [ID] = []
  private var scratch: [ID] = []
  /// All that is inside, in the order in which it came in; what the machine has first.
  private(set) var members: [ID] = []
  /// By which clause of which package a member came in; -1 for a root.
  private(set) var wantedBy: [ID: (package: ID, clause: Int)] = [:]
  /// Soft clauses that could not be had.
  private(set) var missed: [(package: ID, clause: Int)] = []
  private let withRecommends: Bool

  /// A walk that begins with what the machine has, but for what goes.
  init(
    _ universe: borrowing PackageUniverse,
    recommends: Bool,
    without: Set<ID> = []
  ) {
    isInside = Array(repeating: false, count: universe.size)
    bans = Array(repeating: 0, count: universe.size)
    isGivenUp = isInside
    withRecommends = recommends
    for package in universe.installed where !without.contains(package) { put(package, universe) }
  }

  func contains(_ package: ID) -> Bool { isInside[Int(package)] }

  /// Takes a package in with all that it needs; false when it cannot have that beside what is inside.
  mutating func take(_ package: ID, _ universe: borrowing PackageUniverse) -> Bool {
    switch enter(package, universe) {
    case .inside: return true
    case .refused: return false
    case .begun: return run(universe)
    }
  }

  /// Takes a set in that is known to be right, such as the solver's.
  mutating func accept(_ packages: [ID], _ universe: borrowing PackageUniverse) {
    for package in packages where !isInside[Int(package)] { put(package, universe) }
  }

  /// Looks after some clauses of a package that is inside, whatever comes.
  mutating func satisfy(
    _ clauses: Range<Int>,
    of package: ID,
    _ universe: borrowing PackageUniverse
  ) {
    steps.append(
      Step(
        package: package,
        trail: members.count,
        clause: clauses.lowerBound,
        hardEnd: clauses.lowerBound,
        end: clauses.upperBound,
        candidates: providers.count,
        next: -1
      )
    )
    _ = run(universe)
  }

  // MARK: Steps

  private enum Entrance { case inside, refused, begun }

  /// Puts a package in and begins with its dependencies.
  private mutating func enter(
    _ package: ID,
    _ universe: borrowing PackageUniverse
  ) -> Entrance {
    let index = Int(package)
    if isInside[index] { return .inside }
    if isGivenUp[index] { return .refused }
    if bans[index] > 0 || conflictsInside(package, universe) {
      isGivenUp[index] = true
      return .refused
    }
    let trail = members.count
    put(package, universe)
    let entry = universe.entry(package)
    let hard = universe.table.hardClauses(of: entry)
    let soft = universe.table.recommendedClauses(of: entry)
    steps.append(
      Step(
        package: package,
        trail: trail,
        clause: hard.lowerBound,
        hardEnd: hard.upperBound,
        end: withRecommends ? soft.upperBound : hard.upperBound,
        candidates: providers.count,
        next: -1
      )
    )
    return .begun
  }

  /// Works until the step that was begun last is done; true when its package is in.
  private mutating func run(_ universe: borrowing PackageUniverse) -> Bool {
    let floor = steps.count - 1
    // What the step above learns of the one that has just ended.
    var outcome: Bool?
    while steps.count > floor {
      let top = steps.count - 1
      if steps[top].next >= 0 {
        // A candidate of this clause was tried.
        if outcome == true {
          finishClause(top)
        } else if !tryNext(top, universe, &outcome) {
          continue
        }
        outcome = nil
        continue
      }
      guard steps[top].clause < steps[top].end else {
        outcome = true
        providers.removeLast(providers.count - steps[top].candidates)
        steps.removeLast()
        continue
      }
      beginClause(top, universe)
      outcome = nil
    }
    return outcome ?? false
  }

  /// Looks whether the next clause is satisfied; else collects what could satisfy it.
  private mutating func beginClause(_ top: Int, _ universe: borrowing PackageUniverse) {
    let clause = universe.table.clauses[steps[top].clause]
    if universe.pool.isProvided(clause, by: { isInside[Int($0)] }) {
      steps[top].clause += 1
      return
    }
    steps[top].next = steps[top].candidates
    var rest = clause
    while case .either(let first, let others) = universe.pool.parts(of: rest) {
      appendProviders(of: first, universe)
      rest = others
    }
    appendProviders(of: rest, universe)
  }

  private mutating func finishClause(_ top: Int) {
    providers.removeLast(providers.count - steps[top].candidates)
    steps[top].next = -1
    steps[top].clause += 1
  }

  /// Tries what could satisfy the clause; false when a package was begun, or the step ended.
  private mutating func tryNext(
    _ top: Int,
    _ universe: borrowing PackageUniverse,
    _ outcome: inout Bool?
  ) -> Bool {
    let clause = steps[top].clause
    while steps[top].next < providers.count {
      let candidate = providers[steps[top].next]
      steps[top].next += 1
      switch enter(candidate, universe) {
      case .inside:
        finishClause(top)
        return true
      case .refused: continue
      case .begun:
        wantedBy[candidate] = (steps[top].package, clause)
        outcome = nil
        return false
      }
    }
    if clause >= steps[top].hardEnd {
      missed.append((steps[top].package, clause))
      finishClause(top)
      return true
    }
    let step = steps.removeLast()
    providers.removeLast(providers.count - step.candidates)
    undo(to: step.trail, universe)
    isGivenUp[Int(step.package)] = true
    outcome = false
    return false
  }

  // MARK: Members

  private func conflictsInside(
    _ package: ID,
    _ universe: borrowing PackageUniverse
  ) -> Bool {
    var conflicts: [ID] = []
    universe.pool.appendConflicts(of: package, to: &conflicts)
    return conflicts.contains { conflict in
      universe.pool.isProvided(conflict, by: { $0 != package && isInside[Int($0)] })
    }
  }

  private mutating func put(_ package: ID, _ universe: borrowing PackageUniverse) {
    isInside[Int(package)] = true
    members.append(package)
    ban(package, 1, universe)
  }

  private mutating func undo(to trail: Int, _ universe: borrowing PackageUniverse) {
    while members.count > trail {
      let package = members.removeLast()
      isInside[Int(package)] = false
      wantedBy[package] = nil
      ban(package, -1, universe)
    }
    missed.removeAll { !isInside[Int($0.package)] }
  }

  /// Counts what cannot be beside a package: what it conflicts with, and other versions of it.
  private mutating func ban(
    _ package: ID,
    _ weight: Int32,
    _ universe: borrowing PackageUniverse
  ) {
    scratch.removeAll(keepingCapacity: true)
    universe.pool.appendConflicts(of: package, to: &scratch)
    let conflicts = scratch
    scratch.removeAll(keepingCapacity: true)
    for conflict in conflicts { universe.pool.appendProviders(of: conflict, to: &scratch) }
    let name = universe.pool.nameID(of: package)
    let count = scratch.count
    universe.pool.appendProviders(of: name, to: &scratch)
    for position in scratch.indices where scratch[position] != package {
      let other = scratch[position]
      if position < count || universe.pool.nameID(of: other) == name { bans[Int(other)] += weight }
    }
  }

  /// Adds what provides one alternative, what `apt` takes first before the rest.
  private mutating func appendProviders(
    of alternative: ID,
    _ universe: borrowing PackageUniverse
  ) {
    let start = providers.count
    universe.pool.appendProviders(of: alternative, to: &providers)
    guard providers.count > start + 1 else { return }
    var name = alternative
    if case .version(let plain, _, _) = universe.pool.parts(of: alternative) { name = plain }
    providers[start...].sort { left, right in
      let isOwn = universe.pool.nameID(of: left) == name
      if isOwn != (universe.pool.nameID(of: right) == name) { return isOwn }
      let (one, other) = (universe.preference[Int(left)], universe.preference[Int(right)])
      return one == other ? left < right : one < other
    }
  }
}
