internal import ArgumentParser
internal import DebianRepository
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry snapshot create`.
struct SnapshotCreate: ParsableCommand, Promising {
  static let afterRefusal = "no snapshot was made"

  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Freeze suites of a mirror, or of an APT tree, or a repository.",
    discussion: """
      Examples:
        aptferry snapshot create bookworm-1 --mirror debian
        aptferry snapshot create updates-1 --mirror debian --suite bookworm-updates
        aptferry snapshot create bookworm-1 --tree /srv/mirror/debian \\
            --upstream debian --suite bookworm --suite bookworm-updates
        aptferry snapshot create tools-3 --tree /srv/tools --suite ./ \\
            --allow-unsigned --make-release
        aptferry snapshot create own-1 --repo tools --suite bookworm

      A mirror's last complete state is frozen at once: it was verified when it was
      fetched. Of a mirror with a filter the snapshot is composed: its suites become
      one, with the name of the first. A tree may come from any tool, or be a
      mounted disc: InRelease (or Release and Release.gpg) is verified with the keys
      pinned as upstream, then every index, then every file they list. What
      --leave-out leaves out is recorded, and shown inside; a stanza that apt itself
      cannot use is passed over anyway.
      A repository of this site (--repo) gets indexes; no vendor vouches for it.

      Exit statuses: 10 not signed by a pinned key; 11 a file is not what the
      indexes say; 12 a suite, index or file is missing; 15 not enough space;
      18 there is another snapshot with that name.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The new snapshot's name.")
  var name: String

  @Option(
    help: ArgumentHelp(
      "The root of the tree: the directory that has dists and pool.",
      valueName: "dir"
    ),
    completion: .directory
  )
  var tree: String?

  @Option(
    help: ArgumentHelp("The mirror to freeze.", valueName: "name"),
    completion: Completing.mirrors
  )
  var mirror: String?

  @Option(
    help: ArgumentHelp("The repository of this site to freeze.", valueName: "name"),
    completion: Completing.repos
  )
  var repo: String?

  @Option(
    help:
      "A suite, as in a sources file; ./ or a path with a slash at its end is flat. Of a mirror: all, when none is named."
  )
  var suite: [String] = []

  @Option(help: ArgumentHelp("Only keys pinned for this upstream count.", valueName: "name"))
  var upstream: String?

  @Option(help: ArgumentHelp("What it is for, in one line; kept beside it.", valueName: "text"))
  var description: String?

  @Flag(help: "Take suites that have no signature; remembered, and shown inside.")
  var allowUnsigned = false

  @Flag(help: "With --allow-unsigned: a suite without a Release file gets one.")
  var makeRelease = false

  @Flag(
    name: .customLong("allow-expired-key"),
    help: "Take what a vendor's key signed before it expired; remembered, and shown."
  )
  var allowExpiredKey = false

  @OptionGroup var leaveOut: LeaveOutOptions

  @Flag(help: "Hard-link the files instead of copying them (same file system).")
  var link = false

  func run() throws {
    let line = output.progress
    defer { line.end() }
    var order = SnapshotOrder(name, from: try source(), suites: suite.map(Distribution.normal))
    order.description = try description.map { try Reason.read($0, of: "--description") }
    order.leaveOut = leaveOut.words
    order.allowsExpiredKeys = allowExpiredKey
    order.makesRelease = makeRelease
    let frozen = try location.session(output, line).createSnapshot(order)
    line.end()
    for note in frozen.notes { output.tell(note) }
    show(frozen, order.description)
  }

  private func source() throws(Failure) -> SnapshotOrder.Source {
    if let repo {
      guard tree == nil, mirror == nil, suite.count <= 1 else {
        throw Failure(.usage, "arguments", "--repo stands alone, with at most one --suite")
      }
      try refuseTreeOptions()
      return .repo(repo)
    }
    guard allowUnsigned || !makeRelease else {
      throw Failure(
        .usage,
        "arguments",
        "--make-release goes with --allow-unsigned: nobody signs what it makes"
      )
    }
    switch (tree, mirror) {
    case (let tree?, nil):
      guard !suite.isEmpty else {
        throw Failure(.usage, "arguments", "name at least one --suite")
      }
      return .tree(
        absolutePath(tree),
        upstream: upstream,
        allowUnsigned: allowUnsigned,
        isLinking: link
      )
    case (nil, let mirror?):
      try refuseTreeOptions()
      return .mirror(mirror)
    default: throw Failure(.usage, "arguments", "name one of --tree, --mirror and --repo")
    }
  }

  private func refuseTreeOptions() throws(Failure) {
    guard upstream == nil, !allowUnsigned, !link, leaveOut.words.isEmpty, !allowExpiredKey else {
      throw Failure(
        .usage,
        "arguments",
        "--upstream, --allow-unsigned, --allow-expired-key, --leave-out and --link go with --tree"
      )
    }
  }

  private func show(_ frozen: FrozenSnapshot, _ description: String?) {
    output.show(
      .object([
        ("snapshot", SnapshotText.json(frozen.snapshot, description)),
        ("new", .bool(frozen.isNew)),
        ("newObjects", .count(frozen.newObjects)),
        ("newBytes", .count(frozen.newBytes)),
        ("notes", JSONDocument.json(frozen.notes)),
      ]),
      SnapshotText.lines(frozen.snapshot, description) + [
        frozen.isNew
          ? "new:     \(Counted.text(frozen.newObjects, "object")), \(ByteSize.text(frozen.newBytes))"
          : "the same snapshot was there already: nothing to do"
      ]
    )
  }
}
