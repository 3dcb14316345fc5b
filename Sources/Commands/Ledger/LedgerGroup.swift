internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO
internal import Transfer

/// `aptferry ledger`.
struct LedgerGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "What was made, sent, and acknowledged.",
    subcommands: [Show.self, Retract.self]
  )

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show the bundles made here and what each site is behind by; and what came in.",
      discussion: """
        Examples:
          aptferry ledger show
          aptferry ledger show --site island --json
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Only what concerns this site.", completion: Completing.sites)
    var site: String?

    func run() throws {
      let ledger = try LedgerReport(of: location.depot(output), site: site, withMedia: true)
      let isKnown = site.map { name in ledger.sites.contains { $0.name == name } } ?? true
      if let site, !isKnown {
        output.note("note: nothing was made for a site \(site), and no receipt of it was added")
      }
      output.show(LedgerText.json(ledger), LedgerText.lines(ledger))
    }
  }

  struct Retract: ParsableCommand, Promising {
    static let afterRefusal = "the ledger is as it was"

    static let configuration = CommandConfiguration(
      commandName: "retract",
      abstract:
        "Note that a bundle's media are lost: its content is carried again.",
      discussion: """
        Example:
          aptferry ledger retract mainland-000038 --reason "stick destroyed at the gate"

        What a site has acknowledged with a signed receipt stays acknowledged.

        Exit statuses: 2 there is no such bundle.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The bundle, as <stream>-<sequence>.", completion: Completing.bundles)
    var bundle: String

    @Option(help: "Why, for the audit log.", transform: Reason.read)
    var reason: String

    func run() throws {
      let (record, arrived) = try location.session(output).retract(bundle, reason: reason)
      if let before = record.retraction {
        output.note("note: it was retracted before, \(before.time): \(before.reason)")
      }
      if !arrived.isEmpty {
        output.note(
          "note: it stays acknowledged by \(arrived.joined(separator: ", ")), whose receipts say that "
            + "it arrived"
        )
      }
      output.show(
        .object([
          ("bundle", .string(record.name)),
          ("reason", .string(record.retraction?.reason ?? reason)),
          ("acknowledgedBy", .array(arrived.map { .string($0) })),
        ]),
        ["retracted: \(record.name)"]
      )
    }
  }
}
