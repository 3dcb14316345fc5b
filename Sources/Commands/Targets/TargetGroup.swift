#if Network
internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import PublicationTargets
internal import SafeIO

/// `aptferry target`.
struct TargetGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "target",
    abstract: "Places in object stores (S3) where publications live, too.",
    subcommands: [Create.self, List.self, Show.self, Update.self, Check.self, Remove.self]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Show all targets, and whether a publication there is behind the depot's.",
      discussion: "Example:\n  aptferry target list"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let reports = try location.session(output).targets()
      output.show(
        .object([("targets", .array(reports.map { TargetText.json($0) }))]),
        TargetText.table(reports)
      )
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show one target: what its store does, what follows from it, what lives there.",
      discussion: "Example:\n  aptferry target show ceph"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The target.", completion: Completing.targets)
    var name: String

    func run() throws {
      let session = location.session(output)
      guard let report = try session.targets().first(where: { $0.target.name == name }) else {
        // Says that there is none.
        _ = try session.depot().catalogue.target(name)
        return
      }
      output.show(TargetText.json(report), TargetText.lines(report))
    }
  }

  struct Update: ParsableCommand, Promising {
    static let afterRefusal = "clients of the target still get a complete generation"

    static let configuration = CommandConfiguration(
      commandName: "update",
      abstract: "Put what clients of this depot see to a target, where that failed or waits.",
      discussion: """
        Examples:
          aptferry target update ceph
          aptferry target update ceph debian security

        Publishing does this by itself. What is there already is not written again.

        Exit statuses: 3 the store refuses who asks; 15 the store is full; 16 it does
        not answer; 17 somebody publishes there; 18 another depot publishes there.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The target.", completion: Completing.targets)
    var name: String

    @Argument(help: "The prefixes; else all that live there.", completion: Completing.prefixes)
    var prefixes: [String] = []

    @OptionGroup var shipping: ShippingOptions

    func run() throws {
      let results = try shipping.ship(prefixes, to: [name], location, output)
        .filter { $0.target == name }
      output.show(
        .object([("targets", .array(results.map(TargetText.json)))]),
        results.isEmpty ? ["nothing lives there"] : results.map(TargetText.line)
      )
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Compare what lies at a target with what was put there.",
      discussion: """
        Examples:
          aptferry target check ceph
          aptferry target check ceph debian --whole
          aptferry target check ceph --repair

        The bucket is listed, so that nothing is missing or too long. Indexes, Release
        files and 100 packages are read and hashed; with --whole everything is.
        --repair writes again what the depot has, and removes what no generation has.

        Exit statuses: 11 something is wrong, and was not repaired.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The target.", completion: Completing.targets)
    var name: String

    @Argument(help: "The prefixes; else all that live there.", completion: Completing.prefixes)
    var prefixes: [String] = []

    @Flag(help: "Read every file.")
    var whole = false

    @Flag(help: "Write again what is wrong, and remove what no generation has.")
    var repair = false

    func run() throws {
      let line = output.progress
      defer { line.end() }
      let reports = try location.session(output, line).checkTarget(
        name,
        prefixes: prefixes,
        whole: whole,
        repairing: repair,
        .here
      )
      line.end()
      output.show(
        .object([("publications", .array(reports.map { TargetText.json($0) }))]),
        reports.isEmpty ? ["nothing lives there"] : reports.flatMap { TargetText.lines($0) }
      )
      let open = reports.map(\.open).reduce(0, +)
      guard open == 0 else {
        throw Failure(
          .integrity,
          "target-damaged",
          "\(Counted.text(open, "file")) at the target \(open == 1 ? "is" : "are") not as published",
          subject: name,
          hint: "aptferry target check \(name) --repair writes again what the depot has"
        )
      }
    }
  }

  struct Remove: ParsableCommand, Promising {
    static let afterRefusal = "the target is as it was"

    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Forget a target, or that a publication lives there; what lies there stays.",
      discussion: """
        Examples:
          aptferry target remove ceph
          aptferry target remove ceph --publication debian
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The target.", completion: Completing.targets)
    var name: String

    @Option(
      help: ArgumentHelp("Only that this publication lives there.", valueName: "prefix"),
      completion: Completing.prefixes
    )
    var publication: String?

    func run() throws {
      let target = try location.session(output).removeTarget(name, prefix: publication)
      output.note("what lies at \(target.address) stays; remove it with the means of the store")
      output.show(
        .object([
          ("removed", .string(name)), ("publication", publication.map { .string($0) } ?? .null),
        ]),
        [publication.map { "removed: \($0) from \(name)" } ?? "removed: \(name)"]
      )
    }
  }
}
#endif
