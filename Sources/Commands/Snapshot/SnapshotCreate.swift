internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import Freezing
internal import Mirroring
internal import Objects
internal import Publishing
internal import SafeIO
internal import Transfer
internal import Trust

/// `aptferry snapshot create`.
struct SnapshotCreate: ParsableCommand, Promising, Audited {
  static let afterRefusal = "no snapshot was made"

  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Freeze suites of a mirror, or of an APT tree on disk.",
    discussion: """
      Examples:
        aptferry snapshot create bookworm-1 --mirror debian
        aptferry snapshot create updates-1 --mirror debian --suite bookworm-updates
        aptferry snapshot create bookworm-1 --tree /srv/mirror/debian \\
            --upstream debian --suite bookworm --suite bookworm-updates
        aptferry snapshot create tools-3 --tree /srv/tools --suite ./ \\
            --allow-unsigned

      A mirror's last complete state is frozen at once: it was verified when it was
      fetched. A tree may come from any tool, or be a mounted disc: InRelease (or
      Release and Release.gpg) is verified with the keys pinned as upstream, then
      every index, then every file they list.

      Exit statuses: 10 not signed by a pinned key; 11 a file is not what the
      indexes say; 12 a suite, index or file is missing; 15 not enough space;
      18 there is another snapshot of that name.
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
    )
  )
  var tree: String?

  @Option(help: ArgumentHelp("The mirror to freeze.", valueName: "name"))
  var mirror: String?

  @Option(
    help:
      "A suite, as in a sources file; ./ or a path with a slash at its end is flat. Of a mirror: all, when none is named."
  )
  var suite: [String] = []

  @Option(help: ArgumentHelp("Only keys pinned for this upstream count.", valueName: "name"))
  var upstream: String?

  @Flag(help: "Take suites that have no signature; remembered, and shown inside.")
  var allowUnsigned = false

  @Flag(help: "Hard-link the files instead of copying them (same file system).")
  var link = false

  var audit: AuditSubject? {
    AuditSubject(
      "snapshot create",
      [
        AuditField("name", [name]), AuditField("mirror", mirror.map { [$0] } ?? []),
        AuditField("tree", tree.map { [absolutePath($0)] } ?? []), AuditField("suites", suite),
      ] + (allowUnsigned ? [AuditField("allow-unsigned", ["yes"])] : [])
    )
  }

  func run() throws {
    switch (tree, mirror) {
    case (let tree?, nil): try freeze(tree)
    case (nil, let mirror?): try freeze(mirror: mirror)
    default: throw Failure(.usage, "arguments", "name either a --tree or a --mirror")
    }
  }

  private func freeze(mirror name: String) throws {
    guard upstream == nil, !allowUnsigned, !link else {
      throw Failure(.usage, "arguments", "--upstream, --allow-unsigned and --link go with --tree")
    }
    let depot = try location.open()
    let (snapshot, isNew) = try MirrorSnapshot.create(
      self.name,
      of: try depot.catalogue.mirror(name),
      suites: suite,
      depot: depot,
      now: .now(),
      facts: AuditTrail.facts
    )
    show(snapshot, isNew, objects: 0, bytes: 0, [])
  }

  private func freeze(_ tree: String) throws {
    guard !suite.isEmpty else {
      throw Failure(.usage, "arguments", "name at least one --suite")
    }
    let now = UTCTime.now()
    let depot = try location.open()
    let keys = try PinnedKeys.read(depot, role: .upstream, name: upstream)
    if let upstream, keys.isEmpty, !allowUnsigned {
      throw Failure(
        .trust,
        "no-upstream-key",
        "no key is pinned for this upstream",
        subject: upstream,
        hint: "aptferry trust list shows the names; pin the vendor's key: aptferry trust add FILE "
          + "--role upstream --name NAME"
      )
    }
    let line = output.progress
    defer { line.end() }
    let vendors = try Vendors(depot)
    var request = FreezeRequest(
      name: name,
      tree: absolutePath(tree),
      suites: suite,
      upstreamKeys: keys,
      allowUnsigned: allowUnsigned,
      ingestion: link ? .link : .copy,
      now: now,
      facts: AuditTrail.facts
    )
    request.judge = vendors.judge(for: depot)
    let outcome = try Freezer.freeze(
      request,
      depot: depot,
      progress: line.sink
    )
    line.end()
    try depot.catalogue.record(outcome.suites.flatMap(vendors.sightings(of:)), seen: now)
    for note in outcome.notes { output.note("note: \(note)") }
    show(
      outcome.snapshot,
      outcome.isNew,
      objects: outcome.newObjects,
      bytes: outcome.newBytes,
      outcome.notes
    )
  }

  private func show(
    _ snapshot: SnapshotRecord,
    _ isNew: Bool,
    objects: UInt64,
    bytes: UInt64,
    _ notes: [String]
  ) {
    output.show(
      .object([
        ("snapshot", SnapshotText.json(snapshot)),
        ("new", .bool(isNew)),
        ("newObjects", .count(objects)),
        ("newBytes", .count(bytes)),
        ("notes", .array(notes.map { .string($0) })),
      ]),
      SnapshotText.lines(snapshot) + [
        isNew
          ? "new:     \(objects) objects, \(ByteSize.text(bytes))"
          : "the same snapshot was there already: nothing to do"
      ]
    )
  }
}
