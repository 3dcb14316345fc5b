internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import SafeIO

/// MANIFEST, its signatures and ENTRIES of the bundles that came in: with them a file's way into the
/// depot can be shown long after the media are gone.
enum AcceptedLists {
  /// Keeps the lists of a bundle that is about to be recorded as accepted; durable.
  static func keep(
    of media: BundleMedia,
    _ verified: VerifiedManifest,
    in depot: Depot
  ) throws(Failure) {
    let place = try KeptEvidence(depot).makeDirectory(ofBundle: verified.digest)
    guard try place.status("MANIFEST") == nil else { return }
    let entries = verified.manifest.entries
    for medium in media.media {
      guard let status = try medium.directory.status(EntriesFile.name), status.kind == .regular,
        status.size == entries.size
      else { continue }
      try DurableFile.copy(EntriesFile.name, from: medium.directory, to: place)
      // A medium may give other bytes the second time, and another one of the set has them too.
      if try ContentHash.of(try place.file(EntriesFile.name)).digest == entries.digest { break }
    }
    try DurableFile.write(media.manifest.signature, as: "MANIFEST.asc", in: place)
    // The last: with it the lists count as kept.
    try DurableFile.write(verified.bytes, as: "MANIFEST", in: place)
  }
}
