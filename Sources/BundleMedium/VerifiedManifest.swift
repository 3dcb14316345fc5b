package import BundleFormat
package import OpenPGP
package import SafeIO

/// The bytes of a MANIFEST and its signatures as they were found; nothing in them is trusted.
package struct UnverifiedManifest: Sendable {
  /// The bytes of MANIFEST, read once; whatever is decided is decided about these.
  package let bytes: [UInt8]
  /// The bytes of MANIFEST.asc.
  package let signature: [UInt8]
  /// Where they were found, for messages.
  package let place: String

  package init(bytes: [UInt8], signature: [UInt8], place: String) {
    self.bytes = bytes
    self.signature = signature
    self.place = place
  }

  /// The payload digest: SHA-256 of MANIFEST.
  package var digest: SHA256Digest { SHA256Digest.of(bytes) }

  /// What the manifest claims, for `inspect` only: nobody has vouched for it.
  package func claimed() throws(Failure) -> Manifest { try Manifest(text: bytes) }

  /// Checks the signatures, and only then reads the manifest.
  ///
  /// - Throws: `trust` or `freshness` when the signatures do not satisfy the policy, `integrity` or
  ///   `policy` when what was signed does not follow the format.
  package func verified(
    by verifier: borrowing Verifier,
    policy: SignaturePolicy
  ) throws(Failure) -> VerifiedManifest {
    let report = try verifier.verifyDetached(
      signature: signature,
      of: bytes,
      name: place + "/MANIFEST.asc",
      policy: policy
    )
    return VerifiedManifest(
      manifest: try Manifest(text: bytes),
      bytes: bytes,
      digest: digest,
      signatures: report
    )
  }
}

/// A manifest that keys pinned here have signed; only `UnverifiedManifest.verified` makes one.
package struct VerifiedManifest: Sendable {
  /// What it says.
  package let manifest: Manifest
  /// The bytes that were signed.
  package let bytes: [UInt8]
  /// The payload digest: SHA-256 of the bytes.
  package let digest: SHA256Digest
  /// Who signed.
  package let signatures: SignatureReport

  /// The same, with some of its signatures only: others may have lost their key's trust since.
  package func counting(only good: [VerifiedSignature]) -> VerifiedManifest {
    VerifiedManifest(
      manifest: manifest,
      bytes: bytes,
      digest: digest,
      signatures: SignatureReport(
        good: signatures.good.filter(good.contains),
        unknown: signatures.unknown,
        uncounted: signatures.uncounted,
        uncountedSigners: signatures.uncountedSigners
      )
    )
  }

  fileprivate init(
    manifest: Manifest,
    bytes: [UInt8],
    digest: SHA256Digest,
    signatures: SignatureReport
  ) {
    self.manifest = manifest
    self.bytes = bytes
    self.digest = digest
    self.signatures = signatures
  }
}
