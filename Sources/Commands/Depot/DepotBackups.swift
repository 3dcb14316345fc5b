internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO

extension DepotGroup {
  /// `aptferry depot backup`.
  struct Backup: ParsableCommand, Promising {
    static let afterRefusal = "the backup that was there can still be restored"

    static let configuration = CommandConfiguration(
      commandName: "backup",
      abstract: "Copy the depot to another place, while it is in use.",
      discussion: """
        Examples:
          aptferry depot backup --to /backup/aptferry
          aptferry depot backup --to /media/safe/aptferry --without-objects
          aptferry depot backup --to /backup/aptferry --dry-run

        Catalogue, configuration, keys and audit log are copied at one moment, in
        which no other command may hold the depot; then the objects that this
        catalogue refers to, while other commands go on (only gc has to wait). What
        the backup has already is not copied again. Published trees are no part of
        it: they are other names of objects, and a restore builds them anew.

        The earlier backup counts until the new one is complete. Killed anywhere,
        run the same command again. DIR is for backups of one depot alone, on a file
        system with Unix permissions; the depot's secret keys are in it.

        --without-objects leaves out what can be fetched or imported again.

        Exit statuses: 11 the backup is made, but the depot lacks objects or has
        them damaged (nothing goes from DIR then), or nothing is made, since the
        depot has no usable secret key; 14 DIR lies in a depot; 15 it does not fit;
        17 another command holds the depot; 18 DIR has other things in it.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("Where the depot's backups lie.", valueName: "dir"))
    var to: String

    @Flag(help: "Leave out what can be fetched or imported again.")
    var withoutObjects = false

    @Flag(help: "Only say what would be copied.")
    var dryRun = false

    func run() throws {
      let line = output.progress
      defer { line.end() }
      var order = BackupOrder(to: absolutePath(to))
      order.hasObjects = !withoutObjects
      order.isDryRun = dryRun
      let outcome = try location.session(output, line).backUpDepot(order)
      line.end()
      output.show(BackupText.json(outcome), BackupText.lines(outcome))
      try outcome.report.requireWhole()
    }
  }

  /// `aptferry depot restore`.
  struct Restore: ParsableCommand, Promising {
    static let afterRefusal = "the backup is as it was"

    static let configuration = CommandConfiguration(
      commandName: "restore",
      abstract: "Bring a depot back from a backup, into a new directory.",
      discussion: """
        Examples:
          aptferry depot restore /backup/aptferry --depot /srv/new --reason "disk died"
          aptferry depot restore /backup/least --repair-from /srv/mirror --reason "…"

        Every object is hashed, the catalogue and the chain of the audit log are
        checked, and the trees of publications are built anew. Sequences of bundles
        and numbers of receipts go on 1000 ahead of what the backup knows, so that
        none is given twice. At its end the command says what is to be done next:
        what happened since the backup, nobody but the other sides knows.

        Killed anywhere, run the same command again; until it has come to its end,
        no other command takes the directory for a depot.

        Exit statuses: 11 the backup is damaged, or lacks the secret key or objects
        (--repair-from, --incomplete); 18 the directory or the one of --public is
        not empty, or DIR is no backup.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The directory that `depot backup --to` was given.")
    var dir: String

    @Option(
      help: ArgumentHelp("Why, for the audit log.", valueName: "text"),
      transform: Reason.read
    )
    var reason: String

    @Option(
      name: .customLong("public"),
      help: ArgumentHelp("Where publications lie, instead of where they did.", valueName: "dir")
    )
    var publicDirectory: String?

    @Option(
      help: ArgumentHelp("A directory tree that may have what the backup lacks.", valueName: "dir")
    )
    var repairFrom: String?

    @Flag(help: "Go on although objects are missing.")
    var incomplete = false

    func run() throws {
      let line = output.progress
      defer { line.end() }
      var order = RestoreOrder(from: absolutePath(dir), reason: reason)
      order.publicDirectory = publicDirectory.map(absolutePath)
      order.tree = repairFrom.map(absolutePath)
      order.isIncomplete = incomplete
      let outcome = try location.session(output, line).restoreDepot(order)
      line.end()
      output.show(BackupText.json(outcome), BackupText.lines(outcome))
    }
  }
}
