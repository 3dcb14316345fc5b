internal import ArgumentParser
internal import Depot
internal import Documents
internal import Publishing
internal import SafeIO

/// `aptferry publication`.
struct PublicationGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publication",
    abstract: "What is published, and its generations.",
    subcommands: [
      List.self, Show.self, Check.self, History.self, Diff.self, Rollback.self, Edit.self,
      Sign.self, Hold.self, Release.self, Clients.self,
      Remove.self,
    ]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Show all publications.",
      discussion: "Example:\n  aptferry publication list"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let all = try Publications.list(try location.depot(output))
      var table = TextTable(["PREFIX", "GENERATION", "SINCE", "FILES", "SIZE", "SNAPSHOTS"])
      for publication in all {
        let current = publication.current
        table.add([
          publication.prefix, String(current.number), current.made.rfc3339, String(current.files),
          ByteSize.text(current.bytes), current.snapshots.map(\.name).joined(separator: ", "),
        ])
      }
      output.show(
        .object([("publications", .array(all.map(PublicationText.json)))]),
        all.isEmpty ? ["nothing is published"] : table.lines
      )
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show one publication with its generations and suites.",
      discussion: "Example:\n  aptferry publication show debian"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The prefix.", completion: Completing.prefixes)
    var prefix: String

    func run() throws {
      let publication = try Publications.show(prefix, in: try location.depot(output))
      output.show(PublicationText.json(publication), PublicationText.lines(publication))
    }
  }
}
