internal import BundleFormat
internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Trust

/// How far a stream has been taken in, also when the catalogue was put back from an old backup and
/// only the audit log knows it.
enum HighWater {
  /// The highest sequence that was accepted, with its payload digest.
  static func of(
    _ stream: String,
    _ accepted: [AcceptedBundle],
    _ depot: Depot,
    _ notes: inout [Note]
  ) throws(Failure) -> (sequence: UInt64, digest: SHA256Digest)? {
    let highest = accepted.max { $0.sequence < $1.sequence }.map { ($0.sequence, $0.manifest) }
    guard let logged = try AuditLog(in: depot.root).newestAccepted(of: stream),
      logged.sequence > highest?.0 ?? 0
    else { return highest }
    notes.append(
      .alarm(
        "catalogue-behind",
        "the audit log says that \(stream) \(logged.sequence) was taken in here, the catalogue "
          + "does not: it was put back from a backup. Nothing older comes in"
      )
    )
    return (logged.sequence, logged.manifest)
  }
}

/// What a bundle says of audit logs: its exporter's, which is kept, and this depot's own.
enum AuditEvidence {
  /// Keeps how far the exporter's log had come, for this site's next receipt.
  ///
  /// Another record under a number that is known already is an alarm, and no reason to refuse what
  /// the vendor's and the exporter's signatures vouch for.
  static func keep(
    _ manifest: Manifest,
    signers: [String],
    now: UTCTime,
    _ depot: Depot,
    _ notes: inout [Note]
  ) throws(Failure) {
    for head in manifest.knownAudit where signers.contains(head.log) {
      try keep(head, source: "bundle \(manifest.directory)", now: now, depot, &notes)
    }
  }

  /// Keeps how far another log had come; another record under a number that is known already is
  /// noted.
  static func keep(
    _ head: Receipt.AuditHead,
    source: String,
    now: UTCTime,
    _ depot: Depot,
    _ notes: inout [Note]
  ) throws(Failure) {
    do throws(Failure) {
      try depot.catalogue.record(
        ForeignAuditHead(
          log: head.log,
          head: AuditHead(sequence: head.sequence, digest: head.digest),
          seen: now,
          source: source
        )
      )
    } catch {
      guard error.name == .auditForked else { throw error }
      notes.append(
        .alarm("audit-forked", "\(error.reason) (\(error.details.joined(separator: "; ")))")
      )
    }
  }

  /// Those records of this depot's own log that somebody else knows, and that are not in it.
  static func missing(
    of heads: [Receipt.AuditHead],
    _ depot: Depot
  ) throws(Failure) -> [AuditHead] {
    guard !heads.isEmpty else { return [] }
    let own = try DepotIdentity.read(depot).allFingerprints
    return try AuditLog(in: depot.root).lacks(
      heads.filter { own.contains($0.log) }.map {
        AuditHead(sequence: $0.sequence, digest: $0.digest)
      }
    )
  }

  /// Notes when the exporter knows of a record that this log does not have.
  static func check(
    _ manifest: Manifest,
    _ depot: Depot,
    _ notes: inout [Note]
  ) throws(Failure) {
    for head in try missing(of: manifest.knownAudit, depot) {
      notes.append(
        .alarm(
          "audit-lacks",
          "the exporter knows record \(head.sequence) of this depot's audit log from a "
            + "receipt, and it is not in it: this depot was put back from a backup, or its log was "
            + "cut; aptferry audit verify --head \(head.text) finds it lacking"
        )
      )
    }
  }
}

extension Catalogue {
  /// The highest sequence accepted of a stream.
  func highest(of stream: String) throws(Failure) -> UInt64? {
    try accepted(stream: stream).map(\.sequence).max()
  }
}
