internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import Publishing
internal import SafeIO

/// What the commands that change a publication share.
struct PublicationChangeOptions: ParsableArguments {
  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The prefix.", completion: Completing.prefixes)
  var prefix: String

  @Flag(help: "Say what would be done, and change nothing.")
  var dryRun = false

  /// What was done, here and at the targets where the publication lives.
  func show(_ result: PublicationResult, _ shipping: ShippingOptions) throws(Failure) {
    try shipping.show(result, to: [], isDryRun: dryRun, location, output)
  }

  /// Puts what clients see now to the targets where the publication lives, and says so.
  func ship(_ shipping: ShippingOptions) throws(Failure) {
    if !dryRun { try shipping.follow(prefix, location, output) }
  }

  /// The session of the command.
  var session: Session { location.session(output) }

  /// The change, for whatever reason and of whatever distribution is named.
  func order(_ reason: String, of distribution: String? = nil) -> PublicationOrder {
    var order = PublicationOrder(prefix)
    order.isDryRun = dryRun
    order.reason = reason
    order.distribution = distribution
    return order
  }
}

extension PublicationGroup {
  struct Rollback: ParsableCommand, Promising {
    static let afterRefusal = Publish.afterRefusal

    static let configuration = CommandConfiguration(
      commandName: "rollback",
      abstract: "Give clients an earlier generation back, at once.",
      discussion: """
        Examples:
          aptferry publication rollback debian
          aptferry publication rollback debian --reason "ticket 4711"
          aptferry publication rollback debian --to 3 --reason "nginx 1.22-2 is broken"
          aptferry publication rollback debian --mode resigned --reason "…"

        It becomes the next generation, made from the same snapshots. apt takes no
        Release with an older Date than it has. Under this site's signature the
        Release is therefore written anew, with a Date of now, over the old indexes.
        The vendor's Release cannot be: clients that have updated keep their newer
        lists, and the command says so; --mode resigned signs it here.

        Exit statuses: 2 no such publication, or no such generation is kept.
        """
    )

    @OptionGroup var options: PublicationChangeOptions

    @Option(help: ArgumentHelp("The generation; else the one before.", valueName: "number"))
    var to: UInt64?

    @Option(
      help: ArgumentHelp("Why; the history keeps it.", valueName: "text"),
      transform: Reason.read
    )
    var reason: String = ""

    @Option(
      help: ArgumentHelp(
        "Give it back as verbatim, resigned or both; else as it was.",
        valueName: "mode"
      ),
      completion: Completing.modes
    )
    var mode: String?

    @OptionGroup var shipping: ShippingOptions

    func run() throws {
      let mode = try PublicationOptions.mode(mode)
      let result = try options.session.rollBack(options.order(reason), to: to, mode: mode)
      try options.show(result, shipping)
    }
  }

  struct Edit: ParsableCommand, Promising {
    static let afterRefusal = Publish.afterRefusal

    static let configuration = CommandConfiguration(
      commandName: "edit",
      abstract: "Change how a publication presents itself, with the snapshots that it has.",
      discussion: """
        Examples:
          aptferry publication edit debian --mode resigned --valid-for 30d
          aptferry publication edit debian --distribution bookworm --label Plant-7
          aptferry publication edit debian --signing-key own --signing-key 0123…CDEF \\
            --gnupg-home /root/.gnupg --signed-by      both keys sign: a rotation

        Clients get a new generation, unless nothing changes for them.
        """
    )

    @OptionGroup var options: PublicationChangeOptions

    @Option(help: ArgumentHelp("Only this distribution.", valueName: "name"))
    var distribution: String?

    @Option(
      help: ArgumentHelp("Why; the history keeps it.", valueName: "text"),
      transform: Reason.read
    )
    var reason: String = ""

    @OptionGroup(title: "Settings, kept until they are changed") var settings: PublicationOptions

    @OptionGroup var shipping: ShippingOptions

    func run() throws {
      let result = try options.session.editPublication(
        options.order(reason, of: distribution),
        mode: try settings.publicationMode(),
        settings: try settings.read()
      )
      try options.show(result, shipping)
    }
  }

  struct Remove: ParsableCommand, Promising {
    static let afterRefusal = Publish.afterRefusal

    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Take a publication, or one of its distributions, away from clients.",
      discussion: """
        Examples:
          aptferry publication remove debian --reason "moved to production/debian"
          aptferry publication remove debian --distribution buster --reason "…"

        All generations go with it, and held addresses too; its history stays, and so
        do the snapshots. On a terminal you are asked; elsewhere say --yes.
        """
    )

    @OptionGroup var options: PublicationChangeOptions

    @Option(help: ArgumentHelp("Only this distribution.", valueName: "name"))
    var distribution: String?

    @Option(
      help: ArgumentHelp("Why; the history keeps it.", valueName: "text"),
      transform: Reason.read
    )
    var reason: String = ""

    @OptionGroup var confirmation: ConfirmOptions

    @OptionGroup var shipping: ShippingOptions

    func run() throws {
      if !options.dryRun {
        let what = distribution.map { "its distribution \($0)" } ?? "anything there"
        try confirmation.ask("clients will no longer find \(what)", about: options.prefix)
      }
      if let distribution {
        let result = try options.session.removeDistribution(distribution, options.order(reason))
        for note in result.notes { options.output.tell(note) }
        try options.ship(shipping)
        return options.output.show(
          removal(published: PublicationText.json(result)),
          PublicationText.lines(result)
        )
      }
      let generations = try options.session.removePublication(options.order(reason))
      options.output.show(
        removal(generations: .count(UInt64(generations))),
        [
          Escaped.line(options.prefix)
            + (options.dryRun ? ": would be removed with " : ": removed with ")
            + "\(generations) generation\(generations == 1 ? "" : "s")"
        ]
      )
    }

    /// What was removed: a distribution, which leaves a generation, or all of them.
    private func removal(
      generations: JSONText = .count(0),
      published: JSONText = .null
    ) -> JSONText {
      .object([
        ("prefix", .string(options.prefix)),
        ("distribution", distribution.map { .string($0) } ?? .null),
        ("dryRun", .bool(options.dryRun)),
        ("generations", generations),
        ("published", published),
      ])
    }
  }

  struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "history",
      abstract: "Show what was done to a publication, and why.",
      discussion: "Example:\n  aptferry publication history debian"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(
      help: "The prefix; also of a publication that was removed.",
      completion: Completing.prefixes
    )
    var prefix: String

    func run() throws {
      let events = try location.session(output).publicationHistory(of: prefix)
      var table = TextTable([
        "GENERATION", "MADE", "WHO", "ACTION", "STATE", "SNAPSHOTS", "REASON",
      ])
      for entry in events {
        let event = entry.event
        table.add([
          String(event.number), event.made.rfc3339, entry.who ?? "", event.action.rawValue,
          entry.state ?? "gone", event.snapshots.joined(separator: ", "), event.reason,
        ])
      }
      output.show(
        .object([
          ("prefix", .string(prefix)),
          (
            "events",
            .array(
              events.map { entry in
                let event = entry.event
                return .object([
                  ("generation", .count(event.number)),
                  ("created", .string(event.made.rfc3339)),
                  ("who", entry.who.map { .string($0) } ?? .null),
                  ("action", .string(event.action.rawValue)),
                  ("state", .string(entry.state ?? "gone")),
                  ("snapshots", .array(event.snapshots.map { .string($0) })),
                  ("reason", event.reason.isEmpty ? .null : .string(event.reason)),
                ])
              }
            )
          ),
        ]),
        table.lines
      )
    }
  }
}
