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
        aptferry repo create tools --keyring uploaders.asc

      A repository is a list that changes; “aptferry snapshot create --repo” freezes it.
      With --keyring it takes signed uploads only: a .changes or a .dsc that one of these
      keys signed. “aptferry trust list” shows them; they count for nothing else.
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

  @Option(
    help: ArgumentHelp("A file with the keys of its uploaders (repeatable).", valueName: "file"),
    completion: .file()
  )
  var keyring: [String] = []

  @Flag(help: "Take only what a key signed that is pinned for it.")
  var requireSignature = false

  func run() throws {
    let repo = try location.session(output).createRepo(
      name,
      suite: suite,
      component: component,
      description: try description.map { try Reason.read($0, of: "--description") } ?? "",
      requiresSignature: requireSignature,
      keyrings: keyring.map { .path(absolutePath($0)) }
    )
    output.show(RepoText.json(repo), RepoText.lines(repo))
  }
}

/// `aptferry repo edit`.
struct RepoEdit: ParsableCommand, Promising {
  static let afterRefusal = "the repository is as it was"

  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Change what a repository is called, and what it takes.",
    discussion: """
      Examples:
        aptferry repo edit tools --suite trixie
        aptferry repo edit tools --name site-tools
        aptferry repo edit tools --keyring uploaders.asc
        aptferry repo edit tools --no-require-signature

      Packages that are in it already keep their places in the pool. The keys of
      --keyring take the place of those that were pinned for it.
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

  @Option(name: .customLong("name"), help: "What it is called from now on.")
  var newName: String?

  @Option(
    help: ArgumentHelp("A file with the keys of its uploaders (repeatable).", valueName: "file"),
    completion: .file()
  )
  var keyring: [String] = []

  @Flag(
    inversion: .prefixedNo,
    help: "Take only what a key signed that is pinned for it, or anything."
  )
  var requireSignature: Bool?

  func validate() throws {
    let words = [suite, component, description, newName]
    guard words.contains(where: { $0 != nil }) || !keyring.isEmpty || requireSignature != nil else {
      throw ValidationError(
        "Say what to change: --suite, --component, --description, --name, --keyring or "
          + "--require-signature."
      )
    }
  }

  func run() throws {
    var order = RepoEditOrder(name)
    (order.newName, order.suite, order.component) = (newName, suite, component)
    order.description = try description.map { try Reason.read($0, of: "--description") }
    order.requiresSignature = requireSignature
    order.keyrings = keyring.map { .path(absolutePath($0)) }
    let repo = try location.session(output).editRepo(order)
    output.show(RepoText.json(repo), RepoText.lines(repo))
  }
}

/// `aptferry repo add`.
struct RepoAdd: ParsableCommand, Promising {
  static let afterRefusal = "no package was added"

  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add packages, source packages and uploads, or directories of them.",
    discussion: """
      Examples:
        aptferry repo add tools acme-agent_1.2.0_all.deb
        aptferry repo add tools acme-agent_1.2.0_amd64.changes
        aptferry repo add tools acme-agent_1.2.0.dsc
        aptferry repo add tools /srv/build/out

      Takes .deb, .udeb and .ddeb files; a .dsc with its files, which lie beside it or
      in the repository already; a .changes with all files that it lists, as debuild
      and dpkg-buildpackage leave them; and directories with all of these below them.

      Each file is read to its end: what is damaged, no package, or another file than
      its .changes or .dsc lists is refused, and then nothing is added. A package of a
      name, version and architecture that the repository has with other bytes is
      refused, too: clients would not see that it changed.

      A repository that requires signatures takes a .changes, or a .dsc, that a key
      pinned for it signed, and nothing else. See “aptferry repo create --help”.

      Exit statuses: 10 the signature that the repository requires is missing or does
      not count; 11 a file is no package, damaged or not the one that is listed; 12 a
      listed file is missing; 14 it is larger than is read; 18 another package has
      that name, version and architecture.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The repository's name.", completion: Completing.repos)
  var name: String

  @Argument(help: "Packages, .changes and .dsc files, and directories.", completion: .file())
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

      Without a query the repository itself goes, with the keys that are pinned for it.
      Snapshots of it stay, and keep what they have: where there are some, --force is
      needed. Objects stay until “aptferry depot gc”.

      Exit statuses: 2 a query cannot be understood; 18 there are snapshots of the
      repository.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The repository's name.", completion: Completing.repos)
  var name: String

  @Argument(help: "What is to go, each query in one argument.")
  var queries: [String] = []

  @Flag(help: "Remove a repository of which there are snapshots.")
  var force = false

  @Flag(help: "Only say which packages would go.")
  var dryRun = false

  @OptionGroup var confirmation: ConfirmOptions

  func validate() throws {
    guard queries.isEmpty || !force else {
      throw ValidationError("--force is for a whole repository, not for packages of it.")
    }
    guard !queries.isEmpty || !dryRun else {
      throw ValidationError("--dry-run is for packages: name them with a query.")
    }
  }

  func run() throws {
    let session = location.session(output)
    if queries.isEmpty {
      try confirmation.ask(
        "the repository and its list of packages go; snapshots of it stay",
        about: name
      )
      let repo = try session.removeRepo(name, isForced: force)
      output.show(
        .object([
          ("repo", RepoText.json(repo)), ("added", .array([])), ("removed", .array([])),
          ("unchanged", .array([])), ("ignored", .array([])), ("signedBy", .array([])),
          ("dryRun", .bool(false)),
        ]),
        ["removed: repository \(repo.name)"]
      )
      return
    }
    let outcome = try session.removeFromRepo(name, .queries(queries), isDryRun: dryRun)
    output.show(
      .object(RepoText.members(outcome) + [("dryRun", .bool(dryRun))]),
      RepoText.lines(outcome) + (dryRun ? [RepoText.nothingChanged] : [])
    )
  }
}
