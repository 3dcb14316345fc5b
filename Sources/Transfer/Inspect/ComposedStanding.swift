internal import BundleFormat
internal import Objects
internal import SafeIO
internal import Trust
internal import VendorChain

extension SuiteStanding {
  /// Judges the suites of composed snapshots as an import will, but for the packages themselves.
  ///
  /// - Parameters:
  ///   - manifest: the manifest, whose signature was verified.
  ///   - trust: whom this site believes about it.
  ///   - table: the entries of the bundle.
  ///   - contents: the indexes and the vendors' lists, as far as they are on the media.
  ///   - objects: what the depot has.
  ///   - allowsOlder: whether older states of suites are allowed.
  /// - Returns: one standing for each suite, in the order of MANIFEST.
  static func composed(
    of manifest: Manifest,
    _ trust: BundleTrust,
    _ table: EntryTable,
    _ contents: IndexContents,
    _ objects: any ObjectStore,
    allowsOlder: Bool
  ) -> [SuiteStanding] {
    manifest.snapshots.filter { !$0.isVerbatim }.flatMap { snapshot in
      var standings = snapshot.suites.map { SuiteStanding(snapshot: snapshot.name, claimed: $0) }
      do throws(Failure) {
        let archive = SnapshotArchive(snapshot: snapshot.name, table: table, hashesFiles: false) {
          (digest, _) throws(Failure) in
          if let file = try contents.open(digest) { return file }
          return try objects.open(digest)
        }
        var ignored = ChainCheck.Findings()
        let records = try ComposedCheck(snapshot: snapshot, trust: trust, archive: archive)
          .run(allowsOlder: allowsOlder, &ignored)
        for (index, record) in records.enumerated() {
          standings[index].verified = record
          standings[index].vendor = trust.vendors.identity(of: record)
        }
      } catch {
        // What is on another medium cannot be judged yet.
        guard error.name != "missing-object" else { return standings }
        for index in standings.indices { standings[index].refusal = error }
      }
      return standings
    }
  }
}
