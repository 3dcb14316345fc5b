internal import DebianRepository
package import Depot
internal import SafeIO
package import Trust

/// How pinned keys are shown.
package enum TrustText {
  /// The name that a key counts for.
  package static func name(_ record: TrustRecord) -> String {
    record.name.isEmpty ? "(any)" : record.name
  }

  package static func json(_ record: TrustRecord, _ vendors: Vendors) -> JSONText {
    func strings(_ values: [String]) -> JSONText { .array(values.map { .string($0) }) }
    let vendor = record.role == .upstream ? vendors.record(of: record.name) : nil
    let seen = record.role == .upstream ? vendors.suites(of: record.name) : []
    return .object([
      ("role", .string(record.role.rawValue)), ("name", .string(record.name)),
      ("fingerprint", .string(record.fingerprint)),
      ("userIDs", strings(record.userIDs.split(separator: "\n").map { String($0) })),
      ("added", .string(record.added.rfc3339)),
      ("suites", strings(vendor?.suites ?? [])), ("origins", strings(vendor?.origins ?? [])),
      ("labels", strings(vendor?.labels ?? [])),
      ("streams", strings(record.streams)), ("mayVouch", strings(record.mayVouch)),
      (
        "seen",
        .array(
          seen.map { suite in
            .object([
              ("distribution", .string(suite.distribution)),
              ("origin", .string(suite.names.origin)),
              ("label", .string(suite.names.label)), ("suite", .string(suite.names.suite)),
              ("codename", .string(suite.names.codename)),
            ])
          }
        )
      ),
    ])
  }
}
