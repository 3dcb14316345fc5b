import BundleFormat
import Depot
import SafeIO
import Testing

@testable import Transfer

/// How far a stream was taken in: what the catalogue says against what the audit log says.
@Suite struct HighWaterTests {
  private func fact(_ stream: String, _ sequence: UInt64, _ content: String) -> AuditFact {
    .accepted(
      AuditFact.Accepted(
        stream: stream,
        sequence: sequence,
        manifest: digest(content),
        signers: [Exporter.first],
        isOlder: false,
        isAgain: false
      )
    )
  }

  private func log(
    _ facts: [AuditFact],
    as outcome: AuditOutcome = .done,
    in depot: Depot
  ) throws {
    let entry = try AuditLog(in: depot.root).begin(AuditSubject("import"), program: "test 1")
    _ = try entry.conclude(outcome, [], facts: facts)
  }

  /// The high water with the codes of its notes, as `3 alarm catalogue-behind`.
  private func highWater(
    of stream: String = "mainland",
    in depot: Depot
  ) throws -> (sequence: UInt64?, digest: SHA256Digest?, notes: [String]) {
    var notes: [Note] = []
    let accepted = try depot.catalogue.accepted(stream: stream)
    let found = try HighWater.of(stream, accepted, depot, &notes)
    return (found?.sequence, found?.digest, notes.map { "\($0.severity) \($0.code)" })
  }

  @Test func `Nothing is known of a stream that nobody took in`() throws {
    try withDepot { depot in
      #expect(try highWater(in: depot).sequence == nil)
      try depot.accept(9, "other", stream: "other")
      try log([fact("other", 9, "other")], in: depot)
      let found = try highWater(in: depot)
      #expect(found.sequence == nil && found.notes.isEmpty)
    }
  }

  @Test func `The highest sequence counts, whatever came last and from whom`() throws {
    try withDepot { depot in
      try depot.accept(12, "twelve")
      try depot.accept(9, "nine", by: Exporter.second)
      let found = try highWater(in: depot)
      #expect(found.sequence == 12 && found.digest == digest("twelve"))
      #expect(found.notes.isEmpty)
    }
  }

  @Test func `A log that knows no more than the catalogue says nothing`() throws {
    try withDepot { depot in
      try depot.accept(2, "two")
      try log([fact("mainland", 1, "one"), fact("mainland", 2, "two")], in: depot)
      let found = try highWater(in: depot)
      #expect(found.sequence == 2 && found.digest == digest("two") && found.notes.isEmpty)
    }
  }

  @Test func `A catalogue from a backup is found out by the log, with an alarm`() throws {
    try withDepot { depot in
      try depot.accept(2, "two")
      try log([fact("mainland", 3, "three"), fact("mainland", 2, "two")], in: depot)
      let found = try highWater(in: depot)
      #expect(found.sequence == 3 && found.digest == digest("three"))
      #expect(found.notes == ["alarm catalogue-behind"])
    }
  }

  @Test func `A catalogue that knows nothing at all is found out too`() throws {
    try withDepot { depot in
      try log([fact("mainland", 1, "one")], in: depot)
      let found = try highWater(in: depot)
      #expect(found.sequence == 1 && found.notes == ["alarm catalogue-behind"])
    }
  }

  @Test func `What an interrupted or refused import has taken in counts`() throws {
    try withDepot { depot in
      try log(
        [fact("mainland", 4, "four")],
        as: .interrupted(code: "E-INTERRUPTED-SIGNAL", exit: 130),
        in: depot
      )
      #expect(try highWater(in: depot).sequence == 4)
      try log(
        [fact("mainland", 5, "five")],
        as: .refused(code: "E-IO-X", exit: 16, message: "x"),
        in: depot
      )
      #expect(try highWater(in: depot).sequence == 5)
    }
  }

  @Test func `The rules refuse what is older than the log, and take what it knows again`() throws {
    try withDepot { depot in
      try depot.accept(1, "one")
      try log([fact("mainland", 3, "three")], in: depot)
      let admission = { (sequence: UInt64, content: String) in
        Admission(
          manifest: manifest("mainland", sequence),
          digest: digest(content),
          signers: [],
          depot: depot,
          now: day(2)
        )
      }
      var notes: [Note] = []
      #expect(
        failure { _ = try admission(2, "two").decide(&notes) }?.code == "E-FRESHNESS-ROLLBACK"
      )
      #expect(
        failure { _ = try admission(3, "forged").decide(&notes) }?.code
          == "E-FRESHNESS-EQUIVOCATION"
      )
      #expect(try admission(3, "three").decide(&notes) == .take(skipped: 0))
      #expect(try admission(4, "four").decide(&notes) == .take(skipped: 0))
    }
  }
}
