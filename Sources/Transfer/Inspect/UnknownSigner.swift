internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import OpenPGP
internal import SafeIO

/// A signer that is not pinned: because its owner revoked it, and the medium may be a thief's, or because it came in
/// the place of another.
enum UnknownSigner {
  /// What is to be said in place of “unknown signer” where that is so.
  static func explain(
    _ failure: Failure,
    of media: BundleMedia,
    among revoked: [RevokedKey]
  ) throws(Failure) -> Failure {
    guard failure.name == .unknownSigner else { return failure }
    guard !revoked.isEmpty else { return withSuccession(failure, of: media) }
    let issuers = try SignaturePackets.claimedIssuers(
      media.manifest.signature,
      name: media.place + "/MANIFEST.asc",
      requireArmor: false
    )
    guard
      let revoked = revoked.first(where: { key in
        issuers.contains { key.key.hasSuffix($0) }
      })
    else { return withSuccession(failure, of: media) }
    return Failure(
      .trust,
      "revoked-key",
      "the key that signed this is revoked by its owner (\(revoked.made)): \(revoked.reason)",
      subject: failure.subject,
      hint: "ask the exporter for a bundle that its present key signed",
      details: failure.details
    )
  }

  /// Names the way to a new key where the bundle claims to carry what its predecessor says of it.
  private static func withSuccession(_ failure: Failure, of media: BundleMedia) -> Failure {
    let claimed: [[UInt8]]
    do throws(Failure) {
      claimed = try media.manifest.claimed().keyStatements
    } catch {
      // What cannot be read claims nothing; the refusal is the signer's.
      claimed = []
    }
    guard !claimed.isEmpty else { return failure }
    return Failure(
      failure.kind,
      failure.name,
      failure.reason,
      subject: failure.subject,
      hint:
        "it has a statement about keys; if a key that is pinned here has named its successor: aptferry "
        + "trust accept-successor \(media.words); else compare the fingerprint by another route",
      details: failure.details
    )
  }
}
