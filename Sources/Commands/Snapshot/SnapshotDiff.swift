internal import ArgumentParser
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry snapshot diff`.
struct SnapshotDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "What changed between two snapshots, package by package.",
    discussion: """
      Examples:
        aptferry snapshot diff bookworm-1 bookworm-2
        aptferry snapshot diff bookworm-1 bookworm-2 --suite bookworm-security --json

      For each suite and architecture: packages that are new (+), upgraded (^),
      downgraded (v), removed (-), and those whose version is the same but whose
      content is not (!), which a vendor must not do.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The snapshot before.", completion: Completing.snapshots)
  var before: String

  @Argument(help: "The snapshot after.", completion: Completing.snapshots)
  var after: String

  @Option(help: "Only this suite (repeatable).")
  var suite: [String] = []

  func run() throws {
    let differences = try location.session(output).compareSnapshots(before, after, suites: suite)
    output.show(
      .object([
        ("before", .string(before)), ("after", .string(after)),
        ("differences", DifferenceText.json(differences)),
      ]),
      DifferenceText.lines(differences)
    )
  }
}
