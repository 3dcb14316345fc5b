internal import BundleFormat
internal import BundleMedium
package import Depot
internal import Objects
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

  /// Whether all of a medium is there, from a run that was stopped before it could say so.
  private func isWritten(
    _ medium: MediaSetRecord.Medium,
    in parent: Directory
  ) throws(Failure) -> Bool {
    guard try parent.status(record.bundle) != nil else { return false }
    if let bundle = try parent.directoryIfPresent(record.bundle),
      let chunks = try bundle.directoryIfPresent("chunks"), try bundle.status("MANIFEST") != nil,
      SHA256Digest.of(try bundle.contents(of: "MANIFEST", limit: BundleLimits.manifestLength))
        == digest,
      Set(try chunks.list().map(\.name)) == Set(medium.chunks.map(manifest.chunkName)),
      try bundle.directoryIfPresent(ParityList.directory)?.list().count ?? 0
        == parityFiles(of: medium).count
    {
      try PartialBundle.settle(record.bundle, in: parent)
      return true
    }
    throw Failure(
      .state,
      "bundle-exists",
      "there is already something of the name that the bundle gets: another medium of this set?",
      subject: parent.describe(record.bundle),
      hint: "insert another medium, or move that away"
    )
  }

  private func write(
    _ medium: MediaSetRecord.Medium,
    to parent: Directory,
    _ discardsPartial: Bool,
    _ progress: @escaping ProgressSink
  ) throws(Failure) {
    if discardsPartial { _ = try parent.removeTree(record.bundle + PartialBundle.suffix) }
    let isNew = try parent.status(record.bundle + PartialBundle.suffix) == nil
    // Before a directory is made: it takes of what the plan counts for it.
    if isNew { try requireRoom(for: medium.chunks, of: medium, on: parent) }
    let partial = try PartialBundle(record.bundle, in: parent, isDiscarded: false)
    let missing = try keepFinished(medium, in: partial.chunks)
    if !isNew {
      try removeLists(from: partial.directory)
      try requireRoom(for: missing, of: medium, on: parent, directories: 2)
    }
    let counter = ProgressCounter(
      "writing medium \(medium.number) of \(record.media.count)",
      total: missing.reduce(0) { $0 &+ manifest.chunks[$1 - 1].plainSize },
      progress
    )
    // The lists first: on a medium that gets nothing else, they say whose it is.
    for file in ExportedLists.names(of: manifest) {
      try DurableFile.copy(file, from: lists, to: partial.directory)
    }
    let source = ObjectContents(depot.objects)
    for number in missing {
      try BundleWriter.rewriteChunk(
        number,
        of: manifest,
        table: table,
        from: source,
        in: partial.chunks,
        progress: counter.add
      )
    }
    try partial.chunks.sync()
    try copyParity(of: medium, to: partial.directory)
    try partial.finish(
      chunks: medium.chunks.map(manifest.chunkName),
      parity: parity == nil ? nil : medium.parity.map(ParityList.fileName),
      lists: ExportedLists.names(of: manifest)
    )
  }

  /// Copies the files of parity that lie on a medium, and all lists once more.
  private func copyParity(
    of medium: MediaSetRecord.Medium,
    to bundle: Directory
  ) throws(Failure) {
    // What an interrupted run left of it is written anew.
    _ = try bundle.removeTree(ParityList.directory)
    guard parity != nil else { return }
    _ = try bundle.makeDirectory(ParityList.directory)
    let directory = try bundle.directory(ParityList.directory)
    for file in ExportedLists.names(of: manifest) {
      try DurableFile.copy(file, from: lists, to: directory)
    }
    let kept = try lists.directory(ParityList.directory)
    for number in medium.parity {
      try DurableFile.copy(ParityList.fileName(number), from: kept, to: directory)
    }
  }

  /// Removes what a run that was stopped left beside the chunks: all of it is written anew.
  private func removeLists(from bundle: Directory) throws(Failure) {
    _ = try bundle.removeTree(ParityList.directory)
    for name in ExportedLists.names(of: manifest) {
      for file in [name, name + ".part"] where try bundle.status(file) != nil {
        _ = try bundle.removeFile(file)
      }
    }
    try bundle.sync()
  }

  /// Keeps the chunks of a run that was stopped which are what they should be, and removes all else.
  ///
  /// - Returns: the numbers of those that are still to be written.
  private func keepFinished(
    _ medium: MediaSetRecord.Medium,
    in chunks: Directory
  ) throws(Failure) -> [Int] {
    var kept: Set<String> = []
    var missing: [Int] = []
    for number in medium.chunks {
      let (name, chunk) = (manifest.chunkName(number), manifest.chunks[number - 1])
      guard let status = try chunks.status(name), status.kind == .regular,
        status.size == chunk.size,
        try ContentHash.of(try chunks.file(name)).digest == chunk.digest
      else {
        missing.append(number)
        continue
      }
      // The run that wrote it may have been stopped before it was durable.
      try chunks.file(name).sync()
      kept.insert(name)
    }
    for entry in try chunks.list() where !kept.contains(entry.name) {
      _ = try chunks.removeTree(entry.name)
    }
    return missing
  }

  /// Refuses a medium that is too small for what is still to be written, before a byte of it is.
  ///
  /// `directories` is how many of the bundle's are there, each of at least a block.
  private func requireRoom(
    for chunks: [Int],
    of planned: MediaSetRecord.Medium,
    on parent: Directory,
    directories: UInt64 = 0
  ) throws(Failure) {
    let medium = try MediaPlan.Medium(mountedAt: parent)
    let capacity = medium.capacity &+ directories * medium.fileSystem.block
    var fill = MediumFill(capacity: capacity, of: medium.fileSystem)
    for list in try listFiles() { fill.add(list.name, size: list.size, to: .top) }
    for file in try parityFiles(of: planned) { fill.add(file.name, size: file.size, to: .parity) }
    for number in chunks {
      let size = manifest.chunks[number - 1].size
      guard size <= medium.fileSystem.longestFile else {
        throw Failure(
          .resource,
          "fat",
          "a chunk of \(size) bytes does not fit on this file system",
          subject: parent.path,
          hint: "format the medium as exFAT"
        )
      }
      fill.add(manifest.chunkName(number), size: size, to: .chunks)
    }
    guard fill.used <= fill.free else {
      throw Failure(
        .resource,
        "medium-too-small",
        "the medium is too small: \(ByteSize.text(fill.usedBytes)) needed, "
          + "\(ByteSize.text(medium.capacity)) free, "
          + "\(ByteSize.text(fill.usedBytes - min(fill.usedBytes, capacity))) missing",
        subject: parent.path,
        hint: "free that much, or insert a larger medium"
      )
    }
  }

  private func readBack(
    _ medium: MediaSetRecord.Medium,
    in parent: Directory,
    _ progress: @escaping ProgressSink
  ) throws(Failure) -> MediumReadBack.Source {
    var files = try [MediumReadBack.Expected].lists(of: manifest, in: lists)
    if let parity { files += .parity(medium.parity, of: parity) }
    files += .chunks(medium.chunks, of: manifest)
    let counter = ProgressCounter(
      "reading medium \(medium.number) back",
      total: files.reduce(0) { $0 &+ $1.size },
      progress
    )
    do throws(Failure) {
      let bundle = try parent.directory(record.bundle)
      return try MediumReadBack(bundle).check(files, progress: counter.add)
    } catch {
      // Nobody shall carry it for a good one. That it cannot be renamed either is no news.
      do throws(Failure) {
        _ = try parent.renameWithoutReplacing(
          record.bundle,
          to: parent,
          as: record.bundle + PartialBundle.suffix
        )
      } catch {}
      throw error
    }
  }
}
