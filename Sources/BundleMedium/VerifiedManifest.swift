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
  /// What a second copy of either, on the same medium, says otherwise.
  package let others: [Copy]

  /// A text and signatures that may belong together.
  package struct Copy: Sendable, Equatable {
    package let bytes: [UInt8]
    package let signature: [UInt8]
  }

  package init(bytes: [UInt8], signature: [UInt8], place: String, others: [Copy] = []) {
    self.bytes = bytes
    self.signature = signature
    self.place = place
    self.others = others
  }

  /// The payload digest: SHA-256 of MANIFEST.
  package var digest: SHA256Digest { SHA256Digest.of(bytes) }

  /// What the manifest claims, for `inspect` only: nobody has vouched for it.
  package func claimed() throws(Failure) -> Manifest {
    do throws(Failure) {
      return try Manifest(text: bytes)
    } catch {
      for other in others {
        do throws(Failure) { return try Manifest(text: other.bytes) } catch {}
      }
      throw error
    }
  }

  /// Checks the signatures, and only then reads the manifest.
  ///
  /// - Throws: `trust` or `freshness` when the signatures do not satisfy the policy, `integrity` or
  ///   `policy` when what was signed does not follow the format.
  package func verified(
    by verifier: borrowing Verifier,
    policy: SignaturePolicy
  ) throws(Failure) -> VerifiedManifest {
    do throws(Failure) {
      return try verified(Copy(bytes: bytes, signature: signature), verifier, policy)
    } catch {
      // A bad sector in one copy; which of them is right the signature says.
      guard error.kind == .trust || error.kind == .integrity else { throw error }
      for other in others {
        do throws(Failure) {
          return try verified(other, verifier, policy)
        } catch {
          guard error.kind == .trust || error.kind == .integrity else { throw error }
        }
      }
      throw error
    }
  }

  private func verified(
    _ copy: Copy,
    _ verifier: borrowing Verifier,
    _ policy: SignaturePolicy
  ) throws(Failure) -> VerifiedManifest {
    let report = try verifier.verifyDetached(
      signature: copy.signature,
      of: copy.bytes,
      name: place + "/MANIFEST.asc",
      policy: policy
    )
    return VerifiedManifest(
      manifest: try Manifest(text: copy.bytes),
      bytes: copy.bytes,
      signature: copy.signature,
      digest: SHA256Digest.of(copy.bytes),
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
  /// The signatures as they were found.
  package let signature: [UInt8]
  /// The payload digest: SHA-256 of the bytes.
  package let digest: SHA256Digest
  /// Who signed.
  package let signatures: SignatureReport

  /// The same, with some of its signatures only: others may have lost their key's trust since.
  package func counting(only good: [VerifiedSignature]) -> VerifiedManifest {
    VerifiedManifest(
      manifest: manifest,
      bytes: bytes,
      signature: signature,
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
    signature: [UInt8],
    digest: SHA256Digest,
    signatures: SignatureReport
  ) {
    self.manifest = manifest
    self.bytes = bytes
    self.signature = signature
    self.digest = digest
    self.signatures = signatures
  }
}
