package import BundleFormat
package import BundleMedium
package import Depot
package import OpenPGP
package import SafeIO

/// What a full check of one bundle says.
package struct VerificationReport: Sendable {
  package let manifest: Manifest
  /// The payload digest: SHA-256 of MANIFEST.
  package let digest: SHA256Digest
  package let signatures: SignatureReport
  /// The directories that carry it.
  package let places: [String]
  /// These as words of a command line.
  package let words: String
  package let findings: BundleFindings
  /// Why the list of files could not be read; then nothing else was looked at.
  package let unread: Failure?
  /// The payload digests of other bundles here under the same stream and sequence.
  package let rivals: [SHA256Digest]
  /// The file that the keys came from; nil for those that a depot pins.
  package var keyring: String?

  /// Whether everything is here, and is what was signed.
  package var isComplete: Bool { unread == nil && findings.isComplete }
}

/// What a full check of all bundles on some media says.
package struct Verification: Sendable {
  /// A report for each bundle whose signature counts.
  package let reports: [VerificationReport]
  /// Bundles that nothing more was looked at of, and why.
  package var refused: [(place: String, failure: Failure)] = []
  /// What is on the media beside the bundles' directories.
  package var beside: [Stranger] = []
  /// Whether anything but the bundles is a reason to refuse.
  package var isStrict = false
  /// The refusal when two bundles have one stream and sequence.
  package let alarm: Failure?
}

/// The full check of media, without a depot: signature, lists, every chunk, every entry.
package struct MediaVerifier {
  private let keys: [PublicKey]
  private let now: UTCTime
  private let keyring: String?
  private let isStrict: Bool
  private let revoked: [RevokedKey]

  /// `revoked` are keys of exporters that are known here to be no good any more.
  package init(
    keys: [PublicKey],
    now: UTCTime,
    keyring: String? = nil,
    isStrict: Bool = false,
    revoked: [RevokedKey] = []
  ) {
    self.revoked = revoked
    self.keys = keys
    self.now = now
    self.keyring = keyring
    self.isStrict = isStrict
  }

  /// Checks every bundle on the media.
  ///
  /// - Parameters:
  ///   - paths: bundles, or media that hold some.
  ///   - far: those of them that are not here.
  ///   - progress: told how far it is.
  /// - Returns: a report for each bundle; damage is in it, not thrown, and so are two bundles of one
  ///   sequence, and a bundle that is refused beside another one.
  /// - Throws: when every bundle is refused: `trust` and `freshness` when a signature is not accepted,
  ///   `integrity` and `policy` when a MANIFEST cannot be read.
  package func verify(
    _ paths: [String],
    among far: FarMedia = .none,
    progress: @escaping ProgressSink
  ) throws(Failure) -> Verification {
    let found = try BundleMedia.find(in: paths, among: far)
    let (verified, refused) = try signatures(of: found)
    if verified.isEmpty, let first = refused.first { throw first.failure }
    let total = verified.reduce(0 as UInt64) { sum, bundle in
      bundle.1.manifest.chunks.reduce(sum) { $0 &+ $1.plainSize }
    }
    var done: UInt64 = 0
    let rivals = Rivals(verified.map { Rivals.Bundle($1.manifest, $1.digest, $0) })
    let reports = try verified.map { (media, bundle) throws(Failure) in
      let neighbours = verified.filter { $0.1.digest != bundle.digest }.map { $0.1.manifest }
      let check = BundleCheck(
        media: media,
        manifest: bundle.manifest,
        neighbours: neighbours,
        signed: bundle
      )
      let (findings, unread) = try MediaVerifier.run(check, media, bundle.manifest) { count in
        done &+= count
        progress(
          ProgressReport(
            phase: "verifying",
            filesDone: 0,
            filesTotal: 0,
            bytesDone: done,
            bytesTotal: total
          )
        )
      }
      return VerificationReport(
        manifest: bundle.manifest,
        digest: bundle.digest,
        signatures: bundle.signatures,
        places: media.media.map(\.directory.path),
        words: media.words,
        findings: findings,
        unread: unread,
        rivals: rivals.digests(besides: Rivals.Bundle(bundle.manifest, bundle.digest, media)),
        keyring: keyring
      )
    }
    return Verification(
      reports: reports,
      refused: refused,
      beside: try MediumWalk.beside(found, in: paths, among: far),
      isStrict: isStrict,
      alarm: rivals.alarm
    )
  }

  private typealias Signed = (BundleMedia, VerifiedManifest)
  private typealias Refused = (place: String, failure: Failure)

  /// Checks the signatures.
  ///
  /// A bundle of somebody else must not hide what is known of the others.
  private func signatures(
    of found: [BundleMedia]
  ) throws(Failure) -> (verified: [Signed], refused: [Refused]) {
    let policy = SignaturePolicy(now: now)
    return try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      var verified: [Signed] = []
      var refused: [Refused] = []
      for media in found {
        do throws(Failure) {
          verified.append((media, try media.manifest.verified(by: verifier, policy: policy)))
        } catch {
          guard MediaVerifier.isOfBundle(error) else { throw error }
          let known = try UnknownSigner.explain(error, of: media, among: revoked)
          let explained = known.name == .unknownSigner ? MediaVerifier.explain(known) : known
          refused.append((media.place, explained))
        }
      }
      return (verified, refused)
    }
  }

  /// Whether a refusal is about this bundle alone.
  private static func isOfBundle(_ failure: Failure) -> Bool {
    switch failure.kind {
    case .trust, .integrity, .incomplete, .freshness, .unsafe, .policy: true
    default: false
    }
  }

  /// A bundle whose list cannot be read must not hide what is wrong with the others.
  private static func run(
    _ check: BundleCheck,
    _ media: BundleMedia,
    _ manifest: Manifest,
    _ progress: (UInt64) -> Void
  ) throws(Failure) -> (BundleFindings, Failure?) {
    let table: EntryTable
    do {
      table = try EntriesFile.read(from: media, for: manifest)
    } catch {
      guard [.integrity, .incomplete, .unsafe].contains(error.kind) else { throw error }
      return (BundleFindings(), error)
    }
    return (try check.run(table: table, progress: progress), nil)
  }

  /// Nothing is pinned at the gap: the key file decides.
  private static func explain(_ failure: Failure) -> Failure {
    Failure(
      failure.kind,
      failure.name,
      failure.reason,
      subject: failure.subject,
      hint: "do not let the medium through, unless the key file was the wrong one: ask the "
        + "exporter for its fingerprint by another route than the medium",
      details: failure.details
    )
  }
}
