internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import Publishing
internal import SafeIO

extension PublicationGroup {
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff",
      abstract: "What clients gain, lose and get in another version, package by package.",
      discussion: """
        Examples:
          aptferry publication diff debian          the one before and the current one
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

    @Argument(help: "The prefix.", completion: Completing.prefixes)
    var prefix: String

    @Argument(help: "The generation before; else the one before the current.")
    var before: UInt64?

    @Argument(help: "The generation after; else the current one.")
    var after: UInt64?

    func run() throws {
      let (old, new, differences) = try location.session(output).compareGenerations(
        of: prefix,
        before,
        after
      )
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
  }
}
