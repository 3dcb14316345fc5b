internal import BundleFormat
package import BundleMedium
package import Depot
internal import Objects
package import OpenPGP
package import SafeIO
internal import Trust

/// The contents of bundles on media, for `depot check --repair-from`: whatever lies in a chunk, or
/// beside the chunks because a receiver asked for it.
///
/// Only bundles count that a key pinned here signed, or this depot's own: nothing is parsed before it
/// is verified.
package final class MediaRepair: DepotCheck.Source {
  private struct Bundle {
    let media: BundleMedia
    let manifest: Manifest
    let table: EntryTable
  }

  /// Where a content lies: in chunks of a bundle, in parts or whole; in none when it may be resent.
  private struct Place {
    let bundle: Int
    let size: UInt64
    var chunks: Set<Int> = []
    var isSplit = false
  }

  private let depot: Depot
  private let bundles: [Bundle]
  private let places: [SHA256Digest: Place]
  private let staging: Staging
  private var wanted: Set<SHA256Digest> = []
  /// Bundles that do not count, and why.
  package let passedOver: [Note]

  /// Looks for bundles on media and in directories; nil where none is.
  ///
  /// The lock of the depot, which is to be repaired, must be held; `own` are the depot's own keys,
  /// `far` the places that lie in object stores.
  package static func find(
    for depot: Depot,
    on paths: [String],
    among far: FarMedia = .none,
    own: [PublicKey],
    now: UTCTime
  ) throws(Failure) -> MediaRepair? {
    var media: [String] = []
    for path in paths {
      do throws(Failure) {
        if try !BundleMedia.find(in: [path], among: far).isEmpty { media.append(path) }
      } catch {
        // A tree of files may have a MANIFEST of its own.
        guard isOfBundle(error) else { throw error }
      }
    }
    guard !media.isEmpty else { return nil }
    let found = try BundleMedia.find(in: media, among: far)
    let keys = try PinnedKeys.read(depot, role: .exporter) + own
    var bundles: [Bundle] = []
    var passedOver: [Note] = []
    try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      for media in found {
        do throws(Failure) {
          bundles.append(try read(media, verifier, SignaturePolicy(now: now)))
        } catch {
          guard isOfBundle(error) else { throw error }
          passedOver.append(.note("passed over: \(media.place): \(error.reason)"))
        }
      }
    }
    return try MediaRepair(depot, bundles, passedOver)
  }

  private static func read(
    _ media: BundleMedia,
    _ verifier: Verifier,
    _ policy: SignaturePolicy
  ) throws(Failure) -> Bundle {
    let manifest = try media.manifest.verified(by: verifier, policy: policy).manifest
    let table = try EntriesFile.read(from: media, for: manifest)
    return Bundle(media: media, manifest: manifest, table: table)
  }

  /// Whether a refusal is about what lies there, not about this host.
  private static func isOfBundle(_ failure: Failure) -> Bool {
    switch failure.kind {
    case .trust, .integrity, .incomplete, .freshness, .unsafe, .policy: true
    default: false
    }
  }

  private init(_ depot: Depot, _ bundles: [Bundle], _ passedOver: [Note]) throws(Failure) {
    (self.depot, self.bundles, self.passedOver) = (depot, bundles, passedOver)
    places = MediaRepair.places(bundles)
    _ = try depot.incoming.discard(StagingNames.repairMedia)
    staging = try depot.incoming.open(StagingNames.repairMedia)
  }

  private static func places(_ bundles: [Bundle]) -> [SHA256Digest: Place] {
    var places: [SHA256Digest: Place] = [:]
    for (index, bundle) in bundles.enumerated() {
      let files = bundle.table.files
      for placement in bundle.table.placements {
        let entry = Int(placement.entry)
        let digest = files.digest(at: entry)
        var place = places[digest] ?? Place(bundle: index, size: files.size(at: entry))
        guard place.bundle == index else { continue }
        place.chunks.insert(Int(placement.chunk))
        place.isSplit = place.isSplit || placement.part > 0
        places[digest] = place
      }
      for (entry, digest) in bundle.table.unplacedContents where places[digest] == nil {
        places[digest] = Place(bundle: index, size: files.size(at: entry))
      }
    }
    return places
  }

  /// Removes what was taken out and not needed.
  package func finish() throws(Failure) { try staging.discard() }

  package func expect(_ wanted: Set<SHA256Digest>) { self.wanted = wanted }

  package func file(for digest: SHA256Digest, size: UInt64?) throws(Failure) -> OpenFile? {
    if let listing = try listing(digest) { return listing }
    guard let place = places[digest], size ?? place.size == place.size else { return nil }
    if try !staging.contains(digest, size: place.size) { try take(digest, place) }
    guard try staging.contains(digest, size: place.size) else { return nil }
    return try staging.open(digest)
  }

  /// The list of a snapshot is made anew from the bundle's list of files.
  private func listing(_ digest: SHA256Digest) throws(Failure) -> OpenFile? {
    for bundle in bundles {
      guard let snapshot = bundle.manifest.snapshots.first(where: { $0.digest == digest }) else {
        continue
      }
      let file = SharedFile(try staging.create(digest))
      try bundle.table.forEachListingBlock(ofSnapshot: snapshot.name) { (text) throws(Failure) in
        try file.file.write(text)
      }
      try staging.keep(digest)
      return try staging.open(digest)
    }
    return nil
  }

  /// Reads the chunks that have a content, and takes out whatever else of them is wanted: a chunk need
  /// not be read for each of its files.
  private func take(_ digest: SHA256Digest, _ place: Place) throws(Failure) {
    let bundle = bundles[place.bundle]
    if place.chunks.isEmpty { return try takeResent(digest, place.size, bundle) }
    let wanted = wanted.union([digest])
    let sink = StagingSink(table: bundle.table, staging: staging) { (content, _) in
      !wanted.contains(content)
    }
    for number in place.chunks.sorted() {
      let reader = try ChunkReader(chunk: number, of: bundle.manifest, table: bundle.table)
      for candidate in bundle.media.candidates(forChunk: number, of: bundle.manifest) {
        if try reader.read(candidate, scratch: depot.root, into: sink).isGood { break }
      }
    }
    guard place.isSplit else { return }
    let isChecked = sink.wholeSplits.contains(digest)
    _ = try staging.keepSplit(digest, size: place.size, isChecked: isChecked)
  }

  private func takeResent(
    _ digest: SHA256Digest,
    _ size: UInt64,
    _ bundle: Bundle
  ) throws(Failure) {
    var file: SharedFile?
    let isWhole = try ResentFiles.read(
      digest,
      size: size,
      from: bundle.media,
      begin: { () throws(Failure) in file = SharedFile(try staging.create(digest)) },
      { (bytes) throws(Failure) in try file?.file.write(bytes) }
    )
    if isWhole { try staging.keep(digest) }
  }
}
