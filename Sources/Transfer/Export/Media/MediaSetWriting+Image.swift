internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import DiscImages
package import SafeIO

extension MediaSetWriting {
  /// Writes one medium as an image of a disc, which somebody burns.
  ///
  /// - Parameters:
  ///   - number: which of the set, from 1.
  ///   - path: the directory that gets the image; it is called like the bundle, with the medium's number.
  ///   - now: when, for the record.
  ///   - progress: told how far it is.
  /// - Returns: what became of it; the record has it too.
  /// - Throws: `resource` when the image does not fit on its medium, or not into the directory; `state`
  ///   when something else has its name.
  package func writeImage(
    _ number: Int,
    to path: String,
    now: UTCTime,
    progress: @escaping ProgressSink
  ) throws(Failure) -> MediaSetRecord.Written {
    let medium = record.media[number - 1]
    let parent = try Directory(opening: path)
    try depot.requireOutside(parent)
    return try depot.locked(for: "export") { () throws(Failure) in
      let image = try imagePlan(of: medium)
      try requireRoom(for: image, medium, in: parent)
      // Labels are short: those of two streams may be one.
      let name = "\(record.bundle)-\(number).iso"
      let counter = ProgressCounter(
        "writing image \(number) of \(record.media.count)",
        total: image.size,
        progress
      )
      let digest = try DiscImageFile.write(name, in: parent, image) { (disc) throws(Failure) in
        try self.write(medium, to: &disc, counter)
      }
      let source = try MediumReadBack(parent).check(
        [MediumReadBack.Expected(name, digest: digest, size: image.size)]
      ) { _ in }
      let written = MediaSetRecord.Written(
        at: now,
        place: parent.describe(name),
        readBack: source == .medium ? .medium : .cache,
        image: digest
      )
      try note(written, of: number)
      return written
    }
  }

  /// The lists come first, then the chunks in their order: a reader goes from front to back once.
  private func imagePlan(of medium: MediaSetRecord.Medium) throws(Failure) -> DiscImagePlan {
    var files: [(path: String, size: UInt64)] = []
    for list in try listFiles() { files.append((record.bundle + "/" + list.name, list.size)) }
    for number in medium.chunks {
      files.append(
        (record.bundle + "/chunks/" + manifest.chunkName(number), manifest.chunks[number - 1].size)
      )
    }
    for file in try parityFiles(of: medium) {
      files.append((record.bundle + "/" + ParityList.directory + "/" + file.name, file.size))
    }
    return try DiscImagePlan(files: files, label: medium.label, date: manifest.created)
  }

  private func requireRoom(
    for image: DiscImagePlan,
    _ medium: MediaSetRecord.Medium,
    in parent: Directory
  ) throws(Failure) {
    let free = try parent.freeSpace().bytes
    guard image.size <= medium.capacity else {
      throw Failure(
        .internal,
        "image-size",
        "the image would have \(image.size) bytes, more than was planned for",
        subject: medium.label
      )
    }
    guard image.size <= free else {
      throw Failure(
        .resource,
        "medium-too-small",
        "there is no room for the image: \(ByteSize.text(image.size)) needed, "
          + "\(ByteSize.text(free)) free",
        subject: parent.path,
        hint: "free that much, or name another directory"
      )
    }
  }

  private func write(
    _ medium: MediaSetRecord.Medium,
    to disc: inout DiscImageWriter,
    _ counter: ProgressCounter
  ) throws(Failure) {
    for list in try listFiles() { try copy(list.name, from: lists, to: &disc) }
    let source = ObjectContents(depot.objects)
    for number in medium.chunks {
      try BundleWriter.streamChunk(
        number,
        of: manifest,
        table: table,
        from: source,
        take: { (bytes) throws(Failure) in try disc.write(bytes) },
        progress: counter.add
      )
      try disc.endFile()
    }
    for file in try parityFiles(of: medium) {
      let isList = ExportedLists.names(of: manifest).contains(file.name)
      let place = isList ? lists : try lists.directory(ParityList.directory)
      try copy(file.name, from: place, to: &disc)
    }
  }

  private func copy(
    _ name: String,
    from directory: Directory,
    to disc: inout DiscImageWriter
  ) throws(Failure) {
    let block = Block()
    let file = try directory.file(name)
    while true {
      block.clear()
      if try file.read(into: block) == 0 { break }
      try disc.write(block.bytes)
    }
    try disc.endFile()
  }
}
