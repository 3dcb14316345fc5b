internal import BundleFormat
internal import BundleMedium
package import Depot
package import SafeIO

/// A bundle on several media whose lists are made: each medium is written when it is here, also days
/// later.
package final class MediaSetWriting {
  let depot: Depot
  let lists: Directory
  let manifest: Manifest
  let table: EntryTable
  /// What PARITY.txt says; nil without parity.
  let parity: ParityList?
  /// The payload digest: SHA-256 of MANIFEST.
  package let digest: SHA256Digest
  /// What the ledger has of the bundle.
  package let exported: ExportRecord
  /// What the depot knows of the media.
  package internal(set) var record: MediaSetRecord

  /// Opens the set of a bundle that was made here.
  ///
  /// - Throws: `state` when the bundle was made for one medium, or its lists are gone.
  package init(_ bundle: String, in depot: Depot) throws(Failure) {
    self.depot = depot
    guard let exported = try depot.catalogue.exports().last(where: { $0.name == bundle }) else {
      throw Failure(
        .state,
        "unknown-bundle",
        "this depot has made no bundle with that name",
        subject: bundle,
        hint: "aptferry ledger show lists what was made"
      )
    }
    if let retraction = exported.retraction {
      throw Failure(
        .state,
        "bundle-retracted",
        "the bundle was retracted (\(retraction.time)): no site counts as having it",
        subject: bundle,
        hint: "export the snapshots again: aptferry export SNAPSHOT... --to DIR"
      )
    }
    self.exported = exported
    lists = try ExportedLists.open(bundle, in: depot)
    guard let record = try MediaSetRecord.read(in: lists) else {
      throw Failure(
        .state,
        "one-medium",
        "this bundle was written on one medium, as a whole",
        subject: bundle,
        hint: "copy it from there, or write chunks again: aptferry export --resend FILE --to DIR"
      )
    }
    self.record = record
    let media = try BundleMedia.find(in: [lists.path])
    guard let own = media.first, own.manifest.digest == exported.manifest else {
      throw Failure(
        .integrity,
        "lists-damaged",
        "the lists of this bundle in the depot are not those that were signed",
        subject: lists.path,
        hint: "export the snapshots again: aptferry export SNAPSHOT --full --to DIR"
      )
    }
    digest = own.manifest.digest
    manifest = try own.manifest.claimed()
    parity = try ParitySet.read(from: own, for: manifest)?.list
    try MediaSetWriting.check(record, of: manifest, parity, in: lists)
    table = try EntriesFile.read(from: own, for: manifest)
  }

  /// Refuses a record that is not about this bundle: its numbers are places in the manifest.
  private static func check(
    _ record: MediaSetRecord,
    of manifest: Manifest,
    _ parity: ParityList?,
    in lists: Directory
  ) throws(Failure) {
    let files = (parity?.files ?? []).indices.map { $0 + 1 }
    let chunks = record.media.flatMap(\.chunks)
    let all = manifest.chunks.indices.map { $0 + 1 }
    guard record.bundle == manifest.directory, chunks.sorted() == all,
      record.media.flatMap(\.parity).sorted() == files
    else {
      throw Failure(
        .integrity,
        "media-record",
        "the record of the bundle's media does not give every chunk one place",
        subject: lists.describe(MediaSetRecord.name),
        hint: "take it from a backup, or carry the bundle again: aptferry export SNAPSHOT --to DIR"
      )
    }
  }

  /// Has media written once more, as if they had never been: they are lost, or somebody needs a second one.
  ///
  /// - Throws: `usage` for a number that the set does not have.
  package func again(_ numbers: [Int]) throws(Failure) {
    for number in numbers {
      guard (1...record.media.count).contains(number) else {
        throw Failure(
          .usage,
          "media",
          "the set has the media 1 to \(record.media.count)",
          subject: "\(number)",
          hint: "aptferry export --continue \(record.bundle) --dry-run --to DIR lists them"
        )
      }
      record.media[number - 1].written = nil
    }
  }

  /// Writes one medium, and reads it back.
  ///
  /// - Parameters:
  ///   - number: which of the set, from 1.
  ///   - path: the directory, a mounted medium, that gets the bundle's one.
  ///   - now: when, for the record.
  ///   - device: what the device says of itself.
  ///   - discardingPartial: whether what lies under the unfinished bundle's name is removed first.
  ///   - progress: told how far it is.
  /// - Returns: what became of it; the record has it too.
  /// - Throws: what met this medium; the others are not touched.
  package func write(
    _ number: Int,
    to path: String,
    now: UTCTime,
    device: MediumDevice? = nil,
    discardingPartial: Bool = false,
    progress: @escaping ProgressSink
  ) throws(Failure) -> MediaSetRecord.Written {
    let medium = record.media[number - 1]
    let parent = try Directory(opening: path)
    try depot.requireOutside(parent)
    return try depot.locked(for: "export") { () throws(Failure) in
      let isThere = try isWritten(medium, in: parent)
      if !isThere { try write(medium, to: parent, discardingPartial, progress) }
      let source = try readBack(medium, in: parent, progress)
      let written = MediaSetRecord.Written(
        at: now,
        place: parent.describe(record.bundle),
        model: device?.name,
        serial: device?.serial,
        readBack: source == .medium ? .medium : .cache
      )
      try note(written, of: number)
      return written
    }
  }

  /// Keeps what became of a medium; the depot's lock must be held.
  func note(_ written: MediaSetRecord.Written, of number: Int) throws(Failure) {
    // Somebody else may have written other media meanwhile.
    var kept = try MediaSetRecord.read(in: lists) ?? record
    kept.media[number - 1].written = written
    try kept.write(in: lists)
    // What could not be kept is not done.
    record.media[number - 1].written = written
  }

  /// The files that a medium has besides chunks, and their lengths in bytes.
  func listFiles() throws(Failure) -> [(name: String, size: UInt64)] {
    var files: [(name: String, size: UInt64)] = []
    for name in ExportedLists.names(of: manifest) {
      files.append((name, try lists.file(name).status().size))
    }
    return files
  }

  /// What a medium has in its directory for parity, and how long it is; nothing without parity.
  ///
  /// The lists lie there a second time on every medium, also on one that has no parity itself.
  func parityFiles(
    of medium: MediaSetRecord.Medium
  ) throws(Failure) -> [(name: String, size: UInt64)] {
    guard let parity else { return [] }
    return try listFiles()
      + medium.parity.map { (ParityList.fileName($0), parity.files[$0 - 1].size) }
  }
}
