internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import Documents
internal import SafeIO
internal import Trust

extension TrustGroup {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
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
      let depot = try location.depot(output)
      let records = try depot.catalogue.trust()
      let vendors = try Vendors(depot)
      let revoked = try depot.catalogue.revokedKeys()
      var table = TextTable(["ROLE", "NAME", "FINGERPRINT", "ADDED", "FOR", "USER ID"])
      for record in records {
        table.add([
          record.role.rawValue, TrustText.name(record), record.fingerprint,
          record.added.rfc3339, vendors.scope(of: record), record.userIDs,
        ])
      }
      output.show(
        .object([
          ("keys", .array(records.map { TrustText.json($0, vendors) })),
          (
            "revoked",
            .array(
              revoked.map {
                .object([
                  ("fingerprint", .string($0.key)), ("created", .string($0.made.rfc3339)),
                  ("reason", .string($0.reason)), ("source", .string($0.source)),
                ])
              }
            )
          ),
        ]),
        (records.isEmpty ? ["no keys are pinned"] : table.lines)
          + revoked.map {
            Escaped.line("revoked: \($0.key), \($0.made): \($0.reason) (\($0.source))")
          }
      )
    }
  }
}
