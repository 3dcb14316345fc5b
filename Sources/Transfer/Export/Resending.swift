internal import BundleFormat
internal import BundleMedium
package import Depot
package import SafeIO

/// Writes parts of a bundle again that a site lacks: the same chunks under the same MANIFEST, and
/// files on which it relied although they were not there.
package struct Resending {
  private let request: ResendRequest
  private let name: String
  private let record: ExportRecord
  private let parent: Directory
  private let depot: Depot
  private let facts: AuditFacts
  private let discardsPartial: Bool

  /// The longest request, in bytes.
  package static let longestRequest = ResendRequest.longest
  /// Room for the file system's own records, in bytes.
  private static let reserve: UInt64 = 1 << 20

  /// What was written again.
  package struct Outcome: Sendable {
    /// The bundle's name.
    package let bundle: String
    /// Where it is, for people.
    package let place: String
    /// The payload digest, the same as before.
    package let digest: SHA256Digest
    package let chunks: Int
    package let files: Int
    package let bytes: UInt64
    /// How far the medium was read again.
    package let readBack: MediaSetRecord.ReadBack
  }

  /// Reads a request, and finds the bundle that it is about.
  ///
  /// - Throws: `state` when this depot made no such bundle.
  package init(
    request text: [UInt8],
    name: String,
    destination: String,
    discardsPartial: Bool = false,
    depot: Depot,
    facts: AuditFacts
  ) throws(Failure) {
    let request: ResendRequest
    do {
      request = try ResendRequest(typed: text)
    } catch {
      throw error.about(name)
    }
    let bundle = BundleName.directory(stream: request.stream, sequence: request.sequence)
    guard
      let record = try depot.catalogue.exports(of: request.stream).first(where: {
        $0.sequence == request.sequence && request.isAbout($0.manifest)
      })
    else {
      throw Failure(
        .state,
        "unknown-bundle",
        "this depot has not made the bundle that the request is about",
        subject: bundle,
        hint: "aptferry ledger show lists what was made"
      )
    }
    guard record.sites.isEmpty || record.sites.contains(request.site) else {
      throw Failure(
        .policy,
        "other-site",
        "the bundle is for \(record.sites.joined(separator: ", ")), the request by \(request.site)",
        subject: bundle,
        hint: "export for that site: aptferry export SNAPSHOT --site \(request.site) --to DIR"
      )
    }
    (self.request, self.name, self.record, self.depot) = (request, bundle, record, depot)
    self.facts = facts
    self.discardsPartial = discardsPartial
    parent = try Directory(opening: destination)
    try depot.requireOutside(parent)
  }

  private struct Parts {
    let media: BundleMedia
    let manifest: Manifest
    let table: EntryTable
    var chunks: [Int] = []
    var files: [(digest: SHA256Digest, size: UInt64)] = []
    var bytes: UInt64 = 0
  }

  /// Writes what is asked for, or only says what it would be.
  package func run(isDryRun: Bool, progress: @escaping ProgressSink) throws(Failure) -> Outcome {
    try depot.locked(for: "export") { () throws(Failure) in
      let parts = try collect()
      var readBack = MediaSetRecord.ReadBack.none
      if isDryRun {
        try check(parts)
      } else {
        readBack = try write(parts, progress)
        facts.add(.exported(record, signer: nil, isAgain: true))
        facts.add(.mediumWritten(medium(readBack)))
      }
      return Outcome(
        bundle: name,
        place: parent.describe(name),
        digest: record.manifest,
        chunks: parts.chunks.count,
        files: parts.files.count,
        bytes: parts.bytes,
        readBack: readBack
      )
    }
  }

  /// The medium, which belongs to no plan of a set.
  private func medium(_ readBack: MediaSetRecord.ReadBack) -> AuditFact.WrittenMedium {
    let device = CarriedDevice.below(parent)
    let written = MediaSetRecord.Written(
      at: .now(),
      place: parent.describe(name),
      model: device?.name,
      serial: device?.serial,
      readBack: readBack
    )
    return AuditFact.WrittenMedium(of: record, 1, of: 1, written)
  }

  private func collect() throws(Failure) -> Parts {
    let lists = try ExportedLists.open(name, in: depot)
    let media = try BundleMedia.find(in: [lists.path])
    guard let own = media.first, own.manifest.digest == record.manifest else {
      throw Failure(
        .integrity,
        "lists-damaged",
        "the lists of this bundle in the depot are not those that were signed",
        subject: lists.path,
        hint: "export the snapshots again: aptferry export SNAPSHOT --full --to DIR"
      )
    }
    let manifest = try own.manifest.claimed()
    let table = try EntriesFile.read(from: own, for: manifest)
    var parts = Parts(media: own, manifest: manifest, table: table)
    for number in request.chunks.joined() {
      guard number <= UInt64(manifest.chunks.count) else { throw beyond("chunk \(number)") }
      parts.chunks.append(Int(number))
      parts.bytes &+= manifest.chunks[Int(number) - 1].size
    }
    var isPlaced = [Bool](repeating: false, count: table.count)
    for place in table.placements { isPlaced[Int(place.entry)] = true }
    var seen: Set<SHA256Digest> = []
    for number in request.entries.joined() {
      guard number <= UInt64(table.count) else { throw beyond("entry \(number)") }
      // A reader takes from `files/` only what lies in no chunk.
      guard !isPlaced[Int(number) - 1] else { throw beyond("entry \(number) outside of a chunk") }
      let digest = table.files.digest(at: Int(number) - 1)
      let size = table.files.size(at: Int(number) - 1)
      guard seen.insert(digest).inserted else { continue }
      parts.files.append((digest, size))
      parts.bytes &+= size
    }
    return parts
  }

  private func beyond(_ what: String) -> Failure {
    Failure(
      .integrity,
      "resend-request",
      "the request asks for \(what), which the bundle does not have",
      subject: name,
      hint: "make the request again: aptferry receipt request"
    )
  }

  private func check(_ parts: Parts) throws(Failure) {
    if try parent.status(name) != nil {
      throw Failure(
        .state,
        "bundle-exists",
        "there is already something of the name that the bundle has",
        subject: parent.describe(name),
        hint: "move it away, or write to another directory"
      )
    }
    if !discardsPartial {
      try PartialBundle.refuseStrangers(name, in: parent, mayHaveFiles: true)
    }
    let need = parts.bytes &+ parts.manifest.entries.size &+ Resending.reserve
    let free = try parent.freeSpace().bytes
    guard need <= free else {
      throw Failure(
        .resource,
        "medium-too-small",
        "the medium is too small: \(ByteSize.text(need)) needed, \(ByteSize.text(free)) free, "
          + "\(ByteSize.text(need - free)) missing",
        subject: parent.path,
        hint: "free that much, or use a larger medium"
      )
    }
    if parent.isFAT,
      let large = parts.files.first(where: { $0.size > BundleLimits.largestPortableChunkSize })
    {
      throw Failure(
        .resource,
        "fat",
        "a file of \(large.size) bytes does not fit on a FAT file system",
        subject: parent.path,
        hint: "format the medium as exFAT"
      )
    }
  }

  private func write(
    _ parts: Parts,
    _ progress: @escaping ProgressSink
  ) throws(Failure) -> MediaSetRecord.ReadBack {
    try check(parts)
    // What an interrupted run left is not used again: it is little.
    let partial = try PartialBundle(name, in: parent, isDiscarded: true)
    let (bundle, chunks) = (partial.directory, partial.chunks)
    let source = ObjectContents(depot.objects)
    var done: UInt64 = 0
    func report(_ count: UInt64) {
      done &+= count
      progress(
        ProgressReport(
          phase: "writing again",
          filesDone: 0,
          filesTotal: 0,
          bytesDone: done,
          bytesTotal: parts.bytes
        )
      )
    }
    for number in parts.chunks {
      try BundleWriter.rewriteChunk(
        number,
        of: parts.manifest,
        table: parts.table,
        from: source,
        in: chunks,
        progress: report
      )
    }
    if !parts.files.isEmpty {
      _ = try bundle.makeDirectory(ResentFiles.directory)
      let files = try bundle.directory(ResentFiles.directory)
      for file in parts.files {
        try ResentFiles.write(file.digest, from: source, in: files)
        report(file.size)
      }
      try files.sync()
    }
    try chunks.sync()
    let lists = try ExportedLists.open(name, in: depot)
    let names = ExportedLists.names(of: parts.manifest)
    for file in names { try DurableFile.copy(file, from: lists, to: bundle) }
    let readBack = try MediumReadBack.check(
      expected(parts, lists),
      in: bundle,
      beside: depot,
      progress
    )
    try partial.finish(
      chunks: parts.chunks.map(parts.manifest.chunkName),
      files: parts.files.map(\.digest.hex),
      lists: names
    )
    return readBack
  }

  /// What the medium is to give back; of parity nothing is written again.
  private func expected(
    _ parts: Parts,
    _ lists: Directory
  ) throws(Failure) -> [MediumReadBack.Expected] {
    try [MediumReadBack.Expected].lists(of: parts.manifest, in: lists)
      .filter { !$0.name.hasPrefix(ParityList.directory + "/") }
      + .chunks(parts.chunks, of: parts.manifest)
      + parts.files.map {
        MediumReadBack.Expected(
          ResentFiles.directory + "/" + $0.digest.hex,
          digest: $0.digest,
          size: $0.size
        )
      }
  }
}
