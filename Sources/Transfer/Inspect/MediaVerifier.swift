package import BundleFormat
package import BundleMedium
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
  package let findings: BundleFindings
}

/// The full check of media, without a depot: signature, lists, every chunk, every entry.
package struct MediaVerifier {
  private let keys: [PublicKey]
  private let now: UTCTime

  package init(keys: [PublicKey], now: UTCTime) {
    self.keys = keys
    self.now = now
  }

  /// Checks every bundle on the media.
  ///
  /// - Parameters:
  ///   - paths: bundles, or media that hold some.
  ///   - progress: told how far it is.
  /// - Returns: a report for each bundle; damage is in it, not thrown.
  /// - Throws: `trust` and `freshness` when a signature is not accepted, `integrity` and
  ///   `incomplete` when MANIFEST or ENTRIES cannot be read.
  package func verify(
    _ paths: [String],
    progress: @escaping ProgressSink
  ) throws -> [VerificationReport] {
    let found = try BundleMedia.find(in: paths)
    let policy = SignaturePolicy(now: now)
    let verified = try Verifier.withKeys(keys) { (verifier) throws(Failure) in
      try found.map { (media) throws(Failure) in
        do throws(Failure) {
          return (media, try media.manifest.verified(by: verifier, policy: policy))
        } catch  where error.name == "unknown-signer" {
          throw MediaVerifier.explain(error)
        }
      }
    }
    let total = verified.reduce(0 as UInt64) { sum, bundle in
      bundle.1.manifest.chunks.reduce(sum) { $0 &+ $1.plainSize }
    }
    var done: UInt64 = 0
    return try verified.map { media, bundle in
      let table = try EntriesFile.read(from: media, for: bundle.manifest)
      let neighbours = verified.filter { $0.1.digest != bundle.digest }.map { $0.1.manifest }
      let check = BundleCheck(media: media, manifest: bundle.manifest, neighbours: neighbours)
      let findings = try check.run(table: table) { count in
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
        findings: findings
      )
    }
  }

  /// Nothing is pinned at the gap: the key file decides.
  private static func explain(_ failure: Failure) -> Failure {
    Failure(
      failure.kind,
      failure.name,
      failure.reason,
      subject: failure.subject,
      hint: "do not let the medium through, unless the key file was the wrong one: ask the "
        + "exporter for its fingerprint on another way than the medium",
      details: failure.details
    )
  }
}
