internal import ArgumentParser
internal import DebianRepository
internal import Documents
internal import Operations
internal import SafeIO

/// `aptferry machine`.
struct MachineGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine",
    abstract: "What a machine inside has, for choosing what it needs.",
    subcommands: [State.self]
  )

  struct State: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "state",
      abstract: "Write down what this machine has installed.",
      discussion: """
        Examples:
          aptferry machine state --to /media/stick/web-1.state
          aptferry machine state --root /srv/image --to web-1.state

        The file has the installed packages with their relations, the architectures,
        and the sources of apt. It has no configuration, no file lists, no host name,
        and no user name or password of a source. It is text, and whatever reads
        dpkg's status reads it. No depot is needed.

        Exit statuses: 2 there is no dpkg below --root.
        """
    )

    @OptionGroup var output: OutputOptions

    @Option(
      name: .customLong("to"),
      help: ArgumentHelp("The file; “-” is standard output.", valueName: "file"),
      completion: .file()
    )
    var destination: String

    @Option(
      help: ArgumentHelp("Where the machine's files are, by default /.", valueName: "dir"),
      completion: .directory
    )
    var root = "/"

    func run() throws {
      try output.check(file: destination)
      let (state, notes) = try MachineStates.read(root: root)
      for note in notes { output.tell(note) }
      if Output.isStandard(destination) {
        Output.text(state.text)
      } else {
        try MachineStates.write(state, to: destination)
      }
      output.show(
        .object([
          ("file", .string(destination)),
          ("architectures", .array(state.architectures.map { .string($0) })),
          ("packages", .number(Int64(state.packages))),
          ("sources", .array(state.sources.map { .string($0) })),
        ]),
        [
          "\(state.packages) packages, architecture "
            + state.architectures.joined(separator: ", ") + ", \(state.sources.count) sources: "
            + Escaped.line(destination)
        ],
        file: destination
      )
    }
  }
}
