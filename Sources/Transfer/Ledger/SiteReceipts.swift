internal import BundleFormat
internal import Depot
internal import OpenPGP
internal import SafeIO

/// The receipts that sites sent, as they are kept in the ledger: checked when they were added.
enum SiteReceipts {
  /// The newest receipt of a site; nil when none was added.
  static func newest(of site: String, in depot: Depot) throws(Failure) -> Receipt? {
    guard let kept = try depot.catalogue.receipt(of: site) else { return nil }
    let parts = try ClearsignedMessage.split(kept.text, name: "the receipt of \(site)")
    return try Receipt(text: parts.text)
  }
}
