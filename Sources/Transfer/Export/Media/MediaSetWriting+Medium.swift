internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import SafeIO

/// Writing one medium of the set.
extension MediaSetWriting {
  /// Whether all of a medium is there, from a run that was stopped before it could say so.
  func isWritten(
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

  func write(
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

  func readBack(
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
