import Testing

@testable import Comparison

/// What became of each package of a list.
@Suite struct PackageDifferenceTests {
  private func changes(_ old: PackageList, _ new: PackageList) -> [String] {
    PackageDifference.changes(old, new).map(line)
  }

  @Test func `Every kind of change is told, sorted by name`() throws {
    let old = try list(
      binary("anchor", "1.0-1"),
      binary("bollard", "1.0-1"),
      binary("crate", "2.0-1"),
      binary("dock", "1.0-1", content: "one"),
      binary("same", "1.0-1")
    )
    let new = try list(
      binary("same", "1.0-1"),
      binary("bollard", "1.1-1"),
      binary("crate", "1.0-1"),
      binary("dock", "1.0-1", content: "other"),
      binary("fender", "1.0-1")
    )
    #expect(
      changes(old, new) == [
        "removed anchor 1.0-1 -", "upgraded bollard 1.0-1 1.1-1", "downgraded crate 2.0-1 1.0-1",
        "changed dock 1.0-1 1.0-1", "new fender - 1.0-1",
      ]
    )
  }

  @Test func `The other way round, each change is its opposite`() throws {
    let few = try list(binary("anchor", "1.0-1"), binary("bollard", "1.0-1"))
    let more = try list(
      binary("anchor", "2.0-1"),
      binary("bollard", "1.0-1"),
      binary("crate", "1.0-1")
    )
    #expect(changes(few, more) == ["upgraded anchor 1.0-1 2.0-1", "new crate - 1.0-1"])
    #expect(changes(more, few) == ["downgraded anchor 2.0-1 1.0-1", "removed crate 1.0-1 -"])
  }

  @Test(arguments: [
    ("1.9", "1.10", PackageChange.Kind.upgraded),
    ("1:1.0", "2.0", .downgraded),
    ("1.0", "1.0~rc1", .downgraded),
    ("1.0~rc1", "1.0", .upgraded),
    ("1.0-1", "1.0-1+b1", .upgraded),
  ])
  func `Versions are ordered as Debian orders them`(
    from: String,
    to: String,
    kind: PackageChange.Kind
  ) throws {
    let found = PackageDifference.changes(
      try list(binary("pier", from)),
      try list(binary("pier", to))
    )
    #expect(found == [PackageChange(kind: kind, name: "pier", before: from, after: to)])
  }

  @Test func `Of several versions the highest take each other's place`() throws {
    let old = try list(
      binary("linux", "6.1.1"),
      binary("linux", "6.1.9"),
      binary("linux", "6.1.10")
    )
    let new = try list(
      binary("linux", "6.1.9"),
      binary("linux", "6.1.11"),
      binary("linux", "6.1.2")
    )
    #expect(
      changes(old, new) == [
        "upgraded linux 6.1.10 6.1.11", "removed linux 6.1.1 -", "new linux - 6.1.2",
      ]
    )
  }

  @Test func `Of several files of one version the same one is no change`() throws {
    let old = try list(
      binary("pier", "1.0", content: "a"),
      binary("pier", "1.0", content: "b")
    )
    let new = try list(
      binary("pier", "1.0", content: "b"),
      binary("pier", "1.0", content: "c")
    )
    let found = changes(old, new)
    #expect(found == ["changed pier 1.0 1.0"])
    #expect(changes(old, old).isEmpty)
  }

  @Test func `What is listed twice counts once`() throws {
    let twice = try list(binary("pier", "1.0"), binary("quay", "1.0"), binary("pier", "1.0"))
    #expect(twice.count == 2)
    #expect(changes(twice, try list(binary("pier", "1.0"), binary("quay", "1.0"))).isEmpty)
  }

  @Test func `From nothing everything is new, to nothing everything is removed`() throws {
    let (none, some) = (try list(), try list(binary("b", "1"), binary("a", "1")))
    #expect(changes(none, none).isEmpty)
    #expect(changes(none, some) == ["new a - 1", "new b - 1"])
    #expect(changes(some, none) == ["removed a 1 -", "removed b 1 -"])
  }

  @Test func `A name that begins like another is another package`() throws {
    let found = changes(
      try list(binary("lib", "1"), binary("lib-a", "1")),
      try list(binary("lib", "1"), binary("liba", "1"))
    )
    #expect(found == ["removed lib-a 1 -", "new liba - 1"])
  }
}
