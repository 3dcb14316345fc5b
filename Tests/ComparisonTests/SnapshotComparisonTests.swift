import SafeIO
import TestSupport
import Testing

@testable import Comparison

/// Which indexes of two states are compared with each other.
@Suite struct SnapshotComparisonTests {
  private func with(_ body: (States) throws -> Void) throws {
    try withScratchDirectory { try body(States(in: $0)) }
  }

  /// `stable amd64 1 2`: the suite, the architecture, and the packages before and now.
  private func counts(_ found: [PackageDifference]) -> [String] {
    found.map { "\($0.suite) \($0.architecture) \($0.before) \($0.after)" }
  }

  @Test func `Each architecture is compared with itself, over all components`() throws {
    try with { states in
      let old = try states.state(
        ["stable"],
        [
          "dists/stable/main/binary-amd64/Packages": binary("pier", "1"),
          "dists/stable/main/binary-arm64/Packages": binary("pier", "1"),
          "dists/stable/contrib/binary-amd64/Packages": binary("hawser", "1"),
          "dists/stable/main/source/Sources": source("pier", "1"),
          "dists/stable/main/debian-installer/binary-amd64/Packages": binary("boot", "1"),
        ]
      )
      let new = try states.state(
        ["stable"],
        [
          "dists/stable/main/binary-amd64/Packages": binary("pier", "2"),
          "dists/stable/main/binary-arm64/Packages": binary("pier", "1"),
          "dists/stable/contrib/binary-amd64/Packages": binary("hawser", "1"),
          "dists/stable/main/source/Sources": source("pier", "2"),
          "dists/stable/main/debian-installer/binary-amd64/Packages": binary("boot", "0"),
        ]
      )
      let found = try states.compare(old, new)
      #expect(
        counts(found) == [
          "stable amd64 2 2", "stable amd64/udeb 1 1", "stable arm64 1 1", "stable source 1 1",
        ]
      )
      #expect(
        found.map { $0.changes.map(line) } == [
          ["upgraded pier 1 2"], ["downgraded boot 1 0"], [], ["upgraded pier 1 2"],
        ]
      )
      #expect(found[0].count(.upgraded) == 1 && found[0].count(.new) == 0)
    }
  }

  @Test func `A package that moves to another component is no change`() throws {
    try with { states in
      let text = binary("pier", "1")
      let old = try states.state(["s"], ["dists/s/main/binary-amd64/Packages": text])
      let new = try states.state(["s"], ["dists/s/contrib/binary-amd64/Packages": text])
      let found = try states.compare(old, new)
      #expect(counts(found) == ["s amd64 1 1"] && found.allSatisfy(\.changes.isEmpty))
    }
  }

  @Test func `An index or a suite that only one state has is all new or all removed`() throws {
    try with { states in
      let text = binary("pier", "1") + binary("quay", "1")
      let old = try states.state(["a"], ["dists/a/main/binary-amd64/Packages": text])
      let new = try states.state(
        ["a", "b"],
        [
          "dists/a/main/binary-arm64/Packages": text,
          "dists/b/main/binary-amd64/Packages": text,
        ]
      )
      let found = try states.compare(old, new)
      #expect(counts(found) == ["a amd64 2 0", "a arm64 0 2", "b amd64 0 2"])
      #expect(found.map { $0.count(.removed) } == [2, 0, 0])
      #expect(found.map { $0.count(.new) } == [0, 2, 2])
    }
  }

  @Test func `An index of a suite that is not named is not read`() throws {
    try with { states in
      let path = "dists/other/main/binary-amd64/Packages"
      let state = try states.state(["s"], [:], lost: [path: "gone"])
      #expect(try states.compare(state, state).isEmpty)
    }
  }

  @Test func `A flat repository is compared by the indexes of its own directory`() throws {
    try with { states in
      // Below it lies another repository, and a pool with something that looks like an index.
      let other = ["sub/Packages": "lost", "main/binary-amd64/Packages": "lost too"]
      let old = try states.state(["./"], ["Packages": binary("pier", "1")], lost: other)
      let new = try states.state(
        ["./"],
        ["Packages": binary("pier", "2"), "Sources": source("pier", "2")],
        lost: other
      )
      let found = try states.compare(old, new)
      #expect(counts(found) == ["./  1 1", "./ source 0 1"])
      #expect(found.map { $0.changes.map(line) } == [["upgraded pier 1 2"], ["new pier - 2"]])
    }
  }

  @Test func `Of several forms of an index the cheapest is read, and only that`() throws {
    try with { states in
      let path = "dists/s/main/binary-amd64/Packages"
      let lost = [path + ".gz": "gz", path + ".xz": "xz"]
      let old = try states.state(["s"], [path: binary("pier", "1")], lost: lost)
      let new = try states.state(["s"], [path: binary("pier", "2")], lost: lost)
      let found = try states.compare(old, new)
      #expect(found.flatMap { $0.changes.map(line) } == ["upgraded pier 1 2"])
    }
  }

  @Test func `Sources that no package was made from before are named`() throws {
    try with { states in
      let amd64 = "dists/s/main/binary-amd64/Packages"
      let arm64 = "dists/s/main/binary-arm64/Packages"
      let old = try states.state(["s"], [amd64: binary("pier-data", "1", source: "pier")])
      let new = try states.state(
        ["s"],
        [
          amd64: binary("pier-doc", "1", source: "pier (1)") + binary("quay", "1"),
          arm64: binary("pier", "1"),
        ]
      )
      let found = try states.compare(old, new)
      // `pier` is new for arm64, and known in the suite.
      #expect(found.map(\.newSources) == [["quay"], []])
    }
  }

  @Test func `What cannot be opened or read is a refusal, no empty list`() throws {
    try with { states in
      let path = "dists/s/main/binary-amd64/Packages"
      let good = try states.state(["s"], [path: binary("pier", "1")])
      let gone = try states.state(["s"], [:], lost: [path: "gone"])
      let broken = try states.state(["s"], [path: "Package: pier\nno field\n"])
      let torn = try states.state(["s"], [path + ".gz": "no gzip"])
      for bad in [gone, broken, torn] {
        #expect(throws: Failure.self) { try states.compare(good, bad) }
        #expect(throws: Failure.self) { try states.compare(bad, good) }
      }
      for bad in [broken, torn] {
        let failure = #expect(throws: Failure.self) { try states.compare(good, bad) }
        #expect(failure?.kind == .integrity, "\(failure?.code ?? "")")
      }
    }
  }
}
