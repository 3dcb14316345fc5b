internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import SafeIO
internal import Trust

extension TrustGroup {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show every pinned key and what it is pinned for.",
      discussion: """
        Example:
          aptferry trust list

        FOR says which suites a vendor may sign and what they may call themselves,
        which streams an exporter may fill, and what it may vouch for.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let depot = try location.open()
      let records = try depot.catalogue.trust()
      let vendors = try Vendors(depot)
      let revoked = try depot.catalogue.revokedKeys()
      var table = TextTable(["ROLE", "NAME", "FINGERPRINT", "ADDED", "FOR", "USER ID"])
      for record in records {
        table.add([
          record.role.rawValue, TrustText.name(record), record.fingerprint,
          record.added.rfc3339, TrustText.scope(record, vendors), record.userIDs,
        ])
      }
      output.show(
        .array(records.map { TrustText.json($0, vendors) }),
        (records.isEmpty ? ["no keys are pinned"] : table.lines)
          + revoked.map {
            Escaped.line("revoked: \($0.key), \($0.made): \($0.reason) (\($0.source))")
          }
      )
    }
  }
}

/// How pinned keys are shown.
enum TrustText {
  /// The name that a key counts for.
  static func name(_ record: TrustRecord) -> String {
    record.name.isEmpty ? "(any)" : record.name
  }

  /// What a key is pinned for, in one line.
  static func scope(_ record: TrustRecord, _ vendors: Vendors) -> String {
    switch record.role {
    case .site: return "receipts"
    case .exporter:
      let streams = record.streams.isEmpty ? "any stream" : "streams " + list(record.streams)
      return record.mayVouch.isEmpty
        ? streams + "; vouches for nothing" : streams + "; may vouch for " + list(record.mayVouch)
    case .upstream: return suites(record, vendors)
    }
  }

  private static func suites(_ record: TrustRecord, _ vendors: Vendors) -> String {
    if MirrorRecord.isTrustName(record.name) { return "this mirror only" }
    guard !record.name.isEmpty else { return "ANY SUITE (name its vendor: trust edit --name)" }
    let vendor = vendors.record(of: record.name)
    let parts = [
      ("suites", vendor?.suites), ("Origin", vendor?.origins), ("Label", vendor?.labels),
    ].compactMap { name, patterns in
      patterns.flatMap { $0.isEmpty ? nil : "\(name) \(list($0))" }
    }
    guard parts.isEmpty else { return parts.joined(separator: "; ") }
    let seen = Set(vendors.suites(of: record.name).map { "\($0.distribution): \($0.names.text)" })
    return seen.isEmpty
      ? "any suite so far" : "any suite so far; seen: " + seen.sorted().joined(separator: " | ")
  }

  private static func list(_ patterns: [String]) -> String { patterns.joined(separator: " ") }

  static func json(_ record: TrustRecord, _ vendors: Vendors) -> JSONText {
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
