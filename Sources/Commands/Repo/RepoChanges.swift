internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry repo create`.
struct RepoCreate: ParsableCommand, Promising {
  static let afterRefusal = "no repository was made"

  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a repository for the site's own packages.",
    discussion: """
      Examples:
        aptferry repo create tools
        aptferry repo create tools --suite bookworm --component contrib

      A repository is a list that changes; “aptferry snapshot create --repo” freezes it.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The new repository's name.")
  var name: String

  @Option(help: "What the suite of a snapshot of it is called.")
  var suite = "stable"

  @Option(help: "The component that its packages come in.")
  var component = "main"

  @Option(help: ArgumentHelp("What it is for, in one line.", valueName: "text"))
  var description: String?

  func run() throws {
    let repo = try location.session(output).createRepo(
      name,
      suite: suite,
      component: component,
      description: try description.map { try Reason.read($0, of: "--description") } ?? ""
    )
    output.show(RepoText.json(repo), RepoText.lines(repo))
  }
}

/// `aptferry repo edit`.
struct RepoEdit: ParsableCommand, Promising {
  static let afterRefusal = "the repository is as it was"

  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Change what a repository's suite and component are called.",
    discussion: """
      Example:
        aptferry repo edit tools --suite trixie

      Packages that are in it already keep their places in the pool.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The repository's name.", completion: Completing.repos)
  var name: String

  @Option(help: "What the suite of a snapshot of it is called from now on.")
  var suite: String?

  @Option(help: "The component that packages come in from now on.")
  var component: String?

  @Option(help: ArgumentHelp("What it is for, in one line.", valueName: "text"))
  var description: String?

  func validate() throws {
    guard suite != nil || component != nil || description != nil else {
      throw ValidationError("Say what to change: --suite, --component or --description.")
    }
  }

  func run() throws {
    let repo = try location.session(output).editRepo(
      name,
      suite: suite,
      component: component,
      description: try description.map { try Reason.read($0, of: "--description") }
    )
    output.show(RepoText.json(repo), RepoText.lines(repo))
  }
}

/// `aptferry repo add`.
struct RepoAdd: ParsableCommand, Promising {
  static let afterRefusal = "no package was added"

  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add packages: .deb, .udeb and .ddeb files, or directories of them.",
    discussion: """
      Examples:
        aptferry repo add tools acme-agent_1.2.0_all.deb
        aptferry repo add tools /srv/build/out

      Each file is read to its end: what is damaged, or no package, is refused, and then
      none is added. A package of a name, version and architecture that the repository
      has with other bytes is refused, too: clients would not see that it changed.

      Exit statuses: 11 a file is no package, or damaged; 14 it is larger than is read;
      18 there is another package of that name, version and architecture.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The repository's name.", completion: Completing.repos)
  var name: String

  @Argument(help: "Package files, and directories.", completion: .file())
  var files: [String]

  @Flag(help: "Take the place of packages with the same name, version and architecture.")
  var replace = false

  func run() throws {
    let outcome = try location.session(output).addToRepo(
      name,
      files.map(absolutePath),
      replacing: replace
    )
    output.show(RepoText.json(outcome), RepoText.lines(outcome))
  }
}

/// `aptferry repo remove`.
struct RepoRemove: ParsableCommand, Promising {
  static let afterRefusal = "nothing was removed"

  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove packages from a repository, or the repository.",
    discussion: """
      Examples:
        aptferry repo remove tools 'acme-agent (<< 1.2)'
        aptferry repo remove tools

      Without a query the repository itself goes. Snapshots of it stay, and keep what
      they have; objects stay until “aptferry depot gc”.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The repository's name.", completion: Completing.repos)
  var name: String

  @Argument(help: "What is to go, each query in one argument.")
  var queries: [String] = []

  @OptionGroup var confirmation: ConfirmOptions

  func run() throws {
    let session = location.session(output)
    if queries.isEmpty {
      try confirmation.ask(
        "the repository and its list of packages go; snapshots of it stay",
        about: name
      )
      let repo = try session.removeRepo(name)
      output.show(
        .object([
          ("repo", RepoText.json(repo)), ("added", .array([])), ("removed", .array([])),
          ("unchanged", .array([])),
        ]),
        ["removed: repository \(repo.name)"]
      )
      return
    }
    let outcome = try session.removeFromRepo(name, queries)
    output.show(RepoText.json(outcome), RepoText.lines(outcome))
  }
}
