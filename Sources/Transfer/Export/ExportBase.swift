internal import Depot
internal import SafeIO

/// What an export relies on the receivers to have.
package enum ExportBase: Hashable, Sendable {
  /// What the receipts of the named sites say; nothing when no site is named.
  case acknowledged
  /// That, and every bundle of the stream that was made for them, whether it arrived or not.
  case delivered
  /// The named snapshots, or those of the named bundles.
  case since([String])
  /// Nothing.
  case full
}

extension ExportBase {
  /// What the receivers of a bundle hold, by this base.
  func held(
    by sites: [String],
    stream: String,
    in depot: Depot
  ) throws(Failure) -> (held: HeldObjects, knowledge: [SiteKnowledge]) {
    let knowledge = try sites.map { (site) throws(Failure) in
      try SiteKnowledge(of: site, stream: stream, in: depot, assumesDelivered: self == .delivered)
    }
    switch self {
    case .full: return (HeldObjects(receivers: []), knowledge)
    case .acknowledged:
      return (
        HeldObjects(
          receivers: try knowledge.map { (site) throws(Failure) in try site.receiver(in: depot) }
        ), knowledge
      )
    case .delivered where !sites.isEmpty:
      return (
        HeldObjects(
          receivers: try knowledge.map { (site) throws(Failure) in try site.receiver(in: depot) }
        ), knowledge
      )
    case .delivered:
      let sent = try depot.catalogue.exports(of: stream)
        .filter { $0.sites.isEmpty && $0.retraction == nil }
      return (try ExportBase.one(sent.reversed().flatMap(\.snapshots), depot), knowledge)
    case .since(let names):
      var snapshots: [SnapshotReference] = []
      for name in names { snapshots += try ExportBase.snapshots(named: name, in: depot) }
      return (try ExportBase.one(snapshots, depot), knowledge)
    }
  }

  /// One receiver, whoever it is, that holds these snapshots.
  private static func one(
    _ snapshots: [SnapshotReference],
    _ depot: Depot
  ) throws(Failure) -> HeldObjects {
    var receiver = HeldObjects.Receiver(site: "")
    var seen: Set<SHA256Digest> = []
    for snapshot in snapshots where seen.insert(snapshot.digest).inserted {
      guard try depot.objects.size(of: snapshot.digest) != nil else { continue }
      receiver.listings.append(
        HeldObjects.Listing(
          digest: snapshot.digest,
          objects: try depot.objects.digests(ofListing: snapshot.digest, snapshot: snapshot.name)
        )
      )
    }
    return HeldObjects(receivers: [receiver])
  }

  /// What `--since` names: a snapshot of this depot, or a bundle that it made.
  private static func snapshots(
    named name: String,
    in depot: Depot
  ) throws(Failure) -> [SnapshotReference] {
    if let snapshot = try depot.catalogue.findSnapshot(name) {
      return [SnapshotReference(name: name, digest: snapshot.digest)]
    }
    guard let bundle = try depot.catalogue.exports().first(where: { $0.name == name }) else {
      throw Failure(
        .usage,
        "no-base",
        "there is neither a snapshot nor a bundle of that name",
        subject: name,
        hint: "aptferry snapshot list and aptferry ledger show name them all"
      )
    }
    for snapshot in bundle.snapshots where try depot.objects.size(of: snapshot.digest) == nil {
      throw Failure(
        .state,
        "base-gone",
        "the list of the snapshot \(snapshot.name) of this bundle is not here any more",
        subject: name,
        hint: "name another snapshot or bundle, or say --full"
      )
    }
    return bundle.snapshots
  }
}
