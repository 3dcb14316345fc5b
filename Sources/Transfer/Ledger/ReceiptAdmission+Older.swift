internal import BundleFormat
internal import SafeIO

/// Bundles that a site took in although they were older than what it had.
extension ReceiptAdmission {
  /// How many are told one by one: a receipt may name 10,000, each with a reason of 500 bytes.
  private static let mostTold = 20

  /// What people should know of them: the last decisions, and how many there were before.
  static func older(in receipt: Receipt) -> [Note] {
    let told = receipt.older.suffix(mostTold)
    var notes = told.map { bundle in
      Note.note(
        "\(receipt.site) took in \(bundle.stream) \(bundle.sequence) although it was older: "
          + bundle.reason
      )
    }
    let more = receipt.older.count - told.count
    if more > 0 { notes.append("and \(more) more older bundles, which it took in before these") }
    return notes
  }
}
