#if Network
internal import ArgumentParser
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry hub`.
struct HubGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub",
    abstract: "Serve many sites: how far each is, and their receipts from an object store.",
    subcommands: [Status.self, Collect.self]
  )

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status",
      abstract: "Show how far each site is behind what was made for it.",
      discussion: """
        Examples:
          aptferry hub status
          aptferry hub status --receipts s3://exchange/receipts
          aptferry hub status --late 14d --json

        A site lacks a bundle that it did not acknowledge and whose snapshots its
        receipt does not name. Its lag is the age of the oldest of these. With
        --receipts the store is listed, and receipts that wait there are named.

        Exit statuses: 12 with --late, a site has lacked something for longer.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Only this site.", completion: Completing.sites)
    var site: String?

    @Option(
      help: ArgumentHelp(
        "A directory of an object store where sites put their receipts.",
        valueName: "s3://bucket/path"
      )
    )
    var receipts: String?

    @Option(
      help: ArgumentHelp(
        "A site that lacks something for longer is late, as 14d.",
        valueName: "time"
      )
    )
    var late: String?

    func run() throws {
      let limit = try late.map { (text) throws(Failure) in try TimeLength.seconds(text) }
      let status = try location.session(output)
        .hubStatus(site: site, receiptsIn: receipts, .here)
      let late = limit.map { status.late(after: $0) }
      output.show(HubText.json(status, late: late), HubText.lines(status, late: late))
      guard let late, !late.isEmpty else { return }
      throw Failure(
        .incomplete,
        "sites-late",
        "\(Counted.text(late.count, "site is", "sites are")) late: " + late.joined(separator: ", "),
        hint: "ask them for a receipt, or whether their media arrived; carry what they lack again: "
          + "aptferry export SNAPSHOT --site SITE --to PLACE"
      )
    }
  }

  struct Collect: ParsableCommand, Promising {
    static let afterRefusal =
      "the ledger has what was taken before, and nothing of what was refused"

    static let configuration = CommandConfiguration(
      commandName: "collect",
      abstract: "Take the newest receipt of each site from an object store into the ledger.",
      discussion: """
        Example:
          aptferry hub collect s3://exchange/receipts

        The receipts are those of “aptferry receipt create --to s3://…” and “aptferry
        import --receipt s3://…”. Each must be signed by the key that is pinned for its
        site. One that is refused hides neither the one before it nor other sites'.

        Exit statuses: 3 no target says how the address is reached; 10, 11, 13 a receipt
        is refused, and the others are taken; 16 the store does not answer.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(
      help: ArgumentHelp("Where the receipts of all sites lie.", valueName: "s3://bucket/path")
    )
    var address: String

    func run() throws {
      let outcome = try location.session(output).addStoredReceipts(in: address, .here)
      output.show(HubText.json(outcome), HubText.lines(outcome))
      if let first = outcome.refused.first { throw first.failure.about(first.place) }
    }
  }
}
#endif
