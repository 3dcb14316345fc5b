internal import ArgumentParser
internal import Choosing
internal import Operations
internal import SafeIO

/// `aptferry snapshot pull`.
struct SnapshotPull: ParsableCommand, Promising {
  static let afterRefusal = "no snapshot was made"

  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Make a snapshot of one, with some packages of another.",
    discussion: """
      Examples:
        aptferry snapshot pull bookworm-1 backports-3 bookworm-2 'linux-image-amd64'
        aptferry snapshot pull web-1 security-4 web-2 'Name (% nginx*)' --all-matches

      What the queries ask for comes from the second snapshot, of the architectures
      that the first one has, and takes the place of all versions of the package
      there. Of several versions the newest is taken. Nothing else comes with the
      packages: name what they need in the queries, too.

      Each package keeps its entry in the index byte for byte, and what its vendor
      signed goes with the snapshot: inside, every package is checked against that.

      Exit statuses: 2 there is no such snapshot, or a query cannot be understood; 18
      there is another snapshot of that name.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: CompositionOptions

  @Argument(help: "The snapshot that is the base.", completion: Completing.snapshots)
  var base: String

  @Argument(help: "The snapshot that packages come from.", completion: Completing.snapshots)
  var source: String

  @Argument(help: "The new snapshot's name.")
  var name: String

  @Argument(help: "What is wanted, each query in one argument.")
  var queries: [String]

  @Flag(help: "Take all versions that the queries ask for, not the newest alone.")
  var allMatches = false

  @Flag(help: "Keep the versions of the base beside those that come.")
  var noRemove = false

  func run() throws {
    var rule = PullRule()
    (rule.takesAll, rule.keepsOld) = (allMatches, noRemove)
    try options.compose(
      CompositionOrder(name, of: [base, source], .pull(queries, rule)),
      location.session(output),
      output
    )
  }
}
