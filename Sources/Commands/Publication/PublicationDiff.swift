internal import ArgumentParser
internal import Comparison
internal import Depot
internal import Publishing
internal import SafeIO

extension PublicationGroup {
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What clients gain, lose and get in another version, package by package.",
      discussion: """
        Examples:
          aptferry publication diff debian          the generation before and the current one
          aptferry publication diff debian 3        generation 3 and the current one
          aptferry publication diff debian 3 5

        Before a rollback to generation 3, this says what clients will get:
          aptferry publication diff debian 5 3

        New (+), upgraded (^), downgraded (v), removed (-), and the same version with
        other content (!), for each distribution and architecture.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The prefix.")
    var prefix: String

    @Argument(help: "The generation before; else the one before the current.")
    var before: UInt64?

    @Argument(help: "The generation after; else the current one.")
    var after: UInt64?

    func run() throws {
      let depot = try location.open()
      let (old, new) = try Publications.pair(prefix, before, after, in: depot)
      let differences = try SnapshotComparison.compare(
        try state(old, depot),
        try state(new, depot)
      ) { (digest) throws(Failure) in
        try depot.objects.open(digest)
      }
      var lines = ["generation \(old.number) -> generation \(new.number)"]
      lines += DifferenceText.lines(differences)
      output.show(
        .object([
          ("prefix", .string(prefix)),
          ("before", .count(old.number)),
          ("after", .count(new.number)),
          ("differences", DifferenceText.json(differences)),
        ]),
        lines
      )
    }

    private func state(
      _ generation: GenerationRecord,
      _ depot: Depot
    ) throws -> SnapshotComparison.State {
      SnapshotComparison.State(
        files: try depot.catalogue.fileList(
          generation.listing,
          name: "the listing of \(prefix), generation \(generation.number)"
        ),
        suites: try PublicationRecipe(of: generation, in: depot).distributions.map(\.name)
      )
    }
  }
}
