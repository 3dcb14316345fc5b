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
