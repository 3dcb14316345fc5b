internal import Depot
internal import Objects
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
  /// What the receivers of a bundle of these files hold, by this base.
  func held(
    _ files: FileList,
    by sites: [String],
    stream: String,
    in depot: Depot
  ) throws(Failure) -> (held: HeldObjects, knowledge: [SiteKnowledge]) {
    let knowledge = try sites.map { (site) throws(Failure) in
      try SiteKnowledge(of: site, stream: stream, in: depot, assumesDelivered: self == .delivered)
    }
    let receivers: [HeldObjects.Receiver]
    switch self {
    case .full: receivers = []
    case .acknowledged: receivers = knowledge.map { $0.receiver() }
    case .delivered where !sites.isEmpty: receivers = knowledge.map { $0.receiver() }
    case .delivered:
      let sent = SiteKnowledge.delivered(
        try depot.catalogue.exports(of: stream).filter(\.sites.isEmpty),
        isKnown: { _ in false }
      )
      receivers = [ExportBase.one(sent.reversed().flatMap(\.snapshots))]
    case .since(let names):
      var snapshots: [SnapshotReference] = []
      for name in names { snapshots += try ExportBase.snapshots(named: name, in: depot) }
      receivers = [ExportBase.one(snapshots)]
    }
    return (try HeldObjects(files, by: receivers, in: depot.objects), knowledge)
  }

  /// One receiver, whoever it is, that holds these snapshots.
  private static func one(_ snapshots: [SnapshotReference]) -> HeldObjects.Receiver {
    var seen: Set<SHA256Digest> = []
    return HeldObjects.Receiver(
      site: "",
      listings: snapshots.filter { seen.insert($0.digest).inserted }
    )
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
        "there is neither a snapshot nor a bundle with that name",
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
