internal import BundleFormat
internal import BundleMedium
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
  }

  /// Looks at the media of a bundle, reading every chunk that has not arrived.
  ///
  /// - Throws: `usage` when the media are of several bundles, and what verifying them throws.
  package func ask(_ paths: [String], progress: @escaping ProgressSink) throws(Failure) -> Answer {
    let found = try BundleMedia.find(in: paths)
    guard let media = found.first, found.count == 1 else {
      throw Failure(
        .usage,
        "several-bundles",
        "a request is about one bundle; here are \(found.count): "
          + found.map(\.place).joined(separator: ", "),
        hint: "name one bundle's directory"
      )
    }
    let keys = try PinnedKeys.read(depot, role: .exporter)
    let verified = try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      try media.manifest.verified(by: verifier, policy: SignaturePolicy(now: now))
    }
    let manifest = verified.manifest
    let table = try EntriesFile.read(from: media, for: manifest)
    let name = StagingNames.importing(verified.digest)
    let staging = try depot.incoming.names().contains(name) ? depot.incoming.open(name) : nil
    let arrived =
      staging == nil ? [] : Set(try depot.catalogue.arrivals(of: verified.digest).map { Int($0) })
    var chunks: [UInt64] = []
    var done: UInt64 = 0
    for (index, chunk) in manifest.chunks.enumerated() where !arrived.contains(index + 1) {
      if try isHeld(index + 1, table) { continue }
      let isGood = try isOnMedia(index + 1, media, manifest, table) { count in
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
      if !isGood { chunks.append(UInt64(index + 1)) }
    }
    let relied = try ReliedFiles(table: table, media: media, objects: depot.objects, staging: nil)
    var lacking = relied.lacking
    if let staging {
      lacking = []
      for entry in relied.lacking {
        let (digest, size) = (table.files.digest(at: entry), table.files.size(at: entry))
        if try !staging.contains(digest, size: size) { lacking.append(entry) }
      }
    }
    let request = ResendRequest(
      site: depot.configuration.site,
      stream: manifest.stream,
      sequence: manifest.sequence,
      payload: verified.digest,
      chunks: chunks,
      entries: lacking.map { UInt64($0 + 1) }
    )
    return Answer(
      bundle: manifest.directory,
      request: chunks.isEmpty && lacking.isEmpty ? nil : request.text,
      chunks: chunks.count,
      files: lacking.count
    )
  }

  private func isHeld(_ number: Int, _ table: EntryTable) throws(Failure) -> Bool {
    for place in table.placements(inChunk: number) {
      let entry = Int(place.entry)
      let (digest, size) = (table.files.digest(at: entry), table.files.size(at: entry))
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
