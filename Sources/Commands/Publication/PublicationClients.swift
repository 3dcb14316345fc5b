internal import ArgumentParser
internal import Documents
internal import Operations
internal import SafeIO

extension PublicationGroup {
  struct Clients: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "clients",
      abstract: "Show who fetches which generation, by the server's access log.",
      discussion: """
        Examples:
          aptferry publication clients debian --log /var/log/aptferry/access.log
          aptferry publication clients debian --generation 12 \\
              --log /var/log/aptferry/access.log.1 --log /var/log/aptferry/access.log
          zcat access.log.*.gz | aptferry publication clients debian --log -

        The log is the one that “serve --access-log” writes. NOW AT is the generation
        of the client's last request: who is at a newer one has left the other. A
        client that is pinned to snapshots/NAME stays at its generation.

        Exit statuses: 2 there is no such file.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The prefix.", completion: Completing.prefixes)
    var prefix: String

    @Option(help: ArgumentHelp("Only clients of this generation.", valueName: "number"))
    var generation: UInt64?

    @Option(
      name: .customLong("log"),
      help: ArgumentHelp(
        "An access log; “-” is standard input (repeated, the oldest first).",
        valueName: "file"
      ),
      completion: .file()
    )
    var logs: [String]

    func run() throws {
      let clients = try location.session(output).servedClients(
        prefix,
        generation: generation,
        logs: logs.map { $0 == "-" ? $0 : absolutePath($0) }
      )
      output.show(ServedClientsText.json(prefix, clients), ServedClientsText.lines(clients))
    }
  }
}
