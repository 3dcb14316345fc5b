internal import BundleFormat
internal import Depot
internal import SafeIO

/// What this depot knows of one site, from its receipts and from what people typed.
struct SiteKnowledge {
  /// The site.
  let site: String
  /// The snapshots that it holds as far as is known, the newest first.
  private(set) var snapshots: [SnapshotReference] = []
  /// The bundles of the stream that it is known to have taken in.
  private(set) var acknowledged: Set<UInt64> = []
  /// The bundles of the stream that were made for it, are not known to have arrived, and are not
  /// retracted; in order.
  private(set) var open: [ExportRecord] = []

  /// Reads what the ledger has of a site and a stream; `assumesDelivered` says whether bundles
  /// count as arrived that nobody acknowledged.
  init(
    of site: String,
    stream: String,
    in depot: Depot,
    assumesDelivered: Bool
  ) throws(Failure) {
    self.site = site
    let exports = try depot.catalogue.exports(of: stream)
    let known = try depot.catalogue.acknowledgements(of: site, stream: stream)
    acknowledged = Set(known.map(\.sequence))
    var found: [SnapshotReference] = []
    for export in exports.reversed() where export.sites.isEmpty || export.sites.contains(site) {
      let isTyped = known.contains { $0.sequence == export.sequence && $0.means == .typed }
      if isTyped || (assumesDelivered && export.retraction == nil) { found += export.snapshots }
      if !acknowledged.contains(export.sequence), export.retraction == nil {
        open.insert(export, at: 0)
      }
    }
    if let receipt = try SiteReceipts.newest(of: site, in: depot) {
      found += receipt.snapshots.map { SnapshotReference(name: $0.name, digest: $0.digest) }
    }
    var seen: Set<SHA256Digest> = []
    snapshots = found.filter { seen.insert($0.digest).inserted }
  }

  /// What it holds, as far as the lists of its snapshots are still here.
  func receiver(in depot: Depot) throws(Failure) -> HeldObjects.Receiver {
    var receiver = HeldObjects.Receiver(site: site)
    for snapshot in snapshots where try depot.objects.size(of: snapshot.digest) != nil {
      receiver.listings.append(
        HeldObjects.Listing(
          digest: snapshot.digest,
          objects: try depot.objects.digests(
            ofListing: snapshot.digest,
            snapshot: snapshot.name
          )
        )
      )
    }
    if let inventory = try SiteReceipts.newest(of: site, in: depot)?.inventory {
      receiver.inventory = { inventory.contains($0) }
    }
    return receiver
  }
}
