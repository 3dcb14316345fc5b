internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import OpenPGP
internal import SafeIO

/// Bundles that lie on a medium from earlier journeys: older than what is here, beside a newer one of
/// their stream.
///
/// They are passed over, so that the newer one comes in; alone they are refused.
struct PassingOver {
  private let bundles: [Manifest]
  private let depot: Depot
  private let request: ImportRequest

  init(_ bundles: [Manifest], _ depot: Depot, _ request: ImportRequest) {
    (self.bundles, self.depot, self.request) = (bundles, depot, request)
  }

  /// What becomes of a bundle that is passed over; nil for one that is to be judged.
  func result(for verified: VerifiedManifest) throws(Failure) -> ImportResult? {
    let manifest = verified.manifest
    guard request.reasonForOlder == nil else { return nil }
    let accepted = try depot.catalogue.accepted(stream: manifest.stream)
    // What has its sequence here is this bundle, or an alarm.
    guard let newest = accepted.map(\.sequence).max(), manifest.sequence < newest,
      !accepted.contains(where: { $0.sequence == manifest.sequence }),
      let newer = bundles.last(where: { $0.stream == manifest.stream && $0.sequence >= newest })
    else { return nil }
    let here = BundleName.directory(stream: manifest.stream, sequence: newest)
    return ImportResult(
      stream: manifest.stream,
      sequence: manifest.sequence,
      digest: verified.digest,
      signers: verified.signatures.good.map(\.primary),
      outcome: .passedOver,
      snapshots: [],
      suites: [],
      newBytes: 0,
      notes: [
        .note(
          "older than \(here), which is here, and so passed over for \(newer.directory) on the same "
            + "media"
        )
      ]
    )
  }
}
