internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry snapshot rename`.
struct SnapshotRename: ParsableCommand, Promising {
  static let afterRefusal = "the snapshot has the name that it had"

  static let configuration = CommandConfiguration(
    commandName: "rename",
    abstract: "Give a snapshot another name; refused while a publication uses it.",
    discussion: """
      Example:
        aptferry snapshot rename bookworm-1 bookworm-2026-11-28

      Its content and digest stay. Bundles that were made from it have the old name.

      Exit statuses: 2 there is no such snapshot, or the new name is not valid; 18 the
      new name is taken, or a publication uses the snapshot.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The snapshot's name.", completion: Completing.snapshots)
  var name: String

  @Argument(help: "The new name.")
  var newName: String

  func run() throws {
    let record = try location.session(output).renameSnapshot(name, to: newName)
    output.show(SnapshotText.json(record), ["renamed: \(name) to \(record.name)"])
  }
}
