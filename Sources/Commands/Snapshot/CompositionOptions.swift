internal import ArgumentParser
internal import Composing
internal import Documents
internal import Operations
internal import SafeIO

/// What composed snapshots have in common.
struct CompositionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the new snapshot's only suite is called; else as the first suite of the first source.",
      valueName: "name"
    )
  )
  var suite: String?

  @Option(
    help: ArgumentHelp(
      "How the indexes are compressed: xz, gz, zst or none; may be repeated. (default: xz)",
      valueName: "form"
    ),
    completion: .list(CompositionOrder.compressions)
  )
  var compression: [String] = []

  @Option(help: ArgumentHelp("What it is for, in one line; kept beside it.", valueName: "text"))
  var description: String?

  /// Makes the snapshot and shows it.
  func compose(
    _ order: CompositionOrder,
    _ session: Session,
    _ output: OutputOptions
  ) throws {
    var order = order
    order.suite = suite
    order.compressions = compression
    order.description = try description.map { try Reason.read($0, of: "--description") }
    let outcome = try session.compose(order) { DependencyText.lines($0) }
    for note in outcome.notes { output.tell(note) }
    for line in outcome.problems.flatMap({ DependencyText.lines($0) }) {
      output.tell(Note(.warning, "unsatisfiable", line))
    }
    output.show(
      .object([
        ("snapshot", SnapshotText.json(outcome.snapshot, order.description)),
        ("new", .bool(outcome.isNew)),
        ("packages", .count(UInt64(outcome.packages))),
        ("ownPackages", .count(UInt64(outcome.ownPackages))),
        ("problems", .array(outcome.problems.map { DependencyText.json($0) })),
        ("notes", JSONDocument.json(outcome.notes)),
      ]),
      SnapshotText.lines(outcome.snapshot, order.description) + [
        "has:     \(outcome.packages) packages"
          + (outcome.ownPackages > 0
            ? ", \(outcome.ownPackages) of which no vendor vouches for" : ""),
        outcome.isNew
          ? "new:     made now" : "the same snapshot was there already: nothing to do",
      ]
    )
  }
}
