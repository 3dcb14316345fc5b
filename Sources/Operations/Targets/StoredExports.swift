internal import BundleFormat
internal import Depot
internal import SafeIO
internal import Transfer

extension MediaChoice {
  /// Chunks in an object store go in one request each, which engines do under a condition.
  static let storedChunkSize: UInt64 = 256 << 20

  /// An object store as a medium: as large as it may be.
  static func store(_ address: String) -> MediaPlan.Medium {
    MediaPlan.Medium(
      kind: StoreAddress.normal(address),
      capacity: 1 << 50,
      fileSystem: .other(block: 4096)
    )
  }

  /// Whether the bundle goes to an object store.
  var isStore: Bool {
    if case .store = place { return true }
    return false
  }
}

extension Job {
  /// Ends what earlier runs of an export to an object store made and did not bring there.
  ///
  /// - Returns: the last of these, when it is what is asked for now; nil when a new bundle is wanted.
  func goOnSending(_ order: ExportSetOrder) throws(Failure) -> ExportSetResult? {
    guard case .store(let address) = order.media.place else { return nil }
    let stream = order.export.stream ?? depot.configuration.site
    var last: (record: ExportRecord, result: ExportSetResult)?
    let place = StoreAddress.normal(address)
    for record in try MediaSetWriting.unsent(stream, to: place, in: depot) {
      session.tell(.note("\(record.name) was made before and is not all there yet: it goes first"))
      let writing = try MediaSetWriting(record.name, in: depot)
      let writer = SetWriter(self, writing, order.media, isDiscarding: false)
      do throws(Failure) {
        _ = try writer.run({ (_) throws(Failure) in .stop }, first: { (_) throws(Failure) in })
      } catch {
        throw error.adding(details: [
          "\(record.name) goes before anything else; to give it up: aptferry ledger retract "
            + "\(record.name) --reason TEXT"
        ])
      }
      last = (
        record,
        ExportSetResult(
          summary: nil,
          digest: writing.digest,
          record: writing.record,
          failures: []
        )
      )
    }
    guard let last, try isAskedFor(last.record, order.export) else { return nil }
    return last.result
  }

  /// Whether a bundle has these snapshots as they are now, for these sites.
  private func isAskedFor(_ record: ExportRecord, _ order: ExportOrder) throws(Failure) -> Bool {
    let wanted = try order.snapshots.map { (name) throws(Failure) in
      SnapshotReference(name: name, digest: try depot.catalogue.snapshot(name).digest)
    }
    return Set(wanted) == Set(record.snapshots) && Set(order.sites) == Set(record.sites)
  }
}
