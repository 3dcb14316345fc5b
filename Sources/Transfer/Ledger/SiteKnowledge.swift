internal import BundleFormat
internal import Depot
internal import SafeIO

/// What this depot knows of one site, from its receipts and from what people typed.
struct SiteKnowledge {
  /// The site.
  let site: String
  /// Its newest receipt.
  let receipt: Receipt?
  /// The snapshots that it holds as far as is known, the newest first.
  private(set) var snapshots: [SnapshotReference] = []
  /// Those of them that were not stated in its receipt: typed, or assumed.
  private var unstated: [SnapshotReference] = []
  /// Those that its receipt states, and whose lists may be here.
  private var stated: [SnapshotReference] = []
  /// The bundles of the stream that were made for it, are not known to have arrived, and are not
  /// retracted; in order.
  private(set) var open: [ExportRecord] = []

  /// How many of the lists that a receipt states are read, to say on which snapshots a bundle
  /// relies: the receipt's inventory speaks for what only the others have.
  private static let mostStated = 8

  /// Reads what the ledger has of a site and a stream; `assumesDelivered` says whether bundles
  /// count as arrived that nobody acknowledged.
  init(
    of site: String,
    stream: String,
    in depot: Depot,
    assumesDelivered: Bool
  ) throws(Failure) {
    self.site = site
    receipt = try SiteReceipts.newest(of: site, in: depot)
    let exports = try depot.catalogue.exports(of: stream)
      .filter { $0.sites.isEmpty || $0.sites.contains(site) }
    var means: [UInt64: Acknowledgement.Means] = [:]
    for one in try depot.catalogue.acknowledgements(of: site, stream: stream) {
      means[one.sequence] = one.means
    }
    open = exports.filter { means[$0.sequence] == nil && $0.retraction == nil }
    let assumed =
      assumesDelivered
      ? SiteKnowledge.delivered(exports) { means[$0.sequence] != nil } : []
    let arrived = Set(assumed.map(\.sequence))
    for export in exports.reversed()
    where means[export.sequence] == .typed
      || (means[export.sequence] == nil && arrived.contains(export.sequence))
    {
      unstated += export.snapshots
    }
    // A site that names something else as its snapshot must not stop an export for others too.
    let lists = try depot.catalogue.knownListings()
    var held: [SHA256Digest: SnapshotReference] = [:]
    for snapshot in receipt?.snapshots ?? [] where lists.contains(snapshot.digest) {
      held[snapshot.digest] = SnapshotReference(name: snapshot.name, digest: snapshot.digest)
    }
    // What was exported last is the most like what is exported next.
    for snapshot in exports.reversed().flatMap(\.snapshots) {
      if let known = held.removeValue(forKey: snapshot.digest) { stated.append(known) }
    }
    stated += held.values.sorted { ($0.name, $0.digest) < ($1.name, $1.digest) }
    var seen: Set<SHA256Digest> = []
    snapshots = (unstated + stated).filter { seen.insert($0.digest).inserted }
  }

  /// The bundles, in order, that count as delivered although nobody said so: not one whose media
  /// are lost, and no increment after it, since it may rely on what was lost.
  static func delivered(
    _ exports: [ExportRecord],
    isKnown: (ExportRecord) -> Bool
  ) -> [ExportRecord] {
    var isBroken = false
    return exports.filter { export in
      if isKnown(export) { return true }
      if export.retraction != nil {
        isBroken = true
        return false
      }
      return !isBroken || export.relied == 0
    }
  }

  /// What it holds, as far as the lists of its snapshots are still here.
  func receiver() -> HeldObjects.Receiver {
    var receiver = HeldObjects.Receiver(site: site)
    let inventory = receipt.map(\.inventory).flatMap { $0.count > 0 ? $0 : nil }
    receiver.listings =
      unstated + (inventory == nil ? stated : Array(stated.prefix(SiteKnowledge.mostStated)))
    if let inventory { receiver.inventory = { inventory.contains($0) } }
    return receiver
  }
}
