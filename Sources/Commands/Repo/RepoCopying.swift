internal import ArgumentParser
internal import Composing
internal import Documents
internal import Operations
internal import SafeIO

/// How packages are taken into a repository.
struct RepoCopyArguments: ParsableArguments {
  @Flag(help: "Take the place of packages with the same name, version and architecture.")
  var replace = false

  @Flag(help: "Only say what would be done.")
  var dryRun = false

  /// Takes the packages, and shows them.
  func run(
    _ order: RepoCopyOrder,
    closure: RepoClosureArguments? = nil,
    _ session: Session,
    _ output: OutputOptions
  ) throws {
    var order = order
    (order.isReplacing, order.isDryRun) = (replace, dryRun)
    order.closure = closure?.options
    let outcome = try session.copyToRepo(order) { DependencyText.lines($0) }
    for note in outcome.notes { output.tell(note) }
    for line in outcome.problems.flatMap({ DependencyText.lines($0) }) {
      output.tell(Note(.warning, "unsatisfiable", line))
    }
    output.show(
      RepoText.json(outcome, from: order.origins, isDryRun: dryRun),
      RepoText.lines(outcome, isDryRun: dryRun)
    )
  }
}

/// How what packages need is followed into a repository.
struct RepoClosureArguments: ParsableArguments {
  @Flag(help: "Take all that the packages need, too, as far as it is not in --base.")
  var withDeps = false

  @Option(
    help: ArgumentHelp(
      "With --with-deps: what machines can get besides, which is not taken (repeatable).",
      valueName: "snapshot"
    ),
    completion: Completing.snapshots
  )
  var base: [String] = []

  @Flag(help: "With --with-deps: go on where something that is needed cannot be had, and say so.")
  var keepGoing = false

  func check() throws {
    guard withDeps || base.isEmpty && !keepGoing else {
      throw ValidationError("--base and --keep-going go with --with-deps.")
    }
  }

  /// The options; nil where nothing is followed.
  var options: ClosureOptions? {
    guard withDeps else { return nil }
    var options = ClosureOptions()
    (options.base, options.keepsGoing) = (base, keepGoing)
    return options
  }
}

/// `aptferry repo copy`.
struct RepoCopy: ParsableCommand, Promising {
  static let afterRefusal = "the repositories are as they were"

  static let configuration = CommandConfiguration(
    commandName: "copy",
    abstract: "Copy packages from one repository to another.",
    discussion: """
      Examples:
        aptferry repo copy testing stable 'acme-agent (= 1.2.0-1)'
        aptferry repo copy testing stable '$Source (acme-agent)' --dry-run
        aptferry repo copy testing stable acme-agent --with-deps --base bookworm-1

      Packages keep their entries in the index byte for byte, and their places in the
      pool, and with these the component that they come in.

      Exit statuses: 2 nothing that is asked for is there; 10 the repository takes
      signed uploads only; 12 what a package needs is not there; 18 there is another
      package of the same name, version and architecture.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The repository that has the packages.", completion: Completing.repos)
  var name: String

  @Argument(help: "The repository that gets them.", completion: Completing.repos)
  var destination: String

  @Argument(help: "What is wanted, each query in one argument.")
  var queries: [String]

  @OptionGroup var copying: RepoCopyArguments
  @OptionGroup var closure: RepoClosureArguments

  func validate() throws { try closure.check() }

  func run() throws {
    try copying.run(
      RepoCopyOrder(from: [.repo(name)], to: destination, .queries(queries)),
      closure: closure,
      location.session(output),
      output
    )
  }
}

/// `aptferry repo move`.
struct RepoMove: ParsableCommand, Promising {
  static let afterRefusal = "the repositories are as they were"

  static let configuration = CommandConfiguration(
    commandName: "move",
    abstract: "Move packages from one repository to another.",
    discussion: """
      Example:
        aptferry repo move testing stable 'acme-agent (= 1.2.0-1)'

      As “aptferry repo copy”, and the packages go from the first one, in one step.

      Exit statuses: 2 nothing that is asked for is there; 10 the repository takes
      signed uploads only; 18 there is another package of the same name, version and
      architecture.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The repository that has the packages.", completion: Completing.repos)
  var name: String

  @Argument(help: "The repository that gets them.", completion: Completing.repos)
  var destination: String

  @Argument(help: "What is wanted, each query in one argument.")
  var queries: [String]

  @OptionGroup var copying: RepoCopyArguments

  func run() throws {
    var order = RepoCopyOrder(from: [.repo(name)], to: destination, .queries(queries))
    order.isMoving = true
    try copying.run(order, location.session(output), output)
  }
}

/// `aptferry repo import`.
struct RepoImport: ParsableCommand, Promising {
  static let afterRefusal = "the repository is as it was"

  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take packages of a snapshot or a mirror into a repository.",
    discussion: """
      Examples:
        aptferry repo import tools bookworm-1 'nginx (>= 1.22)'
        aptferry repo import tools bookworm-1 nginx --with-deps --dry-run

      Packages keep their entries in the index byte for byte, and their places in the
      pool. In a snapshot of the repository alone nobody but the site vouches for
      them; “snapshot filter” and “snapshot merge” keep what their vendor signed. A
      name that a snapshot and a mirror have is told apart as snapshot:NAME or
      mirror:NAME.

      Exit statuses: 2 nothing that is asked for is there; 10 the repository takes
      signed uploads only; 12 what a package needs is not there; 18 there is another
      package of the same name, version and architecture.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The repository that gets the packages.", completion: Completing.repos)
  var name: String

  @Argument(help: "The snapshot or the mirror that has them.", completion: Completing.snapshots)
  var source: String

  @Argument(help: "What is wanted, each query in one argument.")
  var queries: [String]

  @OptionGroup var copying: RepoCopyArguments
  @OptionGroup var closure: RepoClosureArguments

  func validate() throws { try closure.check() }

  func run() throws {
    let session = location.session(output)
    try copying.run(
      RepoCopyOrder(from: [try session.importOrigin(source)], to: name, .queries(queries)),
      closure: closure,
      session,
      output
    )
  }
}
