internal import ArgumentParser
internal import Depot
internal import Documents
internal import OpenPGP
internal import Operations
internal import SafeIO
internal import Trust

/// `aptferry init`.
struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a depot with a signing key of its own.",
    discussion: """
      Examples:
        aptferry init --site outside
        aptferry init --depot /srv/ferry --public /srv/www/apt --site plant-7
        aptferry init --signing-key 0123…CDEF --gnupg-home /root/.gnupg

      The key is Ed25519, without passphrase, in a private GnuPG home in the
      depot. Run again after an interruption, it goes on where it stopped.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "The site's name, also the name of its stream of bundles.")
  var site = "depot"

  @Option(
    name: .customLong("public"),
    help: ArgumentHelp("Where publications lie, instead of <depot>/public.", valueName: "dir"),
    completion: .directory
  )
  var publicDirectory: String?

  @Option(
    help: ArgumentHelp(
      "Sign with this existing key (40 digits) instead of a new one.",
      valueName: "fpr"
    )
  )
  var signingKey: String?

  @Option(
    help: ArgumentHelp(
      "The GnuPG home that has the existing key (agent or token).",
      valueName: "dir"
    ),
    completion: .directory
  )
  var gnupgHome: String?

  @Option(
    name: .customLong("upstream-policy"),
    help: "pinned: a vendor's key must be pinned here; recorded: believe the exporter's check."
  )
  var upstreamPolicy: String = "pinned"

  /// What `aptferry.conf` says of the depot that it names, and of no other.
  private var configuredPublicDirectory: String? {
    let configuration = Surroundings.current.configuration
    guard location.path == configuration.value(.depot) else { return nil }
    return configuration.value(.publicDirectory)
  }

  func run() throws {
    guard let policy = DepotConfiguration.UpstreamPolicy(rawValue: upstreamPolicy) else {
      throw Failure(
        .usage,
        "arguments",
        "--upstream-policy is pinned or recorded",
        subject: upstreamPolicy
      )
    }
    guard (signingKey == nil) == (gnupgHome == nil) else {
      throw Failure(.usage, "arguments", "--signing-key and --gnupg-home go together")
    }
    let existing = try signingKey.map { text in
      guard let fingerprint = Fingerprint(human: text) else {
        throw Failure(
          .usage,
          "arguments",
          "--signing-key takes the 40 digits of a fingerprint",
          subject: text
        )
      }
      return DepotIdentity.Existing(fingerprint: fingerprint, home: absolutePath(gnupgHome ?? ""))
    }
    var new = NewDepot(site: site)
    new.publicDirectory = publicDirectory.map(absolutePath) ?? configuredPublicDirectory
    new.upstream = policy
    new.existing = existing
    let (depot, key) = try location.session(output).createDepot(new)
    output.note("next: the other side pins this key: aptferry key export FILE")
    output.note("next: pin the keys that count here: aptferry trust add --help")
    output.show(
      .object([
        ("depot", .string(depot.root.path)),
        ("site", .string(depot.configuration.site)),
        ("public", .string(depot.publicPath)),
        ("fingerprint", .string(key.fingerprint.text)),
      ]),
      [
        "depot:       \(Escaped.line(depot.root.path))",
        "site:        \(depot.configuration.site)",
        "public:      \(Escaped.line(depot.publicPath))",
        "signing key: \(key.fingerprint.grouped)",
      ]
    )
  }
}
