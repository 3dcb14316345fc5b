package import BundleFormat
package import SafeIO

extension BundleWriter {
  /// What the manifest says beside what follows from the plan.
  package struct Description: Sendable {
    package let stream: String
    package let sequence: UInt64
    package let created: UTCTime
    /// From when on importers refuse it; nil for never.
    package let expires: UTCTime?
    package let previous: SHA256Digest?
    /// The sites that it is for; empty for any.
    package let sites: [String]
    /// The snapshots that the receivers are relied on to have.
    package let bases: [SHA256Digest]
    /// How many files have no place in it, since the receivers are relied on to have them.
    package let relied: UInt64
    /// Snapshots of earlier bundles that are gone.
    package let retired: [Receipt.Snapshot]
    /// How far the exporter's and the sites' audit logs had come.
    package let knownAudit: [Receipt.AuditHead]
    package let keyStatements: [[UInt8]]
    package let snapshots: [Manifest.Snapshot]
    /// Which parity it gets; nil for none.
    package var parity: ParityOrder?

    package init(
      stream: String,
      sequence: UInt64,
      created: UTCTime,
      expires: UTCTime? = nil,
      previous: SHA256Digest?,
      sites: [String] = [],
      bases: [SHA256Digest] = [],
      relied: UInt64 = 0,
      retired: [Receipt.Snapshot] = [],
      knownAudit: [Receipt.AuditHead] = [],
      keyStatements: [[UInt8]] = [],
      snapshots: [Manifest.Snapshot],
      parity: ParityOrder? = nil
    ) {
      self.retired = retired
      self.knownAudit = knownAudit
      self.keyStatements = keyStatements
      self.sites = sites
      self.bases = bases
      self.relied = relied
      self.stream = stream
      self.sequence = sequence
      self.created = created
      self.expires = expires
      self.previous = previous
      self.snapshots = snapshots
      self.parity = parity
    }

    /// The directory that the finished bundle has on the medium.
    package var directory: String { BundleName.directory(stream: stream, sequence: sequence) }
  }
}
