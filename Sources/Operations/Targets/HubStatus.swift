internal import Depot
package import SafeIO
package import Transfer

/// How far each site is, and which receipts wait in an object store.
package struct HubStatus: Sendable {
  package let report: HubReport
  /// When it was asked.
  package let now: UTCTime
  /// Of each site the newest receipt in the store that is not in the ledger.
  package let waiting: [String: StoredReceiptName]

  /// The sites that have lacked something for longer than so many seconds.
  package func late(after seconds: Int64) -> [String] {
    report.sites.filter { $0.lag(at: now) > seconds }.map(\.name)
  }
}

extension Session {
  /// Says how far each site is behind; with an address, also whose receipts wait there.
  ///
  /// A receipt in a store is a file that somebody put there: only its name is looked at.
  package func hubStatus(
    site: String? = nil,
    receiptsIn address: String? = nil,
    _ around: StoreSurroundings
  ) throws(Failure) -> HubStatus {
    let depot = try depot()
    let report = try reading { () throws(Failure) in try HubReport(of: depot, site: site) }
    let waiting = try address.map { (address) throws(Failure) in
      try self.waiting(for: report, in: address, depot, around)
    }
    return HubStatus(report: report, now: now, waiting: waiting ?? [:])
  }

  private func waiting(
    for report: HubReport,
    in address: String,
    _ depot: Depot,
    _ around: StoreSurroundings
  ) throws(Failure) -> [String: StoredReceiptName] {
    #if Network
    let place = try StorePlace(address, depot, around)
    let list = try interruption.govern { () throws(Failure) in
      try StoredReceiptList(in: place)
    }
    var waiting: [String: StoredReceiptName] = [:]
    for site in report.sites {
      guard let newest = list.newest[site.name]?.last else { continue }
      if let receipt = site.receipt, newest.names(receipt.text) { continue }
      waiting[site.name] = newest
    }
    return waiting
    #else
    throw Session.noNetwork(address)
    #endif
  }
}
