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
  }

  /// A site that bundles were made for, or that sent a receipt.
  package struct Site: Sendable {
    package let name: String
    package let receipt: KeptReceipt?
    /// The bundles that it has not acknowledged, by name.
    package let behind: [String]
  }

  package private(set) var bundles: [Bundle] = []
  package private(set) var sites: [Site] = []
  package private(set) var accepted: [AcceptedBundle] = []

  /// Reads the ledger, of one site or whole.
  package init(of depot: Depot, site: String? = nil) throws(Failure) {
    let exports = try depot.catalogue.exports()
    let known = try depot.catalogue.acknowledgements()
    let receipts = try depot.catalogue.receipts()
    for record in exports {
      if let site, !record.sites.isEmpty, !record.sites.contains(site) { continue }
      let arrived = known.filter {
        $0.stream == record.stream && $0.sequence == record.sequence
          && (site == nil || $0.site == site)
      }
      bundles.append(
        Bundle(
          record: record,
          acknowledgements: arrived,
          waitingFor: record.retraction != nil
            ? []
            : record.sites.filter { name in
              (site == nil || name == site) && !arrived.contains { $0.site == name }
            }
        )
      )
    }
    let names = Set(exports.flatMap(\.sites) + known.map(\.site) + receipts.map(\.site))
    for name in names.sorted() where site == nil || site == name {
      let behind = exports.filter { record in
        record.retraction == nil && (record.sites.isEmpty || record.sites.contains(name))
          && !known.contains {
            $0.site == name && $0.stream == record.stream && $0.sequence == record.sequence
          }
      }
      sites.append(
        Site(
          name: name,
          receipt: receipts.first { $0.site == name },
          behind: behind.map(\.name)
        )
      )
    }
    if site == nil { accepted = try depot.catalogue.accepted() }
  }
}
