internal import BundleFormat
internal import BundleMedium
package import Depot
internal import Objects
package import SafeIO
private import Synchronization

extension MediaSetWriting {
  /// The bundles of a stream that were made to be put to a place far away and are not there yet, in order.
  package static func unsent(
    _ stream: String,
    to place: String,
    in depot: Depot
  ) throws(Failure) -> [ExportRecord] {
    let exports = try ExportedLists.place(in: depot)
    var unsent: [ExportRecord] = []
    for record in try depot.catalogue.exports(of: stream) where record.retraction == nil {
      guard let lists = try exports.directoryIfPresent(record.name),
        let media = try MediaSetRecord.read(in: lists)?.media, media.count == 1,
        media[0].kind == place, media[0].written == nil
      else { continue }
      unsent.append(record)
    }
    return unsent
  }

  /// Puts what one medium of the set would get to a place far away: the chunks, then the lists,
  /// MANIFEST last of all, so that nobody sees a part of a bundle.
  ///
  /// What is there already is not put again. Each chunk is made in a file without a name first.
  /// - Throws: `state` when the place has something else under one of the names; nothing there is changed.
  package func send(
    _ number: Int,
    to place: some FarDestination,
    now: UTCTime,
    progress: @escaping ProgressSink
  ) throws(Failure) -> MediaSetRecord.Written {
    let medium = record.media[number - 1]
    let sending = FarSending(
      place: place,
      bundle: record.bundle,
      manifest: manifest,
      table: table,
      depot: depot,
      progress: progress
    )
    let lists = try farLists()
    let there = try place.files(of: record.bundle)
    if there["MANIFEST"] != nil, let manifest = lists.last {
      guard try place.holds(manifest.name, of: record.bundle, manifest.content) else {
        throw sending.taken("MANIFEST")
      }
    }
    try sending.send(medium.chunks, besides: there)
    for list in lists.dropLast() { try sending.put(list, there) }
    try sending.expect(medium.chunks, lists.dropLast())
    for list in lists.suffix(1) { try sending.put(list, there) }
    let written = MediaSetRecord.Written(
      at: now,
      place: place.name + "/" + record.bundle,
      readBack: .server
    )
    try depot.locked(for: "export", within: Depot.commitPatience) { () throws(Failure) in
      try note(written, of: number)
    }
    return written
  }

  /// The lists, MANIFEST last.
  private func farLists() throws(Failure) -> [FarList] {
    try (ExportedLists.names(of: manifest).filter { $0 != "MANIFEST" } + ["MANIFEST"]).map {
      (name) throws(Failure) in
      let file = SharedFile(try lists.file(name))
      let content = try ContentHash.of(file.file)
      return FarList(
        name: name,
        content: FarContent(size: content.size, digest: content.digest),
        file: file
      )
    }
  }
}

/// A file of a bundle that is not one of its chunks.
private struct FarList {
  let name: String
  let content: FarContent
  let file: SharedFile
}

/// Chunks of one bundle on their way to a place far away, several at a time.
private struct FarSending<Place: FarDestination>: Sendable {
  let place: Place
  let bundle: String
  let manifest: Manifest
  let table: EntryTable
  let depot: Depot
  let progress: ProgressSink

  /// Chunks that are made and sent at a time; each needs room in the depot's file system meanwhile.
  private static var width: Int { 4 }

  func send(_ chunks: [Int], besides there: [String: UInt64]) throws(Failure) {
    let left = try missing(of: chunks, besides: there)
    guard !left.isEmpty else { return }
    let counter = SentBytes(
      total: left.reduce(0) { $0 &+ manifest.chunks[$1 - 1].plainSize },
      progress
    )
    let copy = self
    try Threads.forEach(count: left.count, width: try width(for: left)) { (index) throws(Failure) in
      try copy.send(left[index], counter)
    }
  }

  /// Those that an earlier run did not put there.
  private func missing(
    of chunks: [Int],
    besides there: [String: UInt64]
  ) throws(Failure) -> [Int] {
    var missing: [Int] = []
    for number in chunks {
      let (path, chunk) = (path(number), manifest.chunks[number - 1])
      guard there[path] != nil else {
        missing.append(number)
        continue
      }
      let content = FarContent(size: chunk.size, digest: chunk.digest)
      guard try place.holds(path, of: bundle, content) else { throw taken(path) }
    }
    return missing
  }

  private func send(_ number: Int, _ counter: SentBytes) throws(Failure) {
    let chunk = manifest.chunks[number - 1]
    let file = SharedFile(try depot.root.unnamedFile())
    try BundleWriter.streamChunk(
      number,
      of: manifest,
      table: table,
      from: ObjectContents(depot.objects),
      take: { (bytes) throws(Failure) in
        try Interruption.check()
        try file.file.write(bytes)
      },
      progress: { _ in }
    )
    let content = FarContent(size: chunk.size, digest: chunk.digest)
    guard try place.create(path(number), of: bundle, content, from: file) else {
      throw taken(path(number))
    }
    counter.add(chunk.plainSize)
  }

  func put(_ list: FarList, _ there: [String: UInt64]) throws(Failure) {
    if there[list.name] != nil, try place.holds(list.name, of: bundle, list.content) { return }
    guard try place.create(list.name, of: bundle, list.content, from: list.file) else {
      throw taken(list.name)
    }
  }

  /// Looks whether all is there before anybody is told that it is.
  func expect(
    _ chunks: [Int],
    _ lists: some Collection<FarList>
  ) throws(Failure) {
    let there = try place.files(of: bundle)
    var wanted = chunks.map { (name: path($0), size: manifest.chunks[$0 - 1].size) }
    wanted += lists.map { (name: $0.name, size: $0.content.size) }
    for (name, size) in wanted where there[name] != size {
      throw Failure(
        .integrity,
        "store-size",
        "what was put there is not there, or has another length",
        subject: "\(place.name)/\(bundle)/\(name)",
        hint: "find out who else writes there, then run the same command again"
      )
    }
  }

  func taken(_ path: String) -> Failure {
    Failure(
      .state,
      "bundle-exists",
      "there is something else of the name that a file of this bundle gets: somebody else exports there "
        + "under the same stream, or this depot was put back from a backup",
      subject: "\(place.name)/\(bundle)/\(path)",
      hint: "put the bundle elsewhere: aptferry export --continue \(bundle) --to PLACE"
    )
  }

  private func path(_ number: Int) -> String { "chunks/" + manifest.chunkName(number) }

  private func width(for chunks: [Int]) throws(Failure) -> Int {
    let largest = chunks.map { manifest.chunks[$0 - 1].size }.max() ?? 0
    let free = try depot.root.freeSpace().bytes
    guard free > largest else {
      throw Failure(
        .resource,
        "no-scratch-room",
        "a chunk of \(ByteSize.text(largest)) is made in the depot's file system before it is sent, and "
          + "\(ByteSize.text(free)) are free",
        subject: depot.root.path,
        hint: "free that much, or choose a smaller --chunk-size for the next bundle"
      )
    }
    // Half of what is free stays for others.
    let most = free / 2 / max(1, largest)
    return max(1, Int(min(UInt64(FarSending.width), most)))
  }
}

/// Counts what was sent, and says how far that is.
private final class SentBytes: Sendable {
  private let total: UInt64
  private let sink: ProgressSink
  private let state = Mutex((chunks: UInt64(0), bytes: UInt64(0)))

  init(total: UInt64, _ sink: @escaping ProgressSink) { (self.total, self.sink) = (total, sink) }

  func add(_ count: UInt64) {
    let bytes = state.withLock { state in
      state.chunks += 1
      state.bytes &+= count
      return state.bytes
    }
    sink(
      ProgressReport(
        phase: "sending chunks",
        filesDone: 0,
        filesTotal: 0,
        bytesDone: bytes,
        bytesTotal: total
      )
    )
  }
}
