package import BundleFormat
package import OpenPGP
package import SafeIO

/// What the papers of a bundle say: which transfer it is, who vouches for that, and what each of its
/// media has.
package struct BundlePapers: Sendable {
  /// Who stands behind what MANIFEST says.
  package enum Signers: Sendable, Equatable {
    /// These keys signed it: that was verified here.
    case verified([Fingerprint])
    /// This depot made it: its ledger has this MANIFEST. The keys are those of its own copy of the
    /// signature.
    case own([String])
    /// Nothing was verified; fingerprints or key ids that the signature claims.
    case claimed([String])
  }

  /// One medium.
  package struct Medium: Sendable, Equatable {
    /// Its place in the set, from 1; nil where nobody here knows it.
    package var number: Int?
    /// What it is called on its label; nil where its number is not known.
    package var label: String?
    /// The numbers of the chunks on it, ascending, from 1.
    package let chunks: [Int]
    /// The numbers of the files of parity on it, ascending, from 1; none where that is not known.
    package var parity: [Int] = []
    /// The bytes of these chunks; of the files of parity, as planned, where there is no chunk.
    package internal(set) var bytes: UInt64
    /// How many files of the snapshots begin in them; nil where the list of files was not read.
    package var files: Int?
    /// The maker and model of the device, in its own words; nil where they are not known.
    package var model: String?
    /// The serial number of the device.
    package var serial: String?
    /// When it was written; nil where that is not known, or it is not written yet.
    package var written: UTCTime?
    /// Where it was written, or was seen now.
    package var place: String?
    /// How far it was read again after it was written; nil where that is not known.
    package var readBack: MediaSetRecord.ReadBack?
    /// The digest of the image that it is burnt from; nil where it is not burnt.
    package var image: SHA256Digest?

    package init(chunks: [Int], bytes: UInt64) { (self.chunks, self.bytes) = (chunks, bytes) }
  }

  package let manifest: Manifest
  /// The payload digest: SHA-256 of MANIFEST.
  package let digest: SHA256Digest
  package let signers: Signers
  /// The media that the papers are for.
  package internal(set) var media: [Medium]
  /// How many media the set has; nil where nobody here knows it.
  package internal(set) var count: Int?
  /// The chunks that are on none of these media.
  package let missing: [Int]
  /// What else is to be known.
  package internal(set) var notes: [Note] = []

  package init(
    manifest: Manifest,
    digest: SHA256Digest,
    signers: Signers,
    media: [Medium],
    count: Int?,
    missing: [Int]
  ) {
    (self.manifest, self.digest, self.signers) = (manifest, digest, signers)
    (self.media, self.count, self.missing) = (media, count, missing)
  }
}

extension BundlePapers.Medium {
  /// A medium of a set as the depot that made it knows it.
  ///
  /// The record has the bytes that were planned: compressed chunks came out shorter.
  init(_ medium: MediaSetRecord.Medium, of manifest: Manifest) {
    self.init(chunks: medium.chunks, of: manifest)
    (number, label, files) = (medium.number, medium.label, medium.files)
    parity = medium.parity
    // Of parity the record alone has the length.
    if !medium.parity.isEmpty { bytes = max(bytes, medium.bytes) }
    guard let known = medium.written else { return }
    (model, serial, written) = (known.model, known.serial, known.at)
    (place, readBack, image) = (known.place, known.readBack, known.image)
  }

  /// A medium with these chunks.
  init(chunks: [Int], of manifest: Manifest) {
    let bytes = chunks.reduce(0 as UInt64) { sum, number in
      let (total, overflow) = sum.addingReportingOverflow(manifest.chunks[number - 1].size)
      return overflow ? .max : total
    }
    self.init(chunks: chunks, bytes: bytes)
  }

  /// The same, with what this depot knows of the medium that has these chunks.
  func known(
    as medium: MediaSetRecord.Medium,
    of manifest: Manifest
  ) -> BundlePapers.Medium {
    var result = BundlePapers.Medium(medium, of: manifest)
    // What was seen now is newer: the medium may have been copied.
    if serial != nil || model != nil { (result.model, result.serial) = (model, serial) }
    result.place = place
    return result
  }
}
