internal import ArgumentParser
internal import Documents
internal import Operations
internal import Publishing
internal import SafeIO

extension PublicationGroup {
  struct Sign: ParsableCommand, Promising {
    static let afterRefusal =
      "every Release that apt gets is signed, as before or anew; the next command that changes the "
      + "depot finishes what has begun"

    static let configuration = CommandConfiguration(
      commandName: "sign",
      abstract: "Sign generations anew with the keys that sign now.",
      discussion: """
        Examples:
          aptferry publication sign debian --reason "the depot has another key"
          aptferry publication sign debian --generation 3 --reason "ticket 4711"

        After “key rotate”, or when “publication edit” dropped a key: the current
        generation and those that are kept (snapshots/NAME) get the signatures of
        the keys of now. Indexes, Release, its Date and its end stay as they are. A
        generation that these keys signed, and they alone, is left as it is.

        Exit statuses: 2 no such publication or generation, or nothing in it is
        signed by this site; 3 a secret key is not at hand.
        """
    )

    @OptionGroup var options: PublicationChangeOptions

    @Option(help: ArgumentHelp("Only this generation; repeated. Else all.", valueName: "number"))
    var generation: [UInt64] = []

    @Option(
      help: ArgumentHelp("Why; the history keeps it.", valueName: "text"),
      transform: Reason.read
    )
    var reason: String

    @OptionGroup var shipping: ShippingOptions

    func run() throws {
      let result = try options.session.signPublication(options.order(reason), only: generation)
      for note in result.notes { options.output.tell(note) }
      try options.ship(shipping)
      options.output.show(SigningText.json(result), SigningText.lines(result))
    }
  }
}
