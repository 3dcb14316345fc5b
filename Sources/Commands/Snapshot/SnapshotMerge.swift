internal import ArgumentParser
internal import Choosing
internal import Operations
internal import SafeIO

/// `aptferry snapshot merge`.
struct SnapshotMerge: ParsableCommand, Promising {
  static let afterRefusal = "no snapshot was made"

  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Make a snapshot of the packages of several.",
    discussion: """
      Examples:
        aptferry snapshot merge web-2 bookworm-1 security-1 --latest
        aptferry snapshot merge all-1 debian-1 docker-1 --all --suite bookworm

      Of packages with one name and architecture those of the last source stay that
      has it, whatever its versions are; or the newest (--latest), those of the first
      source (--left-first), or all of them (--all).

      Each package keeps its entry in the index byte for byte, and what its vendor
      signed goes with the snapshot: inside, every package is checked against that.
      It can only be published under the site's own signature.

      Exit statuses: 2 there is no such snapshot; 18 there is another snapshot of that
      name, or two packages want one path.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: CompositionOptions

  @Argument(help: "The new snapshot's name.")
  var name: String

  @Argument(help: "The sources, from the left to the right.", completion: Completing.snapshots)
  var sources: [String]

  @Flag(help: "Of packages with one name and architecture keep the newest version.")
  var latest = false

  @Flag(help: "Keep all versions.")
  var all = false

  @Flag(help: "Keep those of the first source that has the package.")
  var leftFirst = false

  func validate() throws {
    guard [latest, all, leftFirst].count(where: { $0 }) <= 1 else {
      throw ValidationError("Choose one of --latest, --all and --left-first.")
    }
  }

  func run() throws {
    let rule: MergeRule =
      latest ? .latest : all ? .all : leftFirst ? .leftmost : .rightmost
    try options.compose(
      CompositionOrder(name, of: sources, .merge(rule)),
      location.session(output),
      output
    )
  }
}
