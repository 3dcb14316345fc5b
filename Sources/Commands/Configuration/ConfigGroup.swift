internal import ArgumentParser
internal import BundleFormat
internal import Documents
internal import Publishing
internal import SafeIO

/// `aptferry config`.
struct ConfigGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "The defaults of this machine.",
    subcommands: [Show.self]
  )

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show every default, and where it comes from.",
      discussion: """
        Examples:
          aptferry config show
          APTFERRY_DEPOT=/srv/depot aptferry config show --json

        An option of the command line counts before a variable of the environment, and
        that before /etc/aptferry.conf; see aptferry.conf(5).

        Exit statuses: 3 the file cannot be read, or has what is no field.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let values = MachineConfiguration.Field.allCases.map { setting($0) }
      output.show(
        .object([
          ("file", .string(Surroundings.current.configuration.file)),
          (
            "settings",
            .array(
              values.map {
                .object([
                  ("field", .string($0.field)), ("value", .string($0.value)),
                  ("source", .string($0.source)),
                ])
              }
            )
          ),
        ]),
        values.map { "\($0.field): \(Escaped.line($0.value))   (\(Escaped.line($0.source)))" }
      )
    }

    private func setting(
      _ field: MachineConfiguration.Field
    ) -> (field: String, value: String, source: String) {
      let configuration = Surroundings.current.configuration
      if field == .depot {
        let (path, source) = location.resolved
        return (field.rawValue, path, source.rawValue)
      }
      if let value = configuration.value(field) {
        return (field.rawValue, value, configuration.file)
      }
      return (field.rawValue, standard(field), "default")
    }

    private func standard(_ field: MachineConfiguration.Field) -> String {
      switch field {
      case .depot: location.path
      case .publicDirectory: location.path + "/public"
      case .chunkSize: ByteSize.text(BundleLimits.standardChunkSize)
      case .stream: "the site's name"
      case .validFor: "no limit"
      case .keep: "\(PublicationRecipe.standardKept)"
      case .grace: "\(PublicationRecipe.standardGrace)s"
      }
    }
  }
}
