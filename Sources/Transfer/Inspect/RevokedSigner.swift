internal import BundleMedium
internal import Depot
internal import OpenPGP
internal import SafeIO

/// A signer that is not pinned any more because its owner revoked it: a medium that it signed may be a thief's.
enum RevokedSigner {
  /// What is to be said in place of “unknown signer” where that is so.
  static func explain(
    _ failure: Failure,
    of media: BundleMedia,
    among revoked: [RevokedKey]
  ) throws(Failure) -> Failure {
    guard failure.name == .unknownSigner, !revoked.isEmpty else { return failure }
    let issuers = try SignaturePackets.claimedIssuers(
      media.manifest.signature,
      name: media.place + "/MANIFEST.asc",
      requireArmor: false
    )
    guard
      let revoked = revoked.first(where: { key in
        issuers.contains { key.key.hasSuffix($0) }
      })
    else { return failure }
    return Failure(
      .trust,
      "revoked-key",
      "the key that signed this is revoked by its owner (\(revoked.made)): \(revoked.reason)",
      subject: failure.subject,
      hint: "ask the exporter for a bundle that its present key signed",
      details: failure.details
    )
  }
}
