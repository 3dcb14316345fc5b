internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import Documents
internal import Mirroring
internal import Operations
internal import SafeIO

extension MirrorGroup {
  /// `aptferry mirror edit`.
  struct Edit: ParsableCommand, Promising {
    static let afterRefusal = "the mirror is as it was"

    static let configuration = CommandConfiguration(
      commandName: "edit",
      abstract: "Change what a mirror selects, or its address; what was fetched is kept.",
      discussion: """
        Examples:
          aptferry mirror edit debian --component main --component contrib
          aptferry mirror edit debian --without sources
          aptferry mirror edit tools --upstream https://new.example/apt
          aptferry mirror edit debian --filter nginx --filter-with-deps
          aptferry mirror edit debian --filter none

        --suite, --component, --architecture and --keyring replace what was there;
        all stands for all components or architectures. --with, --without and
        --language change what else is taken. --filter replaces the filter; none takes
        it away. The next update brings the mirror to
        it, and fetches only what the depot does not have.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The mirror's name.", completion: Completing.mirrors)
    var name: String

    @Option(help: ArgumentHelp("The upstream's new address.", valueName: "url"))
    var upstream: String?

    @Option(help: "A suite (repeatable), in place of those before.")
    var suite: [String] = []

    @Option(help: "A component (repeatable), in place of those before; all for all.")
    var component: [String] = []

    @Option(help: "An architecture (repeatable), in place of those before; all for all.")
    var architecture: [String] = []

    @OptionGroup var chosen: MirrorKindOptions
    @OptionGroup var filter: MirrorFilterOptions

    @Option(
      help: ArgumentHelp(
        "A file with the vendor's public keys, in place of those of this mirror.",
        valueName: "file"
      )
    )
    var keyring: [String] = []

    @Flag(inversion: .prefixedNo, help: "Take suites that have no signature.")
    var allowUnsigned: Bool?

    func run() throws {
      let session = location.session(output)
      let client = try chosen.client()
      for note in client?.notes ?? [] { output.tell(note) }
      var order = MirrorEditOrder(name)
      order.upstream = try upstream.map { try UpstreamAddress($0).text }
      order.suites = suite.isEmpty ? nil : try MirrorWords.suites(suite)
      order.components =
        component.isEmpty ? nil : component == ["all"] ? [] : try MirrorWords.components(component)
      let machines = architecture.isEmpty ? client?.architectures ?? [] : architecture
      order.architectures = machines.isEmpty ? nil : try MirrorWords.architectures(machines)
      let before = try session.mirror(name).mirror
      order.kinds = try chosen.kinds(after: before.kinds, client)
      order.allowUnsigned = allowUnsigned
      order.filter = try filter.edit()
      order.keyrings = keyring
      let view = try session.editMirror(order)
      output.show(
        MirrorText.json(view.mirror, view.states, keys: view.keys),
        MirrorText.lines(view.mirror, view.states, view.keys, now: session.now)
          + [NamedDepot.naming("next:          aptferry mirror update \(view.mirror.name)")]
      )
    }
  }
}
