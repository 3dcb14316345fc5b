internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Trust

/// What is recorded of a bundle, and told of it.
extension BundleImport {
  func arrivals(_ findings: ChainCheck.Findings, _ trust: BundleTrust) -> [ArrivedSuite] {
    manifest.snapshots.flatMap { snapshot in
      (findings.suites[snapshot.name] ?? []).map { record in
        ArrivedSuite(
          snapshot: snapshot.name,
          record: record,
          vendor: trust.vendors.identity(of: record)
        )
      }
    }
  }

  /// The snapshots as they are to be recorded, with what was verified of their suites.
  func records(_ findings: ChainCheck.Findings) -> [SnapshotRecord] {
    manifest.snapshots.map { snapshot in
      SnapshotRecord(
        name: snapshot.name,
        digest: snapshot.digest,
        kind: snapshot.isVerbatim ? .verbatim : .composed,
        suites: findings.suites[snapshot.name] ?? [],
        files: snapshot.files,
        bytes: snapshot.bytes,
        created: manifest.created,
        origin: "bundle \(manifest.directory)",
        leftOut: findings.leftOut[snapshot.name] ?? []
      )
    }
  }

  /// Says for the audit log what came in, whatever becomes of the command: the bundle first, which a
  /// catalogue that is put back from a backup will be asked about.
  func noteAccepted(isAgain: Bool) throws(Failure) {
    request.facts.add(
      .accepted(
        AuditFact.Accepted(
          stream: manifest.stream,
          sequence: manifest.sequence,
          manifest: verified.digest,
          signers: verified.signatures.good.map(\.primary.text),
          isOlder: isOlder,
          isAgain: isAgain
        )
      )
    )
    for snapshot in manifest.snapshots {
      // Removed since, when it had come in before.
      guard let record = try depot.catalogue.findSnapshot(snapshot.name),
        record.digest == snapshot.digest
      else { continue }
      request.facts.add(AuditFact.facts(of: record))
    }
  }

  /// Snapshots that the exporter has removed, that its stream brought, and that are still here.
  func noteRetired() throws(Failure) {
    let names = try admission.retired()
    guard !names.isEmpty else { return }
    notes.append(
      .note(
        "the exporter has removed: \(names.joined(separator: ", ")); here they stay until: aptferry "
          + "snapshot remove --retired"
      )
    )
  }

  var admission: Admission {
    Admission(
      manifest: manifest,
      digest: verified.digest,
      signers: verified.signatures.good.map(\.primary),
      depot: depot,
      now: request.now,
      acceptsOlder: request.reasonForOlder != nil
    )
  }
}
