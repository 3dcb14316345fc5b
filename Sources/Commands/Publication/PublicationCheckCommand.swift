internal import ArgumentParser
internal import Documents
internal import Operations
internal import Publishing
internal import SafeIO

extension PublicationGroup {
  /// `aptferry publication check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Ask the published tree what clients ask, and say what they miss.",
      discussion: """
        Examples:
          aptferry publication check debian
          aptferry publication check debian --configured     for a timer
          aptferry publication check debian --json

        Each Release file is taken as apt takes it, with the keys that clients have.
        Then all that it lists is asked for that apt, apt-file, appstream and
        command-not-found know: Packages, Sources, Translation, Contents, Commands,
        Components and icons, for the components and architectures that are here, by
        hash and by name, in every compression. Each file is hashed.

        What Release lists and the tree does not have is an error of apt-get update
        for each client that asks. With the file that client-config writes clients do
        not ask: --configured checks only what these ask for.

        Exit statuses: 0 every question is answered; 2 no such publication; 10 the key
        with which clients check is not known here; 11 a file is not what Release
        lists, or a Release file is not what clients take; 12 a file is listed and not
        there.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The prefix.", completion: Completing.prefixes)
    var prefix: String

    @Option(
      help: ArgumentHelp(
        "Only clients that check this signature: verbatim (the vendor's) or resigned (this site's).",
        valueName: "mode"
      )
    )
    var mode: String?

    @Flag(help: "Only what clients with the file of client-config ask for.")
    var configured = false

    func run() throws {
      let mode = try PublicationOptions.mode(mode)
      let report = try location.session(output).checkPublication(prefix, mode: mode)
      output.show(
        ServedText.json(report, configured: configured),
        ServedText.lines(report, configured: configured)
      )
      try report.requireGood(configured: configured)
    }
  }
}
