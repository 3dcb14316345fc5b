internal import ArgumentParser
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry metapackage`.
struct MetapackageGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metapackage",
    abstract: "Packages that bring other packages.",
    subcommands: [MetapackageBuild.self]
  )
}

/// `aptferry metapackage build`.
struct MetapackageBuild: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Make the .deb of a package that needs others.",
    discussion: """
      Examples:
        aptferry metapackage build debian/control --to out
        aptferry metapackage build site-web.list --package-version 1.0 \\
            --maintainer 'Site <site@example.org>'
        aptferry metapackage build debian/control --pin bookworm-1 --repo own

      The file is a control file as debhelper and equivs have it, or a list: a
      package a line, perhaps with “(>= version)” or “a | b”, comments behind “#”. A
      changelog lies beside it under that name, or its field Changelog has it or
      names it; a copyright in the same way, and one is written where there is
      none.

      The same file gives the same bytes: all times are those of the changelog,
      else of SOURCE_DATE_EPOCH. --pin writes “(= version)” into Depends and
      Pre-Depends, with the versions that a solver chooses from the snapshot, and
      refuses what the snapshot cannot satisfy. A depot is needed for --pin and
      --repo alone.

      Exit statuses: 2 the file is refused, with the line; 12 the snapshot lacks
      something, and each is shown; 14 the file is too large; 18 another package of
      that name and version is there.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The control file or the list.", completion: .file())
  var file: String

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp("The directory for it, by default this one.", valueName: "dir"),
    completion: .directory
  )
  var directory: String?

  @Option(
    help: ArgumentHelp("Put it into this repository of the depot instead.", valueName: "name"),
    completion: Completing.repos
  )
  var repo: String?

  @Option(
    help: ArgumentHelp(
      "Write the versions of this snapshot (repeatable).",
      valueName: "snapshot"
    ),
    completion: Completing.snapshots
  )
  var pin: [String] = []

  @Option(help: "With --pin: for machines of this architecture (repeatable); else of all.")
  var architecture: [String] = []

  @Option(help: "The name of a list's package, by default the list's own.")
  var name: String?

  @Option(help: ArgumentHelp("The version, where the file says none.", valueName: "version"))
  var packageVersion: String?

  @Option(help: "The maintainer, where the file names none, as 'Name <mail>'.")
  var maintainer: String?

  @Option(help: "The one line of the description, where the file has none.")
  var description: String?

  @Flag(help: "Replace a file of the same name that has other bytes.")
  var replace = false

  @Flag(help: "Write nothing; show the control file.")
  var dryRun = false

  func run() throws {
    var order = MetapackageOrder(file: file)
    order.name = name
    order.version = packageVersion
    order.maintainer = maintainer
    order.synopsis = description
    order.time = try SourceDate.time()
    order.pins = pin
    order.architectures = architecture
    order.destination = dryRun ? nil : try destination()
    order.isReplacing = replace
    let result = try location.session(output).buildMetapackages(order)
    output.show(MetapackageText.json(result), MetapackageText.lines(result, isDryRun: dryRun))
    try result.requireSatisfied()
  }

  private func destination() throws(Failure) -> MetapackageOrder.Destination {
    guard let repo else { return .directory(directory ?? ".") }
    guard directory == nil else {
      throw Failure(
        .usage,
        "arguments",
        "--to and --repo exclude each other",
        hint: "leave one of them out"
      )
    }
    return .repo(repo)
  }
}
