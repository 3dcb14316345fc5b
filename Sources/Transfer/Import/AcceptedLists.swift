internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import Objects
internal import OpenPGP
internal import SafeIO

/// MANIFEST, its signatures and ENTRIES of the bundles that came in: with them a file's way into the
/// depot can be shown long after the media are gone.
///
/// The keys that signed are kept beside them: a pin
/// may go, and the signature is still to be checked.
package enum AcceptedLists {
  /// The binary keys that signed MANIFEST, as they were pinned.
  package static let keysName = "exporter.gpg"

  private static func keys(
    of verified: VerifiedManifest,
    in depot: Depot
  ) throws(Failure) -> [UInt8] {
    let signers = Set(verified.signatures.good.map(\.primary.text))
    var seen: Set<String> = []
    return try depot.catalogue.trust(role: .exporter)
      .filter { signers.contains($0.fingerprint) && seen.insert($0.fingerprint).inserted }
      .flatMap(\.material)
  }

  /// Keeps the lists of a bundle that is about to be recorded as accepted; durable.
  static func keep(
    of media: BundleMedia,
    _ verified: VerifiedManifest,
    in depot: Depot
  ) throws(Failure) {
    let place = try KeptEvidence(depot).makeDirectory(ofBundle: verified.digest)
    guard try place.status("MANIFEST") == nil else { return }
    let entries = verified.manifest.entries
    for file in try EntriesFile.candidates(on: media, for: verified.manifest) {
      try DurableFile.copy(EntriesFile.name, to: place, length: entries.size) {
        (block, offset) throws(Failure) in
        try file.read(into: block, at: offset)
      }
      // A medium may give other bytes the second time, and another one of the set has them too.
      if try ContentHash.of(try place.file(EntriesFile.name)).digest == entries.digest { break }
    }
    try DurableFile.write(verified.signature, as: "MANIFEST.asc", in: place)
    try DurableFile.write(try keys(of: verified, in: depot), as: keysName, in: place)
    // The last: with it the lists count as kept.
    try DurableFile.write(verified.bytes, as: "MANIFEST", in: place)
  }
}
