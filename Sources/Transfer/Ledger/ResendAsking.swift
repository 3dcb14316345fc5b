internal import BundleFormat
package import BundleMedium
package import Depot
internal import Objects
internal import OpenPGP
package import SafeIO
internal import Trust

/// Finds out what this depot lacks of a bundle, so that the exporter can be asked for exactly that.
package struct ResendAsking {
  private let depot: Depot
  private let now: UTCTime

  package init(depot: Depot, now: UTCTime) {
    self.depot = depot
    self.now = now
  }

  /// What is lacking of one bundle.
  package struct Answer: Sendable {
    /// The bundle's name.
    package let bundle: String
    /// The text of the request; nil when nothing is missing.
    package let request: [UInt8]?
    /// How many chunks are lacking or damaged.
    package let chunks: Int
    /// How many files are lacking that the bundle relied on.
    package let files: Int
    /// How many chunks have what is damaged or missing here, and are whole on these media.
    package let repairable: Int
    /// Whether the bundle was taken in before: then what comes repairs the depot.
    package let isTaken: Bool
  }

  /// Looks at the media of a bundle, reading every chunk that has not arrived.
  ///
  /// - Throws: `usage` when the media are of several bundles, and what verifying them throws.
  package func ask(
    _ paths: [String],
    bundle name: String? = nil,
    among far: FarMedia = .none,
    progress: @escaping ProgressSink
  ) throws(Failure) -> Answer {
    var found = try BundleMedia.find(in: paths, among: far)
    if let name {
      found = try found.map { (media) throws(Failure) in
        try media.manifest.claimed().directory == name ? [media] : []
      }.flatMap { $0 }
    }
    guard let media = found.first, found.count == 1 else {
      throw Failure(
        .usage,
        "several-bundles",
        "a request is about one bundle; here are \(found.count): "
          + found.map(\.place).joined(separator: ", "),
        hint: "name one bundle's directory"
      )
    }
    let bundle = try look(at: media, progress)
    let (chunks, repairable) = try chunksToAsk(for: bundle, progress)
    let files = try filesToAsk(for: bundle)
    let manifest = bundle.verified.manifest
    let request = ResendRequest(
      site: depot.configuration.site,
      stream: manifest.stream,
      sequence: manifest.sequence,
      payload: bundle.verified.digest,
      chunks: chunks,
      entries: files.map { UInt64($0 + 1) }
    )
    return Answer(
      bundle: manifest.directory,
      request: chunks.isEmpty && files.isEmpty ? nil : request.text,
      chunks: chunks.count,
      files: files.count,
      repairable: repairable,
      isTaken: bundle.isTaken
    )
  }

  /// A bundle, and what is here of it.
  private struct Subject {
    let media: BundleMedia
    let verified: VerifiedManifest
    let table: EntryTable
    /// What an unfinished import has of it.
    let staging: Staging?
    /// The chunks that have arrived by it.
    let arrived: Set<Int>
    /// Whether it was taken in before.
    let isTaken: Bool
    /// The objects of it that are here and damaged.
    let damaged: Set<SHA256Digest>
  }

  private func look(
    at media: BundleMedia,
    _ progress: @escaping ProgressSink
  ) throws(Failure) -> Subject {
    let keys = try PinnedKeys.read(depot, role: .exporter)
    let verified = try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      try media.manifest.verified(by: verifier, policy: SignaturePolicy(now: now))
    }
    let manifest = verified.manifest
    let table = try EntriesFile.read(from: media, for: manifest)
    let name = StagingNames.importing(verified.digest)
    let staging = try depot.incoming.names().contains(name) ? depot.incoming.open(name) : nil
    let isTaken = try depot.catalogue.accepted(stream: manifest.stream)
      .contains { $0.manifest == verified.digest }
    return Subject(
      media: media,
      verified: verified,
      table: table,
      staging: staging,
      arrived: staging == nil
        ? [] : Set(try depot.catalogue.arrivals(of: verified.digest).map { Int($0) }),
      isTaken: isTaken,
      // Whoever asks after the import suspects the objects, not the media.
      damaged: isTaken ? try damagedObjects(table, progress) : []
    )
  }

  /// The chunks that neither arrived nor are whole on the media; and how many are whole there and have
  /// what is damaged here.
  private func chunksToAsk(
    for bundle: Subject,
    _ progress: @escaping ProgressSink
  ) throws(Failure) -> (chunks: [UInt64], repairable: Int) {
    let manifest = bundle.verified.manifest
    var chunks: [UInt64] = []
    var repairable = 0
    var done: UInt64 = 0
    for (index, chunk) in manifest.chunks.enumerated() where !bundle.arrived.contains(index + 1) {
      if try isHeld(index + 1, bundle.table, besides: bundle.damaged) { continue }
      let isGood = try isOnMedia(index + 1, bundle.media, manifest, bundle.table) { count in
        done &+= count
        progress(
          ProgressReport(
            phase: "looking at chunks",
            filesDone: UInt64(index),
            filesTotal: UInt64(manifest.chunks.count),
            bytesDone: done,
            bytesTotal: max(done, chunk.size)
          )
        )
      }
      if isGood { repairable += bundle.isTaken ? 1 : 0 } else { chunks.append(UInt64(index + 1)) }
    }
    return (chunks, repairable)
  }

  /// The entries that lie in no chunk, and are neither here nor resent on the media.
  private func filesToAsk(for bundle: Subject) throws(Failure) -> [Int] {
    let (table, media) = (bundle.table, bundle.media)
    let relied = try ReliedFiles(table: table, media: media, objects: depot.objects, staging: nil)
    if let staging = bundle.staging {
      var lacking: [Int] = []
      for entry in relied.lacking {
        let (digest, size) = (table.files.digest(at: entry), table.files.size(at: entry))
        if try !staging.contains(digest, size: size) { lacking.append(entry) }
      }
      return lacking
    }
    var lacking = Set(relied.lacking)
    for (entry, digest) in table.unplacedContents
    where bundle.damaged.contains(digest) && !lacking.contains(entry) {
      let size = table.files.size(at: entry)
      let isResent = try ResentFiles.read(digest, size: size, from: media, begin: {}, { _ in })
      if !isResent { lacking.insert(entry) }
    }
    return lacking.sorted()
  }

  /// Which objects of the bundle are here and are not what their names say: their bytes are read.
  private func damagedObjects(
    _ table: EntryTable,
    _ progress: ProgressSink
  ) throws(Failure) -> Set<SHA256Digest> {
    var (seen, damaged): (Set<SHA256Digest>, Set<SHA256Digest>) = ([], [])
    let block = Block()
    var bytes: UInt64 = 0
    for entry in 0..<table.count {
      let (digest, size) = (table.files.digest(at: entry), table.files.size(at: entry))
      guard seen.insert(digest).inserted, try depot.objects.size(of: digest) == size else {
        continue
      }
      do throws(Failure) {
        if try depot.objects.hash(digest, block: block).digest != digest { damaged.insert(digest) }
      } catch  where error.kind == .io {
        damaged.insert(digest)
      }
      bytes &+= size
      progress(
        ProgressReport(
          phase: "reading objects",
          filesDone: UInt64(entry + 1),
          filesTotal: UInt64(table.count),
          bytesDone: bytes,
          bytesTotal: table.files.totalSize
        )
      )
    }
    return damaged
  }

  private func isHeld(
    _ number: Int,
    _ table: EntryTable,
    besides damaged: Set<SHA256Digest>
  ) throws(Failure) -> Bool {
    for place in table.placements(inChunk: number) {
      let entry = Int(place.entry)
      let (digest, size) = (table.files.digest(at: entry), table.files.size(at: entry))
      if damaged.contains(digest) { return false }
      if try !depot.objects.contains(digest, size: size) { return false }
    }
    return true
  }

  private func isOnMedia(
    _ number: Int,
    _ media: BundleMedia,
    _ manifest: Manifest,
    _ table: EntryTable,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> Bool {
    let reader = try ChunkReader(chunk: number, of: manifest, table: table)
    for candidate in media.candidates(forChunk: number, of: manifest) {
      let outcome = try reader.read(
        candidate,
        scratch: nil,
        into: Unkept(),
        progress: progress
      )
      if outcome.isGood { return true }
    }
    return false
  }

  /// Contents are looked at, not kept.
  private final class Unkept: ChunkSink {
    func begin(_ member: ChunkLayout.Member) {}
    func write(_ bytes: RawSpan) {}
    func end(_ member: ChunkLayout.Member, isGood: Bool) {}
  }
}
