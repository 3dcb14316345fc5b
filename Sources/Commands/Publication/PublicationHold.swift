internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO

extension PublicationGroup {
  struct Hold: ParsableCommand, Promising {
    static let afterRefusal = Publish.afterRefusal

    static let configuration = CommandConfiguration(
      commandName: "hold",
      abstract: "Keep the address of a snapshot until it is released.",
      discussion: """
        Examples:
          aptferry publication hold debian base-2026-11 --reason "plant 7, until 2031"
          aptferry client-config debian --snapshot base-2026-11

        Clients that are pinned to PREFIX/snapshots/NAME find what they found, however
        much is published at the prefix, and “depot gc --keep” leaves it. Without a
        hold the address ends with the generations that are kept; publish says so.

        Exit statuses: 2 no such publication or address.
        """
    )

    @OptionGroup var options: PublicationChangeOptions

    @Argument(help: "The snapshot's name.")
    var name: String

    @Option(
      help: ArgumentHelp("Why; the history keeps it.", valueName: "text"),
      transform: Reason.read
    )
    var reason: String = ""

    func run() throws {
      let held = try options.session.holdAddress(of: name, options.order(reason))
      options.output.show(
        PublicationText.json(held, isDryRun: options.dryRun),
        [
          Escaped.line(
            "\(held.prefix)/snapshots/\(held.snapshot): "
              + (options.dryRun ? "would be held" : "held since \(held.made)")
          )
        ]
      )
    }
  }

  struct Release: ParsableCommand, Promising {
    static let afterRefusal = Publish.afterRefusal

    static let configuration = CommandConfiguration(
      commandName: "release",
      abstract: "Let the address of a snapshot end with its generations again.",
      discussion: """
        Example:
          aptferry publication release debian base-2026-11 --reason "plant 7 is gone"

        Nothing changes at once: the next publish or “depot gc --keep” may end it.

        Exit statuses: 2 no such publication, or the address is not held.
        """
    )

    @OptionGroup var options: PublicationChangeOptions

    @Argument(help: "The snapshot's name.")
    var name: String

    @Option(
      help: ArgumentHelp("Why; the history keeps it.", valueName: "text"),
      transform: Reason.read
    )
    var reason: String = ""

    func run() throws {
      try options.session.releaseAddress(of: name, options.order(reason))
      options.output.show(
        .object([
          ("prefix", .string(options.prefix)), ("snapshot", .string(name)),
          ("dryRun", .bool(options.dryRun)),
        ]),
        [
          Escaped.line(
            "\(options.prefix)/snapshots/\(name): "
              + (options.dryRun ? "would be released" : "not held any more")
          )
        ]
      )
    }
  }
}
