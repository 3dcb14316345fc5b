internal import ArgumentParser
internal import Depot
internal import Publishing
internal import SafeIO

extension PublicationGroup {
  struct Sign: ParsableCommand, Promising, Audited {
    static let afterRefusal =
      "every Release that apt gets is signed, as before or anew; the next command that changes the "
      + "depot finishes what has begun"

    static let configuration = CommandConfiguration(
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

    var location: DepotOptions { options.location }

    var audit: AuditSubject? {
      options.audit(
        "publication sign",
        [AuditField("generation", generation.map { String($0) })],
        reason: reason
      )
    }

    func run() throws {
      let result = try options.run("publication sign") { publisher, change, _ in
        var change = change
        change.reason = reason
        return try publisher.sign(change, only: generation)
      }
      for note in result.notes { options.output.note("note: \(Escaped.line(note))") }
      options.output.show(SigningText.json(result), SigningText.lines(result))
    }
  }
}

/// How it is shown what was signed anew.
private enum SigningText {
  static func json(_ result: SigningResult) -> JSONText {
    .object([
      ("prefix", .string(result.prefix)),
      ("dryRun", .bool(result.isDryRun)),
      ("keys", .array(result.keys.map { .string($0) })),
      ("signed", .count(UInt64(result.count))),
      (
        "generations",
        .array(
          result.generations.map { generation in
            .object([
              ("generation", .count(generation.number)),
              ("state", .string(generation.state.rawValue)),
              ("distributions", .array(generation.distributions.map { .string($0) })),
              ("before", .array(generation.before.map { .string($0) })),
              ("signedAnew", .bool(generation.isSignedAnew)),
            ])
          }
        )
      ),
      ("notes", .array(result.notes.map { .string($0) })),
    ])
  }

  static func lines(_ result: SigningResult) -> [String] {
    var lines = ["prefix:  \(result.prefix)"] + result.keys.map { "key:     \($0)" }
    for generation in result.generations {
      let what =
        generation.isSignedAnew
        ? (result.isDryRun ? "would be signed anew" : "signed anew")
          + ", was signed by \(generation.before.joined(separator: ", "))"
        : "signed by these keys already"
      lines.append(
        "\(generation.state.rawValue): generation \(generation.number), "
          + "\(generation.distributions.joined(separator: ", ")): \(what)"
      )
    }
    return lines.map { Escaped.line($0) }
  }
}
