internal import ArgumentParser
internal import Depot
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry mirror`.
struct MirrorGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mirror",
    abstract: "Upstream repositories that are kept in the depot.",
    subcommands: [Create.self, Edit.self, Update.self, List.self, Show.self, Remove.self]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Show all mirrors.",
      discussion: "Example:\n  aptferry mirror list"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let catalogue = try location.depot(output).catalogue
      let now = UTCTime.now()
      var table = TextTable(["NAME", "UPSTREAM", "SUITES", "FILES", "SIZE", "UPDATED"])
      var documents: [JSONText] = []
      for mirror in try catalogue.mirrors() {
        let states = try catalogue.states(ofMirror: mirror.name)
        table.add([
          mirror.name, mirror.upstream, mirror.suites.joined(separator: " "),
          String(states.reduce(0) { $0 + $1.files }),
          ByteSize.text(states.reduce(0) { $0 &+ $1.bytes }),
          states.map(\.updated).max().map { MirrorText.age(of: $0, now) } ?? "never",
        ])
        documents.append(MirrorText.json(mirror, states, keys: nil))
      }
      output.show(
        .object([("mirrors", .array(documents))]),
        documents.isEmpty ? ["there are no mirrors"] : table.lines
      )
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show one mirror: the vendor's keys, the state of each suite, its size.",
      discussion: "Example:\n  aptferry mirror show debian"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The mirror's name.", completion: Completing.mirrors)
    var name: String

    func run() throws {
      let session = location.session(output)
      let view = try session.mirror(name)
      output.show(
        MirrorText.json(view.mirror, view.states, keys: view.keys),
        MirrorText.lines(view.mirror, view.states, view.keys, now: session.now)
      )
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Forget a mirror and the keys that were pinned for it; snapshots stay.",
      discussion: """
        Example:
          aptferry mirror remove debian

        On a terminal you are asked; elsewhere say --yes.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The mirror's name.", completion: Completing.mirrors)
    var name: String

    @OptionGroup var confirmation: ConfirmOptions

    func run() throws {
      let consequence = "its settings, its keys and an update that is not finished are forgotten"
      try confirmation.ask(consequence, about: name)
      let view = try location.session(output).removeMirror(name)
      output.show(
        MirrorText.json(view.mirror, view.states, keys: nil),
        ["removed: \(view.mirror.name)"]
      )
    }
  }
}
