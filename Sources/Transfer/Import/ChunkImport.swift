internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import SafeIO

/// Takes the chunks of one bundle into its staging, from whichever media have them.
final class ChunkImport {
  private let media: BundleMedia
  private let manifest: Manifest
  private let digest: SHA256Digest
  private let table: EntryTable
  private let depot: Depot
  private let staging: Staging
  private let sink: StagingSink
  private var arrived: Set<Int>
  private var missing: [Int] = []
  private var damaged: [Int] = []
  // What is wrong with the damaged ones.
  private var faults: [String] = []
  /// What is odd but no reason to refuse.
  private(set) var notes: [Note] = []

  init(
    media: BundleMedia,
    manifest: Manifest,
    digest: SHA256Digest,
    table: EntryTable,
    depot: Depot,
    staging: Staging,
    arrived: Set<Int>
  ) {
    self.media = media
    self.manifest = manifest
    self.digest = digest
    self.table = table
    self.depot = depot
    self.staging = staging
    self.arrived = arrived
    sink = StagingSink(table: table, objects: depot.objects, staging: staging)
  }

  /// How many bytes were new to the depot.
  var newBytes: UInt64 { sink.newBytes }

  /// Reads the chunks that have not arrived yet.
  ///
  /// A chunk is made durable and recorded as arrived on a thread of its own, while the next one is
  /// read. `afterEach` is told which chunks were read, and may refuse the bundle.
  func run(
    progress: @escaping ProgressSink,
    afterEach: (Set<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    let order = try order()
    let total = order.reduce(0 as UInt64) { sum, number in
      arrived.contains(number) ? sum : sum &+ manifest.chunks[number - 1].plainSize
    }
    let writing = ArrivalRecording(staging: staging, catalogue: depot.catalogue, of: digest)
    var done: UInt64 = 0
    func count(_ bytes: UInt64) {
      done &+= bytes
      writing.written(bytes)
      progress(
        ProgressReport(
          phase: "importing chunks",
          filesDone: UInt64(self.arrived.count),
          filesTotal: UInt64(self.manifest.chunks.count),
          bytesDone: done,
          bytesTotal: total
        )
      )
    }
    func take(_ number: Int) throws(Failure) -> Bool {
      arrived.insert(number)
      guard writing.record(chunk: number) else { return false }
      try afterEach(arrived)
      return true
    }
    try writing.beside { () throws(Failure) in
      for number in order where !arrived.contains(number) {
        guard try read(number, count) else { continue }
        guard try take(number) else { return }
      }
      try rebuild(count, take)
    }
  }

  /// Makes chunks again that no medium has whole, where there is enough parity.
  private func rebuild(
    _ progress: (UInt64) -> Void,
    _ take: (Int) throws(Failure) -> Bool
  ) throws(Failure) {
    let rebuilding = ChunkRebuilding(
      media: media,
      manifest: manifest,
      table: table,
      depot: depot,
      sink: sink
    )
    let lost = (missing + damaged).sorted()
    let found = try rebuilding.run(lost, progress: progress) { (number) throws(Failure) in
      missing.removeAll { $0 == number }
      damaged.removeAll { $0 == number }
      return try take(number)
    }
    // What was wrong with a copy is said also when all was made good.
    if !found.isEmpty, damaged.isEmpty { notes += faults.map { "damaged, made again: \($0)" } }
    notes += found
  }

  /// The compressed ones first, since the vendor's Release files are in them and say early whether the
  /// rest is worth reading; of discs as they lie there, in one pass.
  private func order() throws(Failure) -> [Int] {
    let numbers = Array(manifest.chunks.indices.map { $0 + 1 })
    if media.areOnDisc { return try media.inOrderOfPlace(numbers, of: manifest) }
    return numbers.filter { manifest.chunks[$0 - 1].isCompressed }
      + numbers.filter { !manifest.chunks[$0 - 1].isCompressed }
  }

  /// Takes one chunk in from the first medium that has it whole; false when none has.
  private func read(_ number: Int, _ progress: (UInt64) -> Void) throws(Failure) -> Bool {
    if try ChunkImport.isHeld(number, table, depot) { return true }
    let name = "chunks/" + manifest.chunkName(number)
    let reader = try ChunkReader(
      chunk: number,
      of: manifest,
      table: table,
      proving: .contents
    )
    var faults: [String] = []
    for candidate in media.candidates(forChunk: number, of: manifest) {
      let outcome = try reader.read(
        candidate,
        scratch: depot.root,
        into: sink,
        progress: progress
      )
      if outcome.isGood {
        notes += faults.map { "damaged, another copy was used: \($0)" }
        return true
      }
      // A stranger that merely has the same size is no damaged chunk.
      guard candidate.isNamed else { continue }
      faults.append(outcome.place + ": " + outcome.faults.joined(separator: "; "))
      for entry in outcome.damagedEntries.prefix(20) {
        faults.append("\(name): damaged entry \(table.files.path(at: Int(entry)))")
      }
      if outcome.damagedEntries.count > 20 {
        faults.append("\(name): \(outcome.damagedEntries.count - 20) more damaged entries")
      }
    }
    if faults.isEmpty { missing.append(number) } else { damaged.append(number) }
    self.faults += faults
    return false
  }

  /// Whether the depot has everything that lies in a chunk: then it need not be read.
  static func isHeld(
    _ number: Int,
    _ table: EntryTable,
    _ depot: Depot
  ) throws(Failure) -> Bool {
    for place in table.placements(inChunk: number) {
      let entry = Int(place.entry)
      let held = try depot.objects.contains(
        table.files.digest(at: entry),
        size: table.files.size(at: entry)
      )
      if !held { return false }
    }
    return true
  }

  /// Names what did not arrive, keeps what did, and puts split files together.
  func finish() throws(Failure) {
    let kept = "\(arrived.count) of \(manifest.chunks.count) chunks have arrived and are kept"
    if !damaged.isEmpty {
      throw Failure(
        .integrity,
        .chunksDamaged,
        "chunks are damaged; \(kept)",
        subject: manifest.directory,
        hint: "import again with an undamaged copy of what is named (of a chunk of another bundle, "
          + "aptferry verify says which); nothing was published. If there is none, have it written "
          + "again: aptferry receipt request \(media.words) --to FILE",
        details: ["to bring again: chunks \(SpokenRanges.text(damaged.sorted()))"]
          + (missing.isEmpty ? [] : ["not here: chunks \(SpokenRanges.text(missing.sorted()))"])
          + faults
          + ChunkImport.names(missing, of: manifest).map { $0 + ": on none of these media" }
      )
    }
    if !missing.isEmpty { throw ChunkImport.missing(missing, of: manifest, on: media, kept) }
    try joinSplitFiles()
  }

  /// Chunks are on none of the media.
  static func missing(
    _ numbers: [Int],
    of manifest: Manifest,
    on media: BundleMedia,
    _ kept: String
  ) -> Failure {
    Failure(
      .incomplete,
      .chunksMissing,
      "chunks are missing; \(kept)",
      subject: manifest.directory,
      hint: "import again with the medium that has what is named; if it is lost, have that "
        + "written again: aptferry receipt request \(media.words) --to FILE",
      details: ["not here: chunks \(SpokenRanges.text(numbers.sorted()))"]
        + names(numbers, of: manifest)
    )
  }

  /// How many chunks are named one by one.
  private static let mostNamed = 100

  /// Chunks one by one; of many only the first.
  private static func names(_ numbers: [Int], of manifest: Manifest) -> [String] {
    let numbers = numbers.sorted()
    let more = numbers.count - mostNamed
    return numbers.prefix(mostNamed).map { "chunks/" + manifest.chunkName($0) }
      + (more > 0 ? ["… and \(more) more"] : [])
  }

  private func joinSplitFiles() throws(Failure) {
    for place in table.placements where place.part == 1 {
      let digest = table.files.digest(at: Int(place.entry))
      let size = table.files.size(at: Int(place.entry))
      if try depot.objects.contains(digest, size: size) { continue }
      if try staging.contains(digest, size: size) { continue }
      let isChecked = sink.wholeSplits.contains(digest)
      guard try staging.keepSplit(digest, size: size, isChecked: isChecked) else {
        throw Failure(
          .integrity,
          "split-file",
          "the parts of this file do not give the file that was signed",
          subject: table.files.path(at: Int(place.entry)),
          hint: "the bundle was not made by a program that follows the format"
        )
      }
    }
  }
}
