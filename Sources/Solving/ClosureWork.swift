/// One closure while it is worked out.
struct ClosureWork {
  typealias ID = SolverPool.ID

  let request: ClosureRequest
  /// What is asked for, in its order, and why.
  var roots: [ID] = []
  var isSystem: Set<ID> = []
  /// Newer versions of what is installed, which are taken where that goes.
  var upgrades: [ID] = []
  /// Wanted versions that cannot be chosen beside a newer one.
  var extras: [Int] = []
  /// Everything that is in, in the order in which it came.
  var members: [ID] = []
  var reasons: [ID: PackageClosure.Reason] = [:]
  var closure = PackageClosure()

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
}
