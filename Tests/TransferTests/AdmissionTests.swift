import BundleFormat
import OpenPGP
import SafeIO
import Testing

@testable import Depot
@testable import Transfer

/// What the depot's ledger decides about a bundle whose signature is good.
@Suite struct AdmissionTests {
  private func admission(
    _ manifest: Manifest,
    _ content: String,
    by signer: String = Exporter.first,
    in depot: Depot,
    now: UTCTime = day(2),
    acceptsOlder: Bool = false
  ) throws -> Admission {
    Admission(
      manifest: manifest,
      digest: digest(content),
      signers: [try #require(Fingerprint(signer))],
      depot: depot,
      now: now,
      acceptsOlder: acceptsOlder
    )
  }

  /// The decision with the notes, as `alarm other-predecessor` or `note `.
  private func decide(
    _ admission: Admission
  ) throws -> (decision: AcceptanceRules.Decision, notes: [String]) {
    var notes: [Note] = []
    let decision = try admission.decide(&notes)
    return (decision, notes.map { "\($0.severity) \($0.code)" })
  }

  private func code(_ admission: Admission) -> String? {
    failure { _ = try decide(admission) }?.code
  }

  @Test func `A new depot takes the first bundle, and any later one with what it skips`() throws {
    try withDepot { depot in
      let first = try decide(admission(manifest("mainland", 1), "one", in: depot))
      #expect(first.decision == .take(skipped: 0) && first.notes.isEmpty)
      let later = try decide(admission(manifest("mainland", 5), "five", in: depot))
      #expect(later.decision == .take(skipped: 4) && later.notes.isEmpty)
    }
  }

  @Test func `What follows the newest is taken, by the ledger of its own stream only`() throws {
    try withDepot { depot in
      try depot.accept(3, "three")
      try depot.accept(9, "nine", stream: "other")
      let next = manifest("mainland", 4, previous: digest("three"))
      let found = try decide(admission(next, "four", in: depot))
      #expect(found.decision == .take(skipped: 0) && found.notes.isEmpty)
      #expect(
        try decide(admission(manifest("mainland", 7), "seven", in: depot)).decision
          == .take(skipped: 3)
      )
    }
  }

  @Test func `The same bundle again is nothing new, even expired and with a clock behind`() throws {
    try withDepot { depot in
      try depot.accept(3, "three", created: day(9))
      var again = manifest("mainland", 3, created: day(1))
      again.expires = day(2)
      let found = try decide(admission(again, "three", by: Exporter.second, in: depot, now: day(3)))
      #expect(found.decision == .alreadyTaken && found.notes.isEmpty)
    }
  }

  @Test func `Another bundle under an accepted sequence is an equivocation`() throws {
    try withDepot { depot in
      try depot.accept(2, "two")
      try depot.accept(3, "three")
      for sequence in [2, 3] as [UInt64] {
        let forged = try admission(manifest("mainland", sequence), "forged", in: depot)
        #expect(code(forged) == "E-FRESHNESS-EQUIVOCATION")
      }
    }
  }

  @Test func `An older bundle is a rollback, unless an operator lets it in`() throws {
    try withDepot { depot in
      try depot.accept(3, "three")
      let older = manifest("mainland", 2)
      #expect(try code(admission(older, "two", in: depot)) == "E-FRESHNESS-ROLLBACK")
      let allowed = try admission(older, "two", in: depot, acceptsOlder: true)
      #expect(try decide(allowed).decision == .takeOlder)
    }
  }

  @Test func `The time is measured against this clock and the newest signed time`() throws {
    try withDepot { depot in
      try depot.accept(1, "one", created: day(5))
      let next = manifest("mainland", 2, created: day(5))
      #expect(
        try code(admission(next, "two", in: depot, now: day(3))) == "E-FRESHNESS-CLOCK-BEHIND"
      )
      #expect(try code(admission(next, "two", in: depot, now: day(4))) == nil)
      let future = manifest("mainland", 2, created: day(8))
      #expect(try code(admission(future, "two", in: depot, now: day(6))) == "E-FRESHNESS-FUTURE")
      var expired = manifest("mainland", 2, created: day(1))
      expired.expires = day(4)
      // This clock is before that, the newest signed time is not.
      #expect(
        try code(admission(expired, "two", in: depot, now: day(4))) == "E-FRESHNESS-EXPIRED"
      )
    }
  }

  @Test func `A bundle for other sites is refused, one for this site among others is not`() throws {
    try withDepot { depot in
      let other = try admission(manifest(sites: ["peak"]), "one", in: depot)
      #expect(code(other) == "E-POLICY-OTHER-SITE")
      let both = try admission(manifest(sites: ["island", "peak"]), "one", in: depot)
      #expect(code(both) == nil)
    }
  }

  @Test func `A bundle that follows another one than was taken in here is an alarm`() throws {
    try withDepot { depot in
      try depot.accept(3, "three")
      for previous in [digest("another three"), nil] {
        let next = manifest("mainland", 4, previous: previous)
        let found = try decide(admission(next, "four", in: depot))
        #expect(found.decision == .take(skipped: 0))
        #expect(found.notes == ["alarm other-predecessor"])
      }
      // Nobody knows the one before this.
      let gap = manifest("mainland", 5, previous: digest("another four"))
      #expect(try decide(admission(gap, "five", in: depot)).notes.isEmpty)
    }
  }

  @Test func `A second exporter of a stream is noted, an accepted successor is not`() throws {
    try withDepot { depot in
      try depot.accept(1, "one")
      func next(by signer: String) throws -> Admission {
        try admission(
          manifest("mainland", 2, previous: digest("one")),
          "two",
          by: signer,
          in: depot
        )
      }
      #expect(try decide(next(by: Exporter.first)).notes.isEmpty)
      #expect(try decide(next(by: Exporter.third)).notes == ["note "])
      try state(Exporter.first, isFollowedBy: Exporter.second, isAccepted: true, in: depot)
      try state(Exporter.second, isFollowedBy: Exporter.third, isAccepted: false, in: depot)
      #expect(try decide(next(by: Exporter.second)).notes.isEmpty)
      #expect(try decide(next(by: Exporter.third)).notes == ["note "])
      try state(Exporter.second, isFollowedBy: Exporter.third, isAccepted: true, in: depot)
      #expect(try decide(next(by: Exporter.third)).notes.isEmpty)
    }
  }

  @Test func `A refusal for freshness says that the stream was another exporter's`() throws {
    try withDepot { depot in
      try depot.accept(3, "three")
      let own = try admission(manifest("mainland", 2), "two", in: depot)
      #expect(failure { _ = try decide(own) }?.details.count == 0)
      let other = try admission(manifest("mainland", 2), "two", by: Exporter.second, in: depot)
      #expect(failure { _ = try decide(other) }?.details.count == 1)
    }
  }

  private func state(
    _ key: String,
    isFollowedBy successor: String,
    isAccepted: Bool,
    in depot: Depot
  ) throws {
    try depot.catalogue.record(
      KnownStatement(
        key: key,
        successor: successor,
        made: day(1),
        learned: day(1),
        source: "a file",
        isOwn: false,
        isAccepted: isAccepted,
        message: Array("\(key) \(successor)".utf8)
      )
    )
  }
}
