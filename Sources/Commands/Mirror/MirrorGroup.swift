internal import ArgumentParser
internal import Depot
internal import Objects
internal import SafeIO
internal import Trust

/// `aptferry mirror`.
struct MirrorGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mirror",
    abstract: "Upstream repositories that are kept in the depot.",
    subcommands: [Create.self, Update.self, List.self, Show.self, Remove.self]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show all mirrors.",
      discussion: "Example:\n  aptferry mirror list"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let catalogue = try location.open().catalogue
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
        .array(documents),
        documents.isEmpty ? ["there are no mirrors"] : table.lines
      )
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show one mirror: the vendor's keys, the state of each suite, its size.",
      discussion: "Example:\n  aptferry mirror show debian"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The mirror's name.")
    var name: String

    func run() throws {
      let catalogue = try location.open().catalogue
      let mirror = try catalogue.mirror(name)
      let states = try catalogue.states(ofMirror: name)
      let keys = try MirrorKeys.records(of: mirror, catalogue)
      output.show(
        MirrorText.json(mirror, states, keys: keys),
        MirrorText.lines(mirror, states, keys, now: .now())
      )
    }
  }

  struct Remove: ParsableCommand, Audited {
    static let configuration = CommandConfiguration(
      abstract: "Forget a mirror and the keys that were pinned for it; snapshots stay.",
      discussion: "Example:\n  aptferry mirror remove debian"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The mirror's name.")
    var name: String

    var audit: AuditSubject? { AuditSubject("mirror remove", [AuditField("name", [name])]) }

    func run() throws {
      let depot = try location.open()
      let mirror = try depot.catalogue.mirror(name)
      let update = try depot.lock(mirror: mirror, for: "mirror remove \(name)")
      let lock = try depot.lock(for: "mirror remove \(name)")
      let states = try depot.catalogue.states(ofMirror: name)
      try depot.catalogue.removeMirror(mirror)
      AuditTrail.facts.add(.mirrorRemoved(mirror))
      _ = try depot.incoming.discard(mirror.stagingName)
      _ = try depot.incoming.discard(mirror.dryRunStagingName)
      _ = consume lock
      _ = consume update
      output.show(MirrorText.json(mirror, states, keys: nil), ["removed: \(mirror.name)"])
    }
  }
}
