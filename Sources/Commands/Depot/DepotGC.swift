internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO

extension DepotGroup {
  /// `aptferry depot gc`.
  struct GC: ParsableCommand, Promising {
    static let afterRefusal = "nothing that anything needs was removed"

    static let configuration = CommandConfiguration(
      commandName: "gc",
      abstract: "Remove the objects that nothing needs any more.",
      discussion: """
        Examples:
          aptferry depot gc --dry-run
          aptferry depot gc
          aptferry depot gc --keep 1

        Needed is what a snapshot, a mirror, a generation of a publication, a
        bundle for a site that has not acknowledged it (receipt add, ledger
        retract), an unfinished import, mirror update or export has. Snapshots go with
        aptferry snapshot remove, mirrors with aptferry mirror remove; gc then
        gives their space back. --keep N first drops all generations but the newest
        N of each publication and those whose grace has not ended: they cannot be
        rolled back to any more. Clients of publications notice nothing.

        Exit statuses: 11 a list is missing or damaged, so that nobody can say
        what it needs (depot check); 17 another command holds the depot or a
        mirror; 18 an unfinished import does not say what it needs.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    @Option(
      help: ArgumentHelp(
        "Keep only the newest so many generations of each publication.",
        valueName: "number"
      )
    )
    var keep: Int?

    func run() throws {
      let line = output.progress
      defer { line.end() }
      let collected = try location.session(output, line).collectGarbage(
        keep: keep,
        isDryRun: dryRun
      )
      line.end()
      let collection = collected.collection
      if collection.missing > 0 {
        output.note(
          "\(collection.missing) files that something needs are not in the depot: "
            + "run aptferry depot check"
        )
      }
      output.show(
        GarbageText.json(collected, isDryRun: dryRun),
        GarbageText.lines(collected, isDryRun: dryRun)
      )
    }
  }
}
