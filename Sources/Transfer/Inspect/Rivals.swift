internal import BundleFormat
internal import BundleMedium
package import SafeIO

/// Different bundles under one stream and sequence: somebody signed two, or forged one.
///
/// An importer sees that when it has accepted one of them; whoever has both at hand sees it at once.
package struct Rivals: Sendable {
  /// A bundle that is here.
  struct Bundle: Sendable {
    let stream: String
    let sequence: UInt64
    let digest: SHA256Digest
    let place: String

    func isRival(of other: Bundle) -> Bool {
      stream == other.stream && sequence == other.sequence && digest != other.digest
    }
  }

  private let bundles: [Bundle]

  init(_ bundles: [Bundle]) { self.bundles = bundles }

  /// The payload digests of the other bundles here that have this one's stream and sequence.
  func digests(besides bundle: Bundle) -> [SHA256Digest] {
    bundles.filter { $0.isRival(of: bundle) }.map(\.digest)
  }

  /// The refusal; nil when every stream and sequence stands for one bundle.
  ///
  /// It has the code of the rule of acceptance that says the same.
  package var alarm: Failure? {
    let found = bundles.filter { bundle in bundles.contains { $0.isRival(of: bundle) } }
    guard let first = found.first else { return nil }
    return Failure(
      .freshness,
      "equivocation",
      "ALARM: there are different bundles under one stream and sequence",
      subject: BundleName.directory(stream: first.stream, sequence: first.sequence),
      hint: "do not use these media; ask the exporter which of the digests is theirs",
      details: found.map { "\($0.place): \($0.digest.hex)" }
    )
  }
}

extension Rivals.Bundle {
  init(_ manifest: Manifest, _ digest: SHA256Digest, _ media: BundleMedia) {
    self.init(
      stream: manifest.stream,
      sequence: manifest.sequence,
      digest: digest,
      place: media.place
    )
  }
}
