internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import SafeIO

/// What an interrupted export left between the medium and the ledger.
enum SettledExport {
  /// Settles it.
  ///
  /// A bundle that has its final name is complete: its sequence is recorded. One that is still
  /// partial is not, and is written again under the same sequence. Where neither can be seen (the
  /// medium is away), the sequence counts as used, since two bundles of one sequence would be an
  /// alarm at every importer.
  /// - Returns: what was recorded, and where it lies if all of it is there; nil when nothing was.
  static func settle(
    _ stream: String,
    in depot: Depot,
    _ facts: AuditFacts
  ) throws(Failure) -> (record: ExportRecord, place: Directory?)? {
    guard let intent = try depot.catalogue.exportIntent(of: stream) else { return nil }
    let record = intent.record
    let name = BundleName.directory(stream: record.stream, sequence: record.sequence)
    let place = try openIfPresent(intent.destination)
    if try holds(name + PartialBundle.suffix, record, in: place) {
      try depot.catalogue.dropExportIntent(of: stream)
      return nil
    }
    let isComplete = try holds(name, record, in: place)
    if isComplete, let place { try PartialBundle.settle(name, in: place) }
    // Nobody saw all of it on the medium: it is to be written again.
    if !isComplete { try forgetMedium(of: name, depot) }
    try depot.catalogue.record(record)
    // The run that was stopped could not say so.
    facts.add(.exported(record, signer: nil, isAgain: false))
    return (record, isComplete ? place : nil)
  }

  /// Notes that a bundle's only medium is not known to be written.
  private static func forgetMedium(of name: String, _ depot: Depot) throws(Failure) {
    let lists = try ExportedLists.open(name, in: depot)
    guard var record = try MediaSetRecord.read(in: lists), record.media.count == 1 else { return }
    record.media[0].written = nil
    try record.write(in: lists)
  }

  private static func holds(
    _ directory: String,
    _ record: ExportRecord,
    in place: Directory?
  ) throws(Failure) -> Bool {
    guard let bundle = try place?.directoryIfPresent(directory),
      try bundle.status("MANIFEST") != nil
    else { return false }
    let bytes = try bundle.contents(of: "MANIFEST", limit: BundleLimits.manifestLength)
    return SHA256Digest.of(bytes) == record.manifest
  }

  private static func openIfPresent(_ path: String) throws(Failure) -> Directory? {
    do {
      return try Directory(opening: path)
    } catch {
      if error.name == .noDirectory { return nil }
      throw error
    }
  }
}
