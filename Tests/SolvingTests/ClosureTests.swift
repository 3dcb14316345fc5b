import DebianRepository
import SafeIO
import TestSupport
import Testing

@testable import Solving

/// What a package needs, judged by the real `apt-get -s install`.
@Suite struct ClosureTests {
  @Test(arguments: ClosureVector.relations + ClosureVector.architecturesAndBases)
  func choosesWhatAptInstalls(_ vector: ClosureVector) throws {
    let sample = Sample(vector.packages, base: vector.base, architectures: vector.architectures)
    let closure = try sample.closure(vector.roots) { $0.recommends = vector.recommends }
    let apt = try sample.judge(vector.roots, recommends: vector.recommends)
    guard let chosen = vector.chosen else {
      #expect(!closure.problems.isEmpty && closure.members.isEmpty, "\(closure)")
      #expect(!apt.isPossible, "\(apt.text)")
      return
    }
    #expect(closure.problems.isEmpty, "\(closure.problems)")
    #expect(closure.names == chosen.sorted())
    #expect(apt.isPossible && apt.installed == chosen.sorted(), "\(apt.text)")
    guard !chosen.isEmpty else { return }
    // From the chosen stanzas alone it can be installed, and not without one of them.
    let alone = try sample.judge(
      vector.roots,
      packages: sample.text(of: closure),
      recommends: vector.recommends
    )
    #expect(alone.isPossible && alone.installed == chosen.sorted(), "\(alone.text)")
  }

  @Test func judgeRefusesWhatLacksOneMember() throws {
    let sample = Sample(["a 1|Depends: b", "b 1|Depends: c", "c 1"])
    var closure = try sample.closure(["a"])
    let lacking = Sample(["a 1|Depends: b", "c 1"])
    closure = try lacking.closure(["c"])
    #expect(try !lacking.judge(["a"]).isPossible)
    #expect(closure.names == ["c"])
  }

  @Test func rootsThatExcludeEachOtherAreBothCarried() throws {
    let sample = Sample([
      "postfix 1|Provides: mta|Conflicts: mta|Depends: p", "exim 1|Provides: mta|Conflicts: mta",
      "p 1", "shell 1",
    ])
    let closure = try sample.closure(["postfix", "exim", "shell"])
    #expect(closure.problems.isEmpty)
    #expect(closure.groups.count == 2)
    #expect(closure.names == ["exim", "p", "postfix", "shell"])
    let text = sample.text(of: closure)
    for root in ["postfix", "exim", "shell"] {
      #expect(try sample.judge([root], packages: text).isPossible)
    }
  }

  @Test func rootThatCannotBeHadIsLeftOutAndExplained() throws {
    let sample = Sample([
      "desktop 1|Depends: dav", "dav 1|Depends: tbsync (>= 4.7)",
      "tbsync 4.7|Depends: bird (<= 128)",
      "bird 140", "good 1",
    ])
    let closure = try sample.closure(["desktop", "good", "nosuch", "goo"])
    #expect(closure.names == ["good"])
    #expect(closure.problems.map(\.root) == ["nosuch", "goo", "desktop 1 amd64"])
    #expect(closure.problems[1].ends.first?.cause == .unknown(similar: ["good"]))
    let end = try #require(closure.problems.last?.ends.first)
    #expect(end.links.map(\.package.name) == ["desktop", "dav", "tbsync"])
    #expect(end.links.last?.relation == "bird (<= 128)")
    let bird = PackageLabel(name: "bird", version: "140", architecture: "amd64")
    #expect(end.cause == .missing(present: [bird]))
  }

  @Test func conflictIsExplainedFromBothSides() throws {
    let sample = Sample(["a 1|Depends: b, c", "b 1|Breaks: c (<< 2)", "c 1"])
    let end = try #require(try sample.closure(["a"]).problems.first?.ends.first)
    guard case .conflict(let one, let field, let relation, let other) = end.cause else {
      Issue.record("\(end)")
      return
    }
    #expect((one.name, other.name) == ("b", "c"))
    #expect(field == .breaks && relation == "c (<< 2)")
    #expect(end.links.map(\.relation) == ["b"] && end.against.map(\.relation) == ["c"])
  }

  @Test func everyAlternativeIsCarriedWhenAsked() throws {
    let sample = Sample([
      "a 1|Depends: b / c, v", "b 1", "c 1|Depends: d", "d 1", "p 1|Provides: v", "q 1|Provides: v",
    ])
    #expect(try sample.closure(["a"]).names == ["a", "b", "p"])
    let all = try sample.closure(["a"]) { $0.allAlternatives = true }
    #expect(all.names == ["a", "b", "c", "d", "p", "q"])
  }

  @Test func suggestsAreOfRootsAlone() throws {
    let sample = Sample(["a 1|Depends: b|Suggests: s", "b 1|Suggests: t", "s 1", "t 1"])
    #expect(try sample.closure(["a"]) { $0.suggests = true }.names == ["a", "b", "s"])
  }

  @Test func missedRecommendsAreTold() throws {
    let sample = Sample(["a 1|Recommends: gone (>= 2)"])
    let closure = try sample.closure(["a"]) { $0.recommends = true }
    #expect(closure.problems.isEmpty)
    #expect(closure.missed.map(\.relation) == ["gone (>= 2)"])
  }

  @Test func sourcesComeInTheirExactVersion() throws {
    var sample = Sample(["a 1+b1|Source: s (1)|Depends: b", "b 2", "c 3|Source: none"])
    sample.sources = SamplePackages.sources(["s 1", "s 2", "b 2", "b 1"])
    let closure = try sample.closure(["a", "c"]) { $0.sources = true }
    #expect(closure.sources.map(\.label.text) == ["b 2 source", "s 1 source"])
    #expect(closure.withoutSource.map(\.name) == ["c"])
  }

  @Test func systemHasWhatIsEssential() throws {
    let sample = Sample([
      "bash 1|Essential: yes|Depends: libc", "libc 1", "apt 1", "init 1|Protected: yes",
      "login 1|Priority: required", "less 1|Priority: standard", "a 1",
    ])
    #expect(
      try sample.closure(["a"]) { $0.system = .essential }.names
        == ["a", "apt", "bash", "init", "libc"]
    )
    #expect(
      try sample.closure([]) { $0.system = .standard }.names
        == ["apt", "bash", "init", "less", "libc", "login"]
    )
  }

  @Test func wantedOlderVersionIsTheOneThatIsFollowed() throws {
    let sample = Sample(["a 1|Depends: old", "a 2|Depends: new", "old 1", "new 1"])
    let universe = try sample.universe { $0.package == "a" && $0.version == "1" }
    let closure = try universe.closure(of: ClosureRequest())
    #expect(closure.members.map(\.label.text) == ["a 1 amd64", "old 1 amd64"])
    let both = try sample.universe { $0.package == "a" }.closure(of: ClosureRequest())
    #expect(both.members.map(\.label.text) == ["a 1 amd64", "a 2 amd64", "new 1 amd64"])
  }

  @Test func orderOfTheIndexMakesNoDifference() throws {
    var generator = SeededGenerator(seed: 7)
    let lines = [
      "a 1|Depends: v, w / x", "p 1|Provides: v", "q 1|Provides: v", "w 1|Conflicts: y",
      "x 1|Depends: y", "y 1", "b 1|Depends: y",
    ]
    let expected = try Sample(lines).closure(["a", "b"]).members.map(\.label)
    for _ in 0..<20 {
      let other = Sample(lines.shuffled(using: &generator))
      #expect(try other.closure(["a", "b"]).members.map(\.label) == expected)
    }
  }

  @Test func deepChainsNeedNoDeepCalls() throws {
    let lines = (0..<30_000).map { "p\($0) 1|Depends: p\($0 + 1)" } + ["p30000 1"]
    #expect(try Sample(lines).closure(["p0"]).members.count == 30_001)
  }

  @Test func heldPackageStaysAsItIs() throws {
    let packages = ["a 1|Depends: b (>= 2)", "b 2"]
    #expect(try !Sample(packages, base: ["b 1|Hold"]).closure(["a"]).problems.isEmpty)
  }

  @Test func checkRefusesWhatIsWrong() throws {
    let sample = Sample(["a 1|Depends: b", "b 1", "c 1|Breaks: b (<< 2)", "d 1"])
    let universe = try sample.universe()
    func ids(_ names: String...) -> [Int32] { names.compactMap { universe.package(called: $0) } }
    try universe.check(ids("a", "b", "d"))
    for wrong in [ids("a", "d"), ids("b", "c"), ids("c", "a", "b"), ids("b", "b")] {
      let failure = #expect(throws: Failure.self) { try universe.check(wrong) }
      #expect(failure?.name == "closure-check")
    }
  }

  @Test func upgradesAreThoseOfApt() throws {
    let packages = [
      "a 2|Depends: new", "new 1", "b 2|Conflicts: c", "c 1", "d 2|Depends: gone",
      "e 2|Depends: f (= 2)",
      "f 2|Depends: e (= 2)", "g 1", "h 2", "other 1",
    ]
    let base = [
      "a 1", "b 1", "c 1", "d 1", "e 1|Depends: f (= 1)", "f 1|Depends: e (= 1)", "g 1", "h 1|Hold",
    ]
    let sample = Sample(packages, base: base)
    let closure = try sample.closure([]) { $0.upgrades = true }
    #expect(closure.names == ["a", "e", "f", "new"])
    #expect(closure.keptBack.map { $0.package?.name } == ["b", "d", "h"])
    #expect(closure.problems.isEmpty && closure.groups.isEmpty)
    let apt = try sample.judge([], command: ["upgrade", "--with-new-pkgs"])
    #expect(apt.installed == closure.names, "\(apt.text)")
    let more = try sample.closure(["other"]) { $0.upgrades = true }
    #expect(more.names == ["a", "e", "f", "new", "other"])
    #expect(more.members.first?.reason == .upgrade)
  }
}
