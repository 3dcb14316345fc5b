import BundleFormat
import Depot
import SafeIO
import Testing

@testable import Transfer

/// What a bundle says of its exporter's audit log, kept for this site's next receipt.
@Suite struct AuditEvidenceTests {
  /// Keeps what a bundle says that the first exporter signed; answers the notes.
  private func keep(
    _ heads: [(log: String, sequence: UInt64, content: String)],
    in depot: Depot
  ) throws -> [String] {
    var bundle = manifest()
    bundle.knownAudit = heads.map {
      Receipt.AuditHead(log: $0.log, sequence: $0.sequence, digest: digest($0.content))
    }
    var notes: [Note] = []
    try AuditEvidence.keep(bundle, signers: [Exporter.first], now: day(2), depot, &notes)
    return notes.map { "\($0.severity) \($0.code)" }
  }

  private func kept(of log: String, in depot: Depot) throws -> [AuditHead] {
    try depot.catalogue.foreignAuditHeads(of: log).map(\.head)
  }

  @Test func `Only what its signer says of its own log is kept`() throws {
    try withDepot { depot in
      let notes = try keep([(Exporter.first, 7, "seven"), (Exporter.second, 9, "nine")], in: depot)
      #expect(notes.isEmpty)
      #expect(
        try kept(of: Exporter.first, in: depot) == [AuditHead(sequence: 7, digest: digest("seven"))]
      )
      #expect(try kept(of: Exporter.second, in: depot).isEmpty)
    }
  }

  @Test func `The same record again is nothing new, another under its number is an alarm`() throws {
    try withDepot { depot in
      #expect(try keep([(Exporter.first, 7, "seven")], in: depot).isEmpty)
      #expect(try keep([(Exporter.first, 7, "seven")], in: depot).isEmpty)
      #expect(try keep([(Exporter.first, 8, "eight")], in: depot).isEmpty)
      #expect(try keep([(Exporter.first, 7, "forged")], in: depot) == ["alarm audit-forked"])
      // Both stay: that the log was forked must not be forgotten.
      let all = try kept(of: Exporter.first, in: depot)
      #expect(Set(all.map(\.digest)) == Set(["seven", "eight", "forged"].map { digest($0) }))
    }
  }
}
