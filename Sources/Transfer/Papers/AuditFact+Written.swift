package import Depot

extension AuditFact.WrittenMedium {
  /// A medium of a bundle as the record of its set has it; `number` counts from 1.
  package init(
    of bundle: ExportRecord,
    _ number: Int,
    of count: Int,
    _ written: MediaSetRecord.Written
  ) {
    self.init(
      of: bundle,
      number: number,
      count: count,
      place: written.place,
      device: AuditFact.NamedDevice(model: written.model, serial: written.serial),
      readBack: written.readBack.rawValue
    )
  }
}
