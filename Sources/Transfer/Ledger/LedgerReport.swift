internal import BundleFormat
package import Depot
package import SafeIO

/// What a depot made, what arrived of it, and what it took in itself.
package struct LedgerReport: Sendable {
  /// A bundle made here.
  package struct Bundle: Sendable {
    package let record: ExportRecord
    package let acknowledgements: [Acknowledgement]
    /// The sites that it is bound to and that have not acknowledged it.
    package let waitingFor: [String]
    /// Its media and what became of them, as far as that was noted and asked for.
    package let media: [MediaSetRecord.Medium]
  }

  /// A site that bundles were made for, or that sent a receipt.
  package struct Site: Sendable {
    package let name: String
    package let receipt: KeptReceipt?
    /// The bundles that it has not acknowledged and whose snapshots it does not have, by name.
    package let behind: [String]
  }

  private struct Key: Hashable {
    let stream: String
    let sequence: UInt64
  }

  package private(set) var bundles: [Bundle] = []
  package private(set) var sites: [Site] = []
  package private(set) var accepted: [AcceptedBundle] = []
  /// What could not be read.
  package private(set) var notes: [Note] = []

  /// Reads the ledger, of one site or whole; with its media where these are asked for.
  package init(
    of depot: Depot,
    site: String? = nil,
    withMedia hasMedia: Bool = false
  ) throws(Failure) {
    let exports = try depot.catalogue.exports()
    let known = try depot.catalogue.acknowledgements()
    let receipts = try depot.catalogue.receipts()
    let arrivals = Dictionary(grouping: known) { Key(stream: $0.stream, sequence: $0.sequence) }
    var behind: [String: [String]] = [:]
    var held: [String: Set<SHA256Digest>] = [:]
    for receipt in receipts {
      let snapshots = try SiteReceipts.newest(of: receipt.site, in: depot)?.snapshots ?? []
      held[receipt.site] = Set(snapshots.map(\.digest))
    }
    let names = Set(exports.flatMap(\.sites) + known.map(\.site) + receipts.map(\.site)).sorted()
    for record in exports {
      let all = arrivals[Key(stream: record.stream, sequence: record.sequence)] ?? []
      let arrived = Set(all.map(\.site))
      for name in record.sites.isEmpty ? names : record.sites where !arrived.contains(name) {
        // It may have the same snapshots from another bundle.
        let has = held[name] ?? []
        if record.snapshots.allSatisfy({ has.contains($0.digest) }) { continue }
        behind[name, default: []].append(
          record.name + (record.retraction == nil ? "" : " (retracted)")
        )
      }
      if let site, !record.sites.isEmpty, !record.sites.contains(site) { continue }
      bundles.append(
        Bundle(
          record: record,
          acknowledgements: all.filter { site == nil || $0.site == site },
          waitingFor: record.retraction != nil
            ? [] : record.sites.filter { (site == nil || $0 == site) && !arrived.contains($0) },
          media: hasMedia ? try media(of: record, in: depot) : []
        )
      )
    }
    for name in names where site == nil || site == name {
      sites.append(
        Site(
          name: name,
          receipt: receipts.first { $0.site == name },
          behind: behind[name] ?? []
        )
      )
    }
    if site == nil { accepted = try depot.catalogue.accepted() }
  }

  /// The media of a bundle; one record that is damaged must not hide the others.
  private mutating func media(
    of bundle: ExportRecord,
    in depot: Depot
  ) throws(Failure) -> [MediaSetRecord.Medium] {
    do throws(Failure) {
      return try ExportedLists.media(of: bundle.name, in: depot)
    } catch {
      guard error.kind == .integrity else { throw error }
      notes.append(Note(.warning, "media-record", "\(bundle.name): \(error.reason)"))
      return []
    }
  }
}
