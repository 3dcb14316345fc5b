#if Network
internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry token`.
struct TokenGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "What programs show to the server instead of a password.",
    subcommands: [Create.self, List.self, Remove.self]
  )

  struct Create: ParsableCommand, Promising {
    static let afterRefusal = "there is no new token"

    static let configuration = CommandConfiguration(
      commandName: "create",
      abstract: "Make a token and show it, once.",
      discussion: """
        Examples:
          aptferry token create ci --role release --prefix staging --expires 90d
          aptferry token create nightly --role read

        The token is the only line of the result. The depot keeps its SHA-256 alone:
        who loses it makes another one. A client sends it as “Authorization: Bearer
        TOKEN”, or as the password beside the token's name.

        read      fetch what is published
        operate   the same, and change mirrors, snapshots, repositories and files
        release   the same, and publish, switch and roll back

        A prefix limits what is fetched and what is published; what operates does so
        for the whole depot.

        Exit statuses: 2 a name or a prefix cannot be; 18 there is one of that name.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "What it is called.")
    var name: String

    @Option(help: "read, operate or release.")
    var role: String

    @Option(
      name: .customLong("prefix"),
      help: ArgumentHelp(
        "Where it fetches and publishes: debian, or debian/* for all below (repeated).",
        discussion: "Else everywhere.",
        valueName: "prefix"
      ),
      completion: Completing.prefixes
    )
    var prefixes: [String] = []

    @Option(
      help: ArgumentHelp(
        "For how long it counts, as 90d, or until when, as 2031-01-01T00:00:00Z.",
        discussion: "Else until it is removed.",
        valueName: "time"
      )
    )
    var expires: String?

    func run() throws {
      guard let role = AccessToken.Role(rawValue: role) else {
        throw Failure(
          .usage,
          "arguments",
          "--role is " + AccessToken.Role.allCases.map(\.rawValue).joined(separator: ", "),
          subject: role
        )
      }
      let session = location.session(output)
      var order = TokenOrder(name, role: role)
      order.prefixes = prefixes
      order.expires = try expires.map { (text) throws(Failure) in
        if let time = UTCTime(rfc3339: text) { return time }
        return session.now.adding(seconds: try TimeLength.seconds(text))
      }
      let (token, secret) = try session.createToken(order)
      output.show(
        .object([
          ("token", TokenText.json(token, now: session.now)), ("secret", .string(secret)),
        ]),
        [secret]
      )
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Show all tokens, without their secrets.",
      discussion: "Example:\n  aptferry token list"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let session = location.session(output)
      let tokens = try session.tokens()
      output.show(
        .object([("tokens", .array(tokens.map { TokenText.json($0, now: session.now) }))]),
        TokenText.table(tokens, now: session.now)
      )
    }
  }

  struct Remove: ParsableCommand, Promising {
    static let afterRefusal = "the token still counts"

    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Remove a token: the server does not know it from the next request on.",
      discussion: """
        Example:
          aptferry token remove ci

        Exit statuses: 2 there is no such token.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var confirmation: ConfirmOptions

    @Argument(help: "The token's name.")
    var name: String

    func run() throws {
      try confirmation.ask("whoever uses this token gets no answer from now on", about: name)
      let session = location.session(output)
      let token = try session.removeToken(name)
      output.show(
        .object([("token", TokenText.json(token, now: session.now))]),
        [Escaped.line("\(token.name): removed")]
      )
    }
  }
}
#endif
