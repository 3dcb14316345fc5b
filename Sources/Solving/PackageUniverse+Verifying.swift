package import SafeIO

extension PackageUniverse {
  /// Which packages to choose from cannot be installed, each alone, and why.
  ///
  /// Packages of other architectures are asked only `withForeign`: many of them rightly cannot be
  /// installed.
  package func verify(withForeign: Bool = false) throws(Failure) -> InstallabilityReport {
    var work = VerificationWork(self, withForeign: withForeign)
    work.findUnsatisfied(self)
    try work.findDead(self)
    try work.findImpossible(self)
    return work.report(self)
  }
}

/// One look at a whole universe.
struct VerificationWork {
  typealias ID = SolverPool.ID

  /// How many packages the solver is asked about at once: with all of them it is several times slower.
  private static let chunk = 2000

  private var report = InstallabilityReport()
  private let asked: [ID]
  /// In which order packages were found dead, from 1, and by which of their clauses.
  private var death: [Int32]
  private var deadly: [ID: ID] = [:]
  private var problems: [ID: DependencyProblem] = [:]

  init(_ universe: borrowing PackageUniverse, withForeign: Bool) {
    death = Array(repeating: 0, count: universe.size)
    var asked: [ID] = []
    for package in universe.candidates {
      let entry = universe.entry(package)
      guard withForeign || entry.architecture == 0, !entry.traits.contains(.available) else {
        continue
      }
      asked.append(package)
    }
    self.asked = asked
    report.architecture = universe.table.architectures[0]
    report.packages = asked.count
  }

  /// Finds the clauses that nothing satisfies.
  mutating func findUnsatisfied(_ universe: borrowing PackageUniverse) {
    for package in asked {
      let entry = universe.entry(package)
      let clauses = universe.table.hardClauses(of: entry)
      report.clauses += clauses.count
      for clause in clauses {
        let dependency = universe.table.clauses[clause]
        guard !universe.pool.isProvided(dependency, by: { _ in true }) else { continue }
        report.unsatisfied.append(
          InstallabilityReport.Unsatisfied(
            package: universe.label(of: entry),
            field: universe.table.field(of: clause, in: entry),
            relation: universe.text(of: dependency),
            present: universe.near(dependency)
          )
        )
      }
    }
  }

  /// Finds the packages of which some clause has dead providers only, again and again.
  mutating func findDead(_ universe: borrowing PackageUniverse) throws(Failure) {
    var count: Int32 = 0
    var hasChanged = true
    while hasChanged {
      try Interruption.check()
      hasChanged = false
      for package in universe.candidates where death[Int(package)] == 0 {
        let entry = universe.entry(package)
        for clause in universe.table.hardClauses(of: entry) {
          let dependency = universe.table.clauses[clause]
          if universe.pool.isProvided(dependency, by: { death[Int($0)] == 0 }) { continue }
          count += 1
          death[Int(package)] = count
          deadly[package] = dependency
          hasChanged = true
          break
        }
      }
    }
  }

  /// Asks the solver about the living: many at once as long as that settles many.
  mutating func findImpossible(_ universe: borrowing PackageUniverse) throws(Failure) {
    var rest = asked.filter { death[Int($0)] == 0 }
    while !rest.isEmpty {
      var left: [ID] = []
      var start = 0
      while start < rest.count {
        try Interruption.check()
        let end = min(start + VerificationWork.chunk, rest.count)
        let jobs = rest[start..<end].map { SolverPool.Job.want($0) }
        if case .solved(let set) = universe.pool.solve(universe.holds + jobs) {
          let inside = Set(set)
          left += rest[start..<end].filter { !inside.contains($0) }
        } else {
          left += rest[start..<end]
        }
        start = end
      }
      let settled = rest.count - left.count
      rest = left
      if settled < 5 { break }
    }
    // A wish that was not granted proves nothing: each of these is asked alone.
    for package in rest {
      try Interruption.check()
      let jobs = universe.holds + [.install(package)]
      if case .impossible(let rules) = universe.pool.solve(jobs, explaining: true) {
        problems[package] = universe.problem(of: package, rules)
      }
    }
  }

  func report(_ universe: borrowing PackageUniverse) -> InstallabilityReport {
    var result = report
    for package in asked {
      if let problem = problems[package] {
        result.uninstallable.append(problem)
      } else if death[Int(package)] != 0 {
        result.uninstallable.append(chain(package, universe))
      }
    }
    return result
  }

  /// The way from a dead package to what is missing: always to one that died before.
  private func chain(
    _ package: ID,
    _ universe: borrowing PackageUniverse
  ) -> DependencyProblem {
    var links: [DependencyProblem.Link] = []
    var next = package
    var cause = DependencyProblem.Cause.other
    while let dependency = deadly[next] {
      links.append(universe.link(next, dependency))
      var providers: [ID] = []
      universe.pool.appendProviders(of: dependency, to: &providers)
      guard let first = providers.min(by: { death[Int($0)] < death[Int($1)] }) else {
        cause = .missing(present: universe.near(dependency))
        break
      }
      next = first
    }
    return DependencyProblem(
      root: universe.label(package).text,
      package: universe.label(package),
      ends: [DependencyProblem.End(links: links, cause: cause)]
    )
  }
}
