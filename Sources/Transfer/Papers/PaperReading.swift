internal import BundleFormat
package import BundleMedium
package import Depot
package import OpenPGP
package import SafeIO

/// Reads what the papers of bundles say, from media that are here or from the depot that made them.
///
/// Media are only read: MANIFEST, its signature, the list of files, and the names and sizes of the
/// rest. Whether the chunks are good, `verify` says.
package struct PaperReading {
  private let depot: Depot?
  private let keys: [PublicKey]
  private let now: UTCTime

  /// - Parameters:
  ///   - depot: whose ledger is asked whether it made the bundles; nil on a machine without a depot.
  ///   - keys: verify the signatures of others.
  ///   - now: the time at which signatures are judged.
  package init(depot: Depot?, keys: [PublicKey], now: UTCTime) {
    (self.depot, self.keys, self.now) = (depot, keys, now)
  }

  /// The papers of all bundles on some media.
  ///
  /// - Throws: `trust` when a signature is bad, `incomplete` when no bundle is there.
  package func papers(
    of paths: [String],
    among far: FarMedia = .none
  ) throws(Failure) -> [BundlePapers] {
    try BundleMedia.find(in: paths, among: far).map { (media) throws(Failure) in
      try papers(of: media)
    }
  }

  /// The papers of a bundle that the depot made, of all its media, wherever they are.
  ///
  /// - Throws: `state` when it made no such bundle, or its lists are gone.
  package static func papers(ofBundle name: String, in depot: Depot) throws(Failure) -> BundlePapers
  {
    let bundle = try OwnBundle(name, in: depot)
    return bundle.papers(
      media: bundle.record.media.map { BundlePapers.Medium($0, of: bundle.manifest) }
    )
  }

  private func papers(of media: BundleMedia) throws(Failure) -> BundlePapers {
    if let depot, let own = try OwnBundle.find(media.manifest, in: depot) {
      return try own.papers(of: try SeenMedium.look(at: media, own.manifest))
    }
    let (manifest, signers, notes) = try signers(of: media)
    let seen = try SeenMedium.look(at: media, manifest)
    let counts = try files(of: media, manifest, isVerified: !signers.isClaimed)
    let here = Set(seen.flatMap(\.chunks))
    let missing = manifest.chunks.indices.map { $0 + 1 }.filter { !here.contains($0) }
    var papers = BundlePapers(
      manifest: manifest,
      digest: media.manifest.digest,
      signers: signers,
      media: seen.map { $0.onPaper(manifest, counts) },
      count: nil,
      missing: missing
    )
    papers.notes = notes
    papers.number()
    return papers
  }

  /// Who signed; what nobody here can check is only claimed.
  private func signers(
    of media: BundleMedia
  ) throws(Failure) -> (Manifest, BundlePapers.Signers, [Note]) {
    var reason = "no key to check it with was given, and no depot here pins one"
    if !keys.isEmpty {
      do throws(Failure) {
        let policy = SignaturePolicy(now: now, acceptExpiredKeys: true)
        let verified = try Verifier.withKeys(keys) { (verifier) throws(Failure) in
          try media.manifest.verified(by: verifier, policy: policy)
        }
        return (verified.manifest, .verified(verified.signatures.good.map(\.primary)), [])
      } catch {
        // A signature that is bad is no question of keys.
        guard error.name == .unknownSigner else { throw error }
        reason = "the signature is not by a key that is known here"
      }
    }
    let claimed = try SignaturePackets.claimedIssuers(
      media.manifest.signature,
      name: media.place + "/MANIFEST.asc",
      requireArmor: false
    )
    let manifest = try media.manifest.claimed()
    let note = Note(.warning, "papers-unverified", "\(manifest.directory): not verified: \(reason)")
    return (manifest, .claimed(claimed), [note])
  }

  /// How many files begin in each chunk, by its number; nil where the list is too long to be read
  /// unverified.
  private func files(
    of media: BundleMedia,
    _ manifest: Manifest,
    isVerified: Bool
  ) throws(Failure) -> [Int]? {
    let table =
      isVerified
      ? try EntriesFile.read(from: media, for: manifest)
      : try EntriesFile.readClaimed(from: media, for: manifest)
    guard let table else { return nil }
    var counts = [Int](repeating: 0, count: manifest.chunks.count + 1)
    for place in table.placements where place.part <= 1 {
      guard counts.indices.contains(Int(place.chunk)) else { continue }
      counts[Int(place.chunk)] += 1
    }
    return counts
  }
}

extension BundlePapers.Signers {
  /// Whether nobody here has checked who signed.
  package var isClaimed: Bool {
    guard case .claimed = self else { return false }
    return true
  }
}

extension BundlePapers {
  /// Numbers media as they were named, where all of the bundle is on them: else nobody here can say which
  /// of how many each is.
  fileprivate mutating func number() {
    guard missing.isEmpty else {
      notes.append(
        .note(
          "chunks are on other media, so the numbers of these are left blank; name all media, or ask "
            + "the depot that made them"
        )
      )
      return
    }
    count = media.count
    for index in media.indices {
      media[index].number = index + 1
      media[index].label = MediaSetRecord.label(
        stream: manifest.stream,
        sequence: manifest.sequence,
        number: index + 1
      )
    }
  }
}
