internal import BundleFormat
internal import Depot
internal import SafeIO

/// What can be refused before the content is read.
extension BundleImport {
  /// What MANIFEST and ENTRIES say is compared with what is here, before anything else is read.
  func checkClaims(_ table: EntryTable) throws(Failure) {
    try checkNames()
    if !isOlder && request.reasonForOlder == nil {
      try VanishedIndexes.checkClaimedDates(table, of: manifest, depot: depot)
    }
    try checkVanished(table) { $0.suites.map(VanishedIndexes.SignedSuite.init) }
  }

  /// A composed snapshot has no vendor's chain that could be checked here: this version makes
  /// none, and an exporter's key alone must not bring in what no vendor signed.
  func refuseComposed() throws(Failure) {
    guard let snapshot = manifest.snapshots.first(where: { !$0.isVerbatim }) else { return }
    throw Failure(
      .policy,
      "composed",
      "the snapshot is composed: its indexes are the exporter's own, and this program cannot check "
        + "them against a vendor's signature",
      subject: snapshot.name,
      hint: "have the vendor's suites exported as they are, or use a newer aptferry on this side"
    )
  }

  /// A name that stands for another content here is refused before anything is read.
  func checkNames() throws(Failure) {
    for snapshot in manifest.snapshots {
      guard let known = try depot.catalogue.findSnapshot(snapshot.name),
        known.digest != snapshot.digest
      else { continue }
      throw Failure(
        .state,
        "snapshot-exists",
        "a snapshot with that name has other content in this depot: \(known.digest.short) here, "
          + "\(snapshot.digest.short) in the bundle",
        subject: snapshot.name,
        hint: "remove it (aptferry snapshot remove \(snapshot.name)) or have the snapshot exported "
          + "under another name"
      )
    }
  }

  func checkVanished(
    _ table: EntryTable,
    _ suites: (Manifest.Snapshot) -> [VanishedIndexes.SignedSuite]
  ) throws(Failure) {
    try VanishedIndexes.check(
      table,
      of: manifest,
      depot: depot,
      allowsRemoval: request.allowsRemoval,
      suites: suites,
      &notes
    )
  }
}
