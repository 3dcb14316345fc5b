import SafeIO
import TestSupport
import Testing

@testable import Depot

/// What a depot knows of targets, and what is written there.
@Suite struct TargetTests {
  private static let state = TargetState(
    generation: TargetGeneration(number: 7, listing: .of([1]), length: 12),
    nonce: "a-1",
    made: UTCTime(seconds: 1_700_000_000),
    writer: TargetWriter(id: "0123", site: "hub", run: "publish, by “x”\n\"\\"),
    prefix: "a/debian",
    source: 3,
    kept: [
      TargetGeneration(
        number: 6,
        listing: .of([2]),
        length: 0,
        ended: UTCTime(seconds: 1_600_000_000)
      )
    ]
  )

  @Test func stateReadsBack() throws {
    #expect(try TargetState(reading: Self.state.text, name: "x") == Self.state)
    #expect(Self.state.text.last == 0x0a && Self.state.text.count { $0 == 0x0a } == 1)
  }

  @Test(arguments: [
    "", "{}", "[]", "null", "{\"format\":\"aptferry-target-2\"}", "\u{0}",
  ])
  func refusesOther(text: String) {
    #expect(throws: Failure(.state, "target-state", "")) {
      try TargetState(reading: Array(text.utf8), name: "x")
    }
  }

  /// Whatever stands there, it is read or refused.
  @Test func damage() throws {
    var generator = SeededGenerator(seed: 7)
    let text = Self.state.text
    var refused = 0
    for _ in 0..<5000 {
      var damaged = text
      damaged[Int.random(in: 0..<text.count, using: &generator)] = UInt8.random(
        in: 0...255,
        using: &generator
      )
      do throws(Failure) {
        let state = try TargetState(reading: damaged, name: "x")
        #expect(state.generation.number > 0)
      } catch { refused += 1 }
    }
    #expect(refused > 2000)
  }

  private func record(_ name: String) -> TargetRecord {
    TargetRecord(
      name: name,
      address: "s3://packages/site",
      endpoint: "https://s3.example:9000",
      region: "r",
      isVirtualHosted: name == "v",
      authorities: nil,
      credentials: "/etc/x",
      url: nil,
      createsOnce: true,
      swap: .bare,
      missingStatus: 403,
      isPublic: false,
      created: UTCTime(seconds: 5)
    )
  }

  @Test func catalogue() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let depot = try scratch.depot()
    let catalogue = depot.catalogue
    try catalogue.add(record("t"))
    try catalogue.add(record("v"))
    #expect(try catalogue.target("t") == record("t"))
    #expect(
      try catalogue.targets().map(\.clientAddress) == [
        "https://s3.example:9000/packages/site", "https://packages.s3.example:9000/site",
      ]
    )
    #expect(throws: Failure(.state, "target-exists", "")) { try catalogue.add(record("t")) }
    #expect(throws: Failure(.usage, "no-target", "")) { try catalogue.target("x") }
    let writer = try catalogue.targetWriter()
    #expect(try writer.count == 32 && catalogue.targetWriter() == writer)

    try catalogue.placePublication(at: "debian", on: "t")
    try catalogue.placePublication(at: "debian", on: "t")
    for number: UInt64 in [4, 5, 6] {
      var claim = TargetClaim(number: number, nonce: "n\(number)", listing: .of([3]))
      try catalogue.record(claim, of: "debian", on: "t")
      claim.done = 9
      try catalogue.record(claim, of: "debian", on: "t")
    }
    #expect(try catalogue.targetClaims(of: "debian", on: "t").map(\.done) == [9, 9, 9])
    var known = TargetPublication(target: "t", prefix: "debian")
    (known.number, known.generation, known.published) = (5, 2, UTCTime(seconds: 9))
    try catalogue.record(known)
    #expect(try catalogue.targetPublications() == [known])
    #expect(try catalogue.targetClaims(of: "debian", on: "t").map(\.number) == [6])
    #expect(try catalogue.removePublication(at: "debian", from: "t"))
    #expect(try !catalogue.removePublication(at: "debian", from: "t"))
    #expect(try catalogue.targetClaims(of: "debian", on: "t").isEmpty)
    try catalogue.removeTarget("t")
    #expect(try catalogue.targets().map(\.name) == ["v"])
  }
}
