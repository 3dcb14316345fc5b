internal import DebianRepository
package import Depot

extension Vendors {
  /// What a key is pinned for, in one line, for people.
  package func scope(of record: TrustRecord) -> String {
    switch record.role {
    case .site: return "receipts"
    case .uploader:
      return record.name.isEmpty ? "uploads to any repository" : "uploads to \(record.name)"
    case .exporter:
      let streams =
        record.streams.isEmpty ? "any stream" : "streams " + record.streams.joined(separator: " ")
      let vouching =
        record.mayVouch.isEmpty
        ? "vouches for nothing" : "may vouch for " + record.mayVouch.joined(separator: " ")
      return streams + "; " + vouching
    case .upstream: return suitesText(of: record)
    }
  }

  private func suitesText(of record: TrustRecord) -> String {
    if MirrorRecord.isTrustName(record.name) { return "this mirror only" }
    guard !record.name.isEmpty else { return "ANY SUITE (name its vendor: trust edit --name)" }
    let vendor = self.record(of: record.name)
    let parts = [
      ("suites", vendor?.suites), ("Origin", vendor?.origins), ("Label", vendor?.labels),
    ].compactMap { name, patterns in
      patterns.flatMap { $0.isEmpty ? nil : "\(name) \($0.joined(separator: " "))" }
    }
    guard parts.isEmpty else { return parts.joined(separator: "; ") }
    let seen = Set(suites(of: record.name).map { "\($0.distribution): \($0.names.text)" })
    return seen.isEmpty
      ? "any suite so far" : "any suite so far; seen: " + seen.sorted().joined(separator: " | ")
  }
}
