internal import ArgumentParser
internal import Documents
internal import Operations
internal import Publishing
internal import SafeIO

/// `aptferry client-config`.
struct ClientConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client-config",
    abstract: "Write what a machine needs to take publications: sources and keys.",
    discussion: """
      Examples:
        aptferry client-config debian --url http://apt.example/debian \\
            > /etc/apt/sources.list.d/debian.sources
        aptferry client-config debian --url file:/srv/debian --mode verbatim
        aptferry client-config debian --snapshot bookworm-7
        aptferry client-config debian --format dockerfile
        aptferry client-config debian --url https://apt.example/debian \\
            --auth-file auth.conf --login plant-7 --password-file secret
        aptferry client-config debian security acme \\
            --base-url http://apt.example

      Suites, components, architectures and keys are those that are published now.
      Where a vendor's Release file lists indexes that are not here, Targets and
      Languages keep apt from asking for them: Contents, descriptions in other
      languages, and the like. A Release file of the vendor that has an end gets
      Valid-Until-Min, in its own source only, with the reason beside it; so does
      whatever ends in a generation that clients are pinned to. Where the vendor's
      Release does not offer indexes by hash, By-Hash: force has apt ask for them.

      Several publications go into one file; --mode counts for all of them.

      sources     a deb822 file with the keys in it (apt 2.4 and newer)
      list        one line for each suite; the key files are named in it, and in
                  PREFIX/keys of the published tree
      dockerfile  a build stage that writes both and runs apt-get update
      cloud-init  a cloud-config document
      ansible     a list of tasks

      Exit statuses: 2 no such publication, view or distribution; 10 a signing key
      is not pinned here, or the distribution is unsigned; 14 a name in the Release
      file cannot stand in a sources file.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(
    help: ArgumentHelp("The prefix, or several.", valueName: "prefix"),
    completion: Completing.prefixes
  )
  var prefixes: [String]

  @Option(
    help: ArgumentHelp(
      "Where clients reach the prefix: http://apt.example/debian.",
      discussion: "Repeated, in the order of the prefixes. Else what was said with publish --url.",
      valueName: "url"
    )
  )
  var url: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where clients reach all prefixes: http://apt.example for http://apt.example/debian.",
      valueName: "url"
    )
  )
  var baseURL: String?

  #if Network
  @Option(
    help: ArgumentHelp(
      "They are to read the publications at this target (aptferry target list).",
      valueName: "name"
    )
  )
  var target: String?
  #endif

  @Option(
    help: ArgumentHelp(
      "How long after its Date apt takes a Release file that has an end: 180d.",
      discussion: "Else for a year from now.",
      valueName: "time"
    )
  )
  var validUntilMin: String?

  @Option(
    help: ArgumentHelp(
      "Whose signature they check: verbatim (the vendor's) or resigned (this site's).",
      discussion: "Else this site's where it is, and the vendor's elsewhere.",
      valueName: "mode"
    ),
    completion: Completing.modes
  )
  var mode: String?

  @Option(help: ArgumentHelp("Only this distribution (repeated).", valueName: "name"))
  var distribution: [String] = []

  @Option(
    help: ArgumentHelp(
      "Pinned to the newest kept generation with this snapshot.",
      valueName: "name"
    ),
    completion: Completing.snapshots
  )
  var snapshot: String?

  @Option(help: "sources, list, dockerfile, cloud-init or ansible.")
  var format = "sources"

  @Flag(help: "With source packages (deb-src), where they are published.")
  var withSources = false

  @OptionGroup var login: ClientLogin

  func run() throws {
    try checkOptions()
    let now = UTCTime.now()
    guard let format = ClientText.Format(rawValue: format) else {
      throw Failure(
        .usage,
        "arguments",
        "--format is " + ClientText.Format.allCases.map(\.rawValue).joined(separator: ", "),
        subject: format
      )
    }
    let least = try validUntilMin.map { (text) throws(Failure) in try TimeLength.seconds(text) }
    var selection = ClientFacts.Selection()
    selection.mode = try wantedMode()
    selection.distributions = distribution
    selection.snapshot = snapshot
    let session = location.session(output)
    var all: [ClientFacts] = []
    var addresses: [ClientAddress] = []
    var sources: [ClientSource] = []
    for (index, prefix) in prefixes.enumerated() {
      let given = try atTarget(prefix, session) ?? givenAddress(of: prefix, index)
      let facts = try session.clientFacts(of: prefix, selection)
      let address = try given ?? knownAddress(facts)
      all.append(facts)
      addresses.append(address)
      sources += ClientSource.all(
        for: facts,
        at: address,
        withSources: withSources,
        least: least,
        now: now
      )
      if format == .dockerfile, !address.isServed {
        output.note("a build reaches \(address.text) only where it is in the image: take http:")
      }
    }
    try login.write(for: addresses, session)
    let text = ClientText(all, sources)
    for source in sources { note(source) }
    let result = text.text(format)
    output.show(
      ClientConfigText.json(text, format, result),
      [result.hasSuffix("\n") ? String(result.dropLast()) : result]
    )
  }

  /// Checked here and not by the parser, which would complain of these before an unknown option.
  private func checkOptions() throws(Failure) {
    guard !prefixes.isEmpty, Set(prefixes).count == prefixes.count else {
      throw Failure(.usage, "arguments", "name each prefix once")
    }
    guard url.isEmpty || baseURL == nil, [0, prefixes.count].contains(url.count) else {
      throw Failure(
        .usage,
        "arguments",
        "the addresses do not fit the prefixes",
        hint: "give --url for each prefix, in their order, or --base-url for all of them"
      )
    }
    try login.check()
    guard prefixes.count == 1 || distribution.isEmpty && snapshot == nil else {
      throw Failure(.usage, "arguments", "--distribution and --snapshot want a single prefix")
    }
  }

  /// Where clients reach a publication at the target that is named; nil without one.
  private func atTarget(
    _ prefix: String,
    _ session: Session
  ) throws(Failure) -> ClientAddress? {
    #if Network
    guard let target else { return nil }
    guard url.isEmpty, baseURL == nil, snapshot == nil else {
      throw Failure(
        .usage,
        "arguments",
        "--target says the address, and has no addresses of snapshots",
        hint: "leave --url, --base-url and --snapshot out"
      )
    }
    return try ClientAddress(try session.targetAddress(target, of: prefix))
    #else
    return nil
    #endif
  }

  /// Where clients reach a prefix, as the command line says.
  private func givenAddress(of prefix: String, _ index: Int) throws(Failure) -> ClientAddress? {
    if let baseURL { return try ClientAddress(baseURL).below(prefix) }
    return index < url.count ? try ClientAddress(url[index]) : nil
  }

  /// Where clients reach a publication, as somebody has said at a publish.
  private func knownAddress(_ facts: ClientFacts) throws(Failure) -> ClientAddress {
    guard let url = facts.url else {
      throw Failure(
        .usage,
        "url",
        "nobody has said yet where clients reach this publication",
        subject: facts.prefix,
        hint: "say it with --url, as in --url http://apt.example/\(facts.prefix)"
      )
    }
    return try ClientAddress(url)
  }

  private func wantedMode() throws(Failure) -> PublicationMode? {
    guard let mode = try PublicationOptions.mode(mode), mode != .both else {
      guard mode == nil else {
        throw Failure(.usage, "arguments", "--mode is verbatim or resigned", subject: mode)
      }
      return nil
    }
    return mode
  }

  private func note(_ source: ClientSource) {
    let suites = source.suites.joined(separator: ", ")
    switch source.validity {
    case .asStated: break
    case .endsAt(let end): output.note("\(suites): apt refuses the vendor's Release after \(end)")
    case .ending(let more):
      output.note(
        "\(suites): the vendor's Release is valid until \(more.end); Valid-Until-Min lets apt take "
          + "it until \(more.newEnd)"
      )
    case .pinned(let more):
      output.note(
        "\(suites): this generation's Release is valid until \(more.end); Valid-Until-Min lets apt "
          + "take it until \(more.newEnd)"
      )
    case .ended(let more):
      output.note(
        "\(suites): the vendor's Release ended at \(more.end); Valid-Until-Min lets apt take it "
          + "until \(more.newEnd)"
      )
    }
  }
}
