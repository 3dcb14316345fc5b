import DebianRepository
import SafeIO
import Solving
import TestSupport
import Testing

/// Which packages of a whole universe cannot be installed, and why.
@Suite struct VerifyTests {
  @Test func consistentUniverseHasNoFindings() throws {
    let report = try Sample(["a 1|Depends: b / c", "b 1|Conflicts: c", "c 1"]).universe().verify()
    #expect(report.unsatisfied.isEmpty && report.uninstallable.isEmpty)
    #expect((report.packages, report.clauses) == (3, 1))
  }

  @Test func missingDependencyIsFoundWithAllThatNeedIt() throws {
    let sample = Sample([
      "a 1|Depends: b", "b 1|Pre-Depends: c (>= 2) / d", "c 1", "e 1|Depends: b / c", "f 1",
    ])
    let report = try sample.universe().verify()
    let unsatisfied = try #require(report.unsatisfied.first)
    #expect(report.unsatisfied.count == 1)
    #expect(unsatisfied.package.name == "b" && unsatisfied.field == .preDepends)
    #expect(unsatisfied.relation == "c (>= 2) | d")
    #expect(unsatisfied.present.map(\.text) == ["c 1 amd64"])
    #expect(report.uninstallable.map(\.root) == ["a 1 amd64", "b 1 amd64"])
    #expect(report.uninstallable[0].ends[0].links.map(\.package.name) == ["a", "b"])
  }

  @Test func exclusionsAreFoundThatNoSingleClauseShows() throws {
    let sample = Sample([
      "a 1|Depends: b, c", "b 1|Conflicts: c", "c 1", "d 1|Depends: a", "e 1|Depends: b",
    ])
    let report = try sample.universe().verify()
    #expect(report.unsatisfied.isEmpty)
    #expect(report.uninstallable.map { $0.package?.name } == ["a", "d"])
    #expect(try !sample.judge(["d"]).isPossible)
  }

  @Test func circleOfTheDeadIsFound() throws {
    // Each alternative of the other leads back or nowhere.
    let sample = Sample(["a 1|Depends: b", "b 1|Depends: a, gone", "c 1|Depends: b / a"])
    let report = try sample.universe().verify()
    #expect(report.uninstallable.map { $0.package?.name } == ["a", "b", "c"])
    for problem in report.uninstallable {
      #expect(problem.ends[0].links.last?.relation == "gone")
    }
  }

  @Test func manyWishesDoNotHideTheOneThatCannotBe() throws {
    // Pairs that exclude each other: in one round the solver leaves half of them out.
    var lines = (0..<40).flatMap { ["x\($0) 1|Conflicts: y\($0)", "y\($0) 1"] }
    lines.append("z 1|Depends: x7, y7")
    let report = try Sample(lines).universe().verify()
    #expect(report.uninstallable.map { $0.package?.name } == ["z"])
  }

  @Test func whatIsBesideSatisfiesAndIsNotAsked() throws {
    var builder = try UniverseBuilder(architectures: ["amd64"])
    let own = SamplePackages.packages(["a 1|Depends: b, c"])
    let beside = SamplePackages.packages(["b 1", "broken 1|Depends: gone"])
    for (index, text) in [own, beside].enumerated() {
      try SamplePackages.forEach(text, .packages) { (stanza) throws(Failure) in
        try builder.add(stanza, index: index, index == 0 ? .offered : .available)
      }
    }
    let report = try builder.finish().verify()
    #expect(report.packages == 1)
    #expect(report.unsatisfied.map(\.relation) == ["c"])
  }

  @Test func foreignPackagesAreAskedOnlyOnDemand() throws {
    let sample = Sample(
      ["a 1 i386|Depends: t", "t 1 all", "b 1 amd64"],
      architectures: ["amd64", "i386"]
    )
    #expect(try sample.universe().verify().uninstallable.isEmpty)
    #expect(try sample.universe().verify(withForeign: true).uninstallable.count == 1)
  }
}
