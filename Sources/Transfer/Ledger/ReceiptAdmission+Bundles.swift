internal import BundleFormat
internal import Depot
internal import SafeIO

/// What a receipt says of the bundles that were made here.
extension ReceiptAdmission {
  /// What a receipt says of the bundles made here, stream by stream, and up to which sequence of a
  /// stream there may have been others.
  func acknowledgements(
    by receipt: Receipt,
    _ notes: inout [Note]
  ) throws(Failure) -> (delivered: [Acknowledgement], floors: [(stream: String, sequence: UInt64)])
  {
    var delivered: [Acknowledgement] = []
    var floors: [(stream: String, sequence: UInt64)] = []
    let made = Dictionary(grouping: try depot.catalogue.exports(), by: \.stream)
    for stream in receipt.streams {
      let bundles = made[stream.name] ?? []
      guard !bundles.isEmpty || stream.name == depot.configuration.site else { continue }
      if let same = bundles.first(where: { $0.sequence == stream.sequence }) {
        try refuseOtherBundle(same, receipt, stream)
      } else if bundles.last.map({ $0.sequence < stream.sequence }) ?? true {
        notes.append(try unknownBundle(receipt, stream, newestMade: bundles.last?.sequence ?? 0))
        floors.append((stream.name, stream.sequence))
      }
      if let newest = otherBundles(stream, among: bundles).last {
        if try newest.sequence > depot.catalogue.floor(of: stream.name) {
          notes.append(otherBundle(newest, receipt))
        }
        floors.append((stream.name, newest.sequence))
      }
      delivered += try acknowledgements(by: receipt, of: stream, among: bundles, floors)
    }
    return (delivered, floors)
  }

  /// Refuses a receipt that speaks of another bundle of a sequence than the one made here.
  private func refuseOtherBundle(
    _ same: ExportRecord,
    _ receipt: Receipt,
    _ stream: Receipt.Stream
  ) throws(Failure) {
    guard same.manifest != stream.payload else { return }
    // Receipts to come must not acknowledge this bundle, or one before it, in the other's place.
    try depot.catalogue.record(
      nil,
      acknowledging: [],
      floors: [(stream.name, stream.sequence)]
    )
    throw Failure(
      .freshness,
      "two-manifests",
      "ALARM: \(receipt.site) took in another bundle \(same.name) than the one made here: "
        + "\(stream.payload.short) there, \(same.manifest.short) here",
      subject: same.name,
      hint: "somebody else has this depot's key, or this depot was put back from a backup and "
        + "made a second bundle of that sequence: find out before anything else is carried"
    )
  }

  /// The bundles made here in whose place the site has others, below its highest sequence.
  private func otherBundles(
    _ stream: Receipt.Stream,
    among made: [ExportRecord]
  ) -> [ExportRecord] {
    made.filter { bundle in stream.lower[bundle.sequence].map { $0 != bundle.manifest } ?? false }
  }

  /// The alarm of a sequence that was used twice; what the receipt says of others counts.
  private func otherBundle(_ bundle: ExportRecord, _ receipt: Receipt) -> Note {
    .alarm(
      "two-manifests",
      "\(receipt.site) took in another bundle \(bundle.name) than the one made here: this depot was put "
        + "back from a backup, or somebody else has its key. The ledger does not say that it arrived"
    )
  }

  /// The alarm of a bundle that this depot has forgotten; one too far ahead is refused.
  private func unknownBundle(
    _ receipt: Receipt,
    _ stream: Receipt.Stream,
    newestMade: UInt64
  ) throws(Failure) -> Note {
    let newest = max(newestMade, try depot.catalogue.floor(of: stream.name))
    guard stream.sequence <= newest || stream.sequence - newest <= ReceiptAdmission.mostAhead
    else {
      throw Failure(
        .freshness,
        "sequence-ahead",
        "ALARM: \(receipt.site) says that it took in \(stream.name) \(stream.sequence); the "
          + "newest made here is \(newest), and no backup is so old",
        subject: "\(stream.name) \(stream.sequence)",
        hint: "ask \(receipt.site) what it took in and from whom: the receipt is false, or "
          + "somebody else has this depot's key"
      )
    }
    return .alarm(
      "unknown-bundle",
      "\(receipt.site) took in \(stream.name) \(stream.sequence), of which this depot knows "
        + "nothing: it was put back from a backup. The next bundle gets a higher sequence"
    )
  }

  /// The bundles of a stream that the receipt acknowledges.
  func acknowledgements(
    by receipt: Receipt,
    of stream: Receipt.Stream,
    among made: [ExportRecord],
    _ floors: [(stream: String, sequence: UInt64)]
  ) throws(Failure) -> [Acknowledgement] {
    // Up to here there may have been other bundles, of which this depot has forgotten.
    let doubtful = max(
      try depot.catalogue.floor(of: stream.name),
      floors.filter { $0.stream == stream.name }.map(\.sequence).max() ?? 0
    )
    let before = try depot.catalogue.acknowledgements(of: receipt.site, stream: stream.name)
    return made.filter { bundle in
      bundle.sequence <= stream.sequence
        && (bundle.sites.isEmpty || bundle.sites.contains(receipt.site))
        && !stream.isGap(bundle.sequence)
        && (stream.lower[bundle.sequence] ?? bundle.manifest) == bundle.manifest
        && (bundle.sequence > doubtful || stream.lower[bundle.sequence] != nil
          || before.contains { $0.sequence == bundle.sequence && $0.manifest == bundle.manifest }
          || bundle.snapshots.allSatisfy { snapshot in
            receipt.snapshots.contains { $0.digest == snapshot.digest }
          })
    }.map {
      Acknowledgement(
        site: receipt.site,
        stream: stream.name,
        sequence: $0.sequence,
        manifest: $0.manifest,
        learned: now,
        means: .receipt
      )
    }
  }
}
