internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import OpenPGP
internal import SafeIO

/// A bundle that this depot made, as its ledger and its copy of the lists have it.
struct OwnBundle {
  let manifest: Manifest
  let digest: SHA256Digest
  /// The keys that the depot's copy of the signature names.
  let signers: [String]
  let record: MediaSetRecord

  /// The bundle with this name.
  ///
  /// - Throws: `state` when this depot made none, or its lists are gone.
  init(_ name: String, in depot: Depot) throws(Failure) {
    guard let exported = try depot.catalogue.exports().last(where: { $0.name == name }) else {
      throw Failure(
        .state,
        "unknown-bundle",
        "this depot has made no bundle with that name",
        subject: name,
        hint: "aptferry ledger show lists what was made"
      )
    }
    try self.init(exported, in: try ExportedLists.open(name, in: depot))
  }

  /// The bundle that has this MANIFEST; nil when the depot did not make it, or has its lists no more.
  static func find(
    _ manifest: UnverifiedManifest,
    in depot: Depot
  ) throws(Failure) -> OwnBundle? {
    guard
      let exported = try depot.catalogue.exports().last(where: { $0.manifest == manifest.digest })
    else { return nil }
    do throws(Failure) {
      return try OwnBundle(exported, in: try ExportedLists.open(exported.name, in: depot))
    } catch {
      guard error.name == "lists-gone" as Failure.Name else { throw error }
      return nil
    }
  }

  private init(_ exported: ExportRecord, in lists: Directory) throws(Failure) {
    guard let own = try BundleMedia.find(in: [lists.path]).first,
      own.manifest.digest == exported.manifest
    else {
      throw Failure(
        .integrity,
        "lists-damaged",
        "the lists of this bundle in the depot are not those that were signed",
        subject: lists.path,
        hint: "name the media themselves: aptferry slip DIR..."
      )
    }
    (manifest, digest) = (try own.manifest.claimed(), exported.manifest)
    signers = try SignaturePackets.claimedIssuers(
      own.manifest.signature,
      name: lists.describe("MANIFEST.asc"),
      requireArmor: false
    )
    let (kept, count) = (try MediaSetRecord.read(in: lists), manifest.chunks.count)
    if let kept, kept.media.contains(where: { $0.chunks.contains { $0 > count } }) {
      throw Failure(
        .integrity,
        "media-record",
        "the record of the bundle's media names chunks that it does not have",
        subject: lists.describe(MediaSetRecord.name),
        hint: "take it from a backup"
      )
    }
    record = if let kept { kept } else { try OwnBundle.oneMedium(own, manifest) }
  }

  /// What is to be said of a bundle whose only medium was not noted.
  private static func oneMedium(
    _ own: BundleMedia,
    _ manifest: Manifest
  ) throws(Failure) -> MediaSetRecord {
    let table = try EntriesFile.read(from: own, for: manifest)
    return MediaSetRecord.oneMedium(
      of: manifest,
      files: table.placements.count { $0.part <= 1 },
      place: "?",
      capacity: 0,
      written: nil
    )
  }

  /// The papers for some of its media.
  func papers(media: [BundlePapers.Medium]) -> BundlePapers {
    let here = Set(media.flatMap(\.chunks))
    return BundlePapers(
      manifest: manifest,
      digest: digest,
      signers: .own(signers),
      media: media,
      count: record.media.count,
      missing: manifest.chunks.indices.map { $0 + 1 }.filter { !here.contains($0) }
    )
  }

  /// The papers for the media that were seen; each is known by its chunks.
  func papers(of seen: [SeenMedium]) throws(Failure) -> BundlePapers {
    var media: [BundlePapers.Medium] = []
    var strange: [String] = []
    for one in seen {
      let medium = one.onPaper(manifest, nil)
      if let known = record.media.first(where: { $0.chunks == one.chunks }) {
        media.append(medium.known(as: known, of: manifest))
      } else {
        strange.append(one.place)
        media.append(medium)
      }
    }
    var papers = papers(media: media)
    papers.notes = strange.map { place in
      Note(
        .warning,
        "medium-not-of-set",
        "\(place) has other chunks than any medium of the set that was made: its number is left blank"
      )
    }
    return papers
  }
}
