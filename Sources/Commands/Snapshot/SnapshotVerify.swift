internal import ArgumentParser
internal import Documents
internal import Operations
internal import SafeIO
internal import Solving

/// `aptferry snapshot verify`.
struct SnapshotVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Find packages that cannot be installed, and say why.",
    discussion: """
      Examples:
        aptferry snapshot verify bookworm-1
        aptferry snapshot verify bookworm-security-1 --base bookworm-1
        aptferry snapshot verify own-1 --base ./machine.state --architecture amd64
        aptferry snapshot verify web-1 --provenance

      Each package is tried alone, with all that it needs, by a complete solver:
      versions, alternatives, Provides, Conflicts, Breaks and Multi-Arch count as for
      apt. Several snapshots satisfy each other's dependencies. What is named with
      --base satisfies them too, and is not itself asked: snapshots, and files with
      dpkg's status or a machine's state (a word with a slash is a file).

      With --provenance the signatures are verified again, down to each package: which
      vendor's list has it byte for byte, or that no vendor vouches for it.

      Exit statuses: 0 all can be installed; 12 some cannot, and each is shown with
      the relation, who needs it, and what would help.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The snapshots.", completion: Completing.snapshots)
  var name: [String]

  @Option(
    help: ArgumentHelp(
      "What machines have or can get besides (repeatable).",
      valueName: "snapshot|file"
    ),
    completion: Completing.snapshots
  )
  var base: [String] = []

  @Option(help: "Only machines of this architecture (repeatable).")
  var architecture: [String] = []

  @Option(help: "An architecture whose packages machines can have too (repeatable).")
  var foreign: [String] = []

  @Flag(help: "Show which vendor's signature stands behind each package, instead.")
  var provenance = false

  func run() throws {
    if provenance { return try showProvenance() }
    var order = VerificationOrder(snapshots: name)
    order.base = base
    order.architectures = architecture
    order.foreign = foreign
    let reports = try location.session(output).verifySnapshots(order)
    output.show(
      .object([
        ("snapshots", .array(name.map { .string($0) })),
        ("base", .array(base.map { .string($0) })), ("reports", DependencyText.json(reports)),
        ("provenance", .array([])),
      ]),
      DependencyText.lines(reports)
    )
    try InstallabilityReport.requireInstallable(reports)
  }

  private func showProvenance() throws {
    guard base.isEmpty, architecture.isEmpty, foreign.isEmpty else {
      throw Failure(.usage, "arguments", "--provenance goes with the names of snapshots alone")
    }
    let session = location.session(output)
    let reports = try name.map { try session.provenance(ofSnapshot: $0) }
    output.show(
      .object([
        ("snapshots", .array(name.map { .string($0) })), ("base", .array([])),
        ("reports", .array([])), ("provenance", .array(reports.map(ProvenanceText.json))),
      ]),
      reports.flatMap(ProvenanceText.lines)
    )
  }
}
