import SafeIO
import Solving
import TestSupport
import Testing

/// Random small universes: ours against all subsets, and some against `apt`.
@Suite struct SmallUniverseTests {
  /// One package of a random universe, as plain values.
  struct Package {
    let name: String
    let version: Int
    var depends: [[(name: String, version: Int?)]] = []
    var conflicts: [(name: String, version: Int?)] = []
    var provides: [String] = []

    var line: String {
      func text(_ one: (name: String, version: Int?)) -> String {
        one.version.map { "\(one.name) (>= \($0))" } ?? one.name
      }
      var line = "\(name) \(version)"
      if !depends.isEmpty {
        let clauses = depends.map { $0.map(text).joined(separator: " / ") }
        line += "|Depends: " + clauses.joined(separator: ", ")
      }
      if !conflicts.isEmpty {
        line += "|Conflicts: " + conflicts.map(text).joined(separator: ", ")
      }
      if !provides.isEmpty { line += "|Provides: " + provides.joined(separator: ", ") }
      return line
    }

    func satisfies(_ wish: (name: String, version: Int?)) -> Bool {
      if name == wish.name { return wish.version.map { version >= $0 } ?? true }
      return wish.version == nil && provides.contains(wish.name)
    }
  }

  private static func universe(_ generator: inout SeededGenerator) -> [Package] {
    let names = (0..<Int.random(in: 3...9, using: &generator)).map { "p\($0)" }
    func wish(_ generator: inout SeededGenerator) -> (name: String, version: Int?) {
      let virtual = Int.random(in: 0..<5, using: &generator) == 0
      let name =
        virtual
        ? "v\(Int.random(in: 0..<2, using: &generator))"
        : names[Int.random(in: 0..<names.count, using: &generator)]
      let isBare = virtual || Int.random(in: 0..<3, using: &generator) > 0
      return (name, isBare ? nil : Int.random(in: 1...4, using: &generator))
    }
    return names.map { name in
      var package = Package(name: name, version: Int.random(in: 1...3, using: &generator))
      for _ in 0..<Int.random(in: 0...2, using: &generator) {
        package.depends.append(
          (0..<Int.random(in: 1...3, using: &generator)).map { _ in wish(&generator) }
        )
      }
      if Int.random(in: 0..<3, using: &generator) == 0 { package.conflicts = [wish(&generator)] }
      if Int.random(in: 0..<3, using: &generator) == 0 {
        package.provides = ["v\(Int.random(in: 0..<2, using: &generator))"]
      }
      return package
    }
  }

  /// Whether some subset has the roots, satisfies itself and has no exclusions.
  private static func isPossible(_ roots: [String], _ packages: [Package]) -> Bool {
    for bits in 0..<(1 << packages.count) {
      let set = packages.indices.filter { bits >> $0 & 1 == 1 }.map { packages[$0] }
      if isRight(roots, set) { return true }
    }
    return false
  }

  private static func isRight(_ roots: [String], _ set: [Package]) -> Bool {
    guard roots.allSatisfy({ root in set.contains { $0.name == root } }) else { return false }
    return set.allSatisfy { package in
      package.depends.allSatisfy { clause in
        clause.contains { wish in set.contains { $0.satisfies(wish) } }
      }
        && !package.conflicts.contains { wish in
          set.contains { $0.name != package.name && $0.satisfies(wish) }
        }
    }
  }

  @Test func closureIsRightAndFoundWheneverThereIsOne() throws {
    var generator = SeededGenerator(seed: 15)
    for round in 0..<400 {
      let packages = SmallUniverseTests.universe(&generator)
      let sample = Sample(packages.map(\.line))
      let count = Int.random(in: 1...2, using: &generator)
      let roots = Array(packages.map(\.name).shuffled(using: &generator).prefix(count))
      let closure = try sample.closure(roots)
      let possible = SmallUniverseTests.isPossible(roots, packages)
      let comment = "round \(round): \(roots)\n" + packages.map(\.line).joined(separator: "\n")
      #expect((closure.problems.isEmpty && closure.groups.count == 1) == possible, "\(comment)")
      if possible {
        let set = packages.filter { closure.names.contains($0.name) }
        #expect(SmallUniverseTests.isRight(roots, set), "\(comment)\n\(closure.names)")
      }
      for root in roots {
        let alone = SmallUniverseTests.isPossible([root], packages)
        #expect(alone != closure.problems.contains { $0.package?.name == root }, "\(comment)")
      }
      guard round % 20 == 0 else { continue }
      let apt = try sample.judge(roots)
      // apt is greedy: it may give up where there is a way, never the other way round.
      #expect(possible || !apt.isPossible, "\(comment)\n\(apt.text)")
      if possible {
        let alone = try sample.judge(roots, packages: sample.text(of: closure))
        #expect(alone.isPossible, "\(comment)\n\(alone.text)")
      }
    }
  }

  @Test func verdictOnEachPackageIsThatOfAllSubsets() throws {
    var generator = SeededGenerator(seed: 16)
    for round in 0..<200 {
      let packages = SmallUniverseTests.universe(&generator)
      let report = try Sample(packages.map(\.line)).universe().verify()
      let expected = packages.map(\.name).filter {
        !SmallUniverseTests.isPossible([$0], packages)
      }
      let found = report.uninstallable.compactMap { $0.package?.name }
      let comment = "round \(round)\n" + packages.map(\.line).joined(separator: "\n")
      #expect(found == expected.sorted(), "\(comment)")
    }
  }
}
