import BundleFormat
import Depot
import SafeIO

// What sites are known to have, put into the ledger.
extension Depot {
  /// Records an export of snapshots.
  func export(
    _ sequence: UInt64,
    _ snapshots: SnapshotRecord...,
    stream: String = "mainland",
    to sites: [String] = ["peak"],
    relied: UInt64 = 0
  ) throws {
    try catalogue.record(
      ExportRecord(
        stream: stream,
        sequence: sequence,
        manifest: digest("\(stream) \(sequence)"),
        created: day(Int64(sequence)),
        snapshots: snapshots.map(\.reference),
        bytes: 10,
        sites: sites,
        relied: relied
      )
    )
  }

  /// Records that a site took bundles in, as somebody typed.
  func vouch(for sequences: UInt64..., site: String = "peak") throws {
    try catalogue.record(
      nil,
      acknowledging: sequences.map { acknowledgement($0, of: site, .typed) }
    )
  }

  /// Records a receipt of a site that acknowledges bundles; a ledger has only verified ones, so
  /// nobody looks at the signature again.
  func addReceipt(
    of site: String = "peak",
    _ snapshots: [SnapshotReference],
    holding contents: [String] = [],
    acknowledging sequences: [UInt64] = []
  ) throws {
    let inventory = ObjectInventory(contents.map { digest($0) }.sorted())
    var receipt = Receipt(
      site: site,
      key: Exporter.third,
      number: 1,
      created: day(20),
      inventory: inventory
    )
    receipt.snapshots = snapshots.map { Receipt.Snapshot(name: $0.name, digest: $0.digest) }
    let text =
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
      + String(decoding: receipt.text, as: UTF8.self)
      + "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n"
    try catalogue.record(
      KeptReceipt(
        site: site,
        number: 1,
        created: day(20),
        learned: day(21),
        signer: Exporter.third,
        text: Array(text.utf8)
      ),
      acknowledging: sequences.map { acknowledgement($0, of: site, .receipt) }
    )
  }

  private func acknowledgement(
    _ sequence: UInt64,
    of site: String,
    _ means: Acknowledgement.Means
  ) -> Acknowledgement {
    Acknowledgement(
      site: site,
      stream: "mainland",
      sequence: sequence,
      manifest: digest("mainland \(sequence)"),
      learned: day(30),
      means: means
    )
  }
}
