internal import BundleFormat
package import Depot
package import SafeIO

/// How far each site is behind what this depot made for it.
package struct HubReport: Sendable {
  /// A stream as one site has it.
  package struct Stream: Sendable {
    package let name: String
    /// The newest bundle that is for the site; nil without one.
    package let made: ExportRecord?
    /// The newest one that it acknowledged; nil when it did not acknowledge any.
    package let acknowledged: Acknowledgement?
    /// The bundles for it that it did not acknowledge and whose snapshots it does not have, in order.
    package let missing: [ExportRecord]
  }

  /// A site for which bundles are made.
  package struct Site: Sendable {
    package let name: String
    /// Its newest receipt here; nil when none was added.
    package let receipt: KeptReceipt?
    package let streams: [Stream]

    /// Since when it lacks something; nil when it lacks nothing.
    package var behindSince: UTCTime? { streams.flatMap(\.missing).map(\.created).min() }

    /// For how long it has lacked something, in seconds.
    package func lag(at now: UTCTime) -> Int64 {
      guard let behindSince else { return 0 }
      return max(0, now.seconds - behindSince.seconds)
    }
  }

  package private(set) var sites: [Site] = []
  /// Bundles that were made and do not lie on all their media, or in their object store, yet.
  package private(set) var unsent: [String] = []

  /// Reads the ledger: of one site or of all that are known.
  package init(of depot: Depot, site: String? = nil) throws(Failure) {
    let exports = try depot.catalogue.exports().filter { $0.retraction == nil }
    let acknowledgements = Dictionary(grouping: try depot.catalogue.acknowledgements(), by: \.site)
    let receipts = try depot.catalogue.receipts()
    let pinned = try depot.catalogue.trust(role: .site).map(\.name)
    let names = Set(
      exports.flatMap(\.sites) + acknowledgements.keys + receipts.map(\.site) + pinned
    )
    if let site, !names.contains(site) {
      throw Failure(
        .usage,
        "unknown-site",
        "this depot knows no site with that name: no key of one is pinned, and no bundle was made for it",
        subject: site,
        hint: names.isEmpty ? nil : "it knows " + names.sorted().joined(separator: ", ")
      )
    }
    for name in names.sorted() where site == nil || name == site {
      sites.append(
        Site(
          name: name,
          receipt: receipts.first { $0.site == name },
          streams: try HubReport.streams(of: name, exports, acknowledgements[name] ?? [], depot)
        )
      )
    }
    let lists = try ExportedLists.place(in: depot)
    for record in exports {
      guard let directory = try lists.directoryIfPresent(record.name),
        try MediaSetRecord.read(in: directory)?.isComplete == false
      else { continue }
      unsent.append(record.name)
    }
  }

  private static func streams(
    of site: String,
    _ exports: [ExportRecord],
    _ acknowledgements: [Acknowledgement],
    _ depot: Depot
  ) throws(Failure) -> [Stream] {
    let own = exports.filter { $0.sites.isEmpty || $0.sites.contains(site) }
    let waiting = own.filter { record in
      !acknowledgements.contains { $0.stream == record.stream && $0.sequence == record.sequence }
    }
    // It may have the same snapshots from another bundle; a receipt is long, so only then it is read.
    var held: Set<SHA256Digest> = []
    if !waiting.isEmpty, let receipt = try SiteReceipts.newest(of: site, in: depot) {
      held = Set(receipt.snapshots.map(\.digest))
    }
    let names = Set(own.map(\.stream) + acknowledgements.map(\.stream)).sorted()
    return names.map { name in
      Stream(
        name: name,
        made: own.last { $0.stream == name },
        acknowledged: acknowledgements.filter { $0.stream == name }
          .max { $0.sequence < $1.sequence },
        missing: waiting.filter { record in
          record.stream == name && !record.snapshots.allSatisfy { held.contains($0.digest) }
        }
      )
    }
  }
}
