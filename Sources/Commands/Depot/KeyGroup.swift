internal import ArgumentParser
internal import Depot
internal import Documents
internal import OpenPGP
internal import Operations
internal import SafeIO
internal import Trust

/// `aptferry key`.
struct KeyGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "The depot's own signing key.",
    subcommands: [Show.self, Export.self, Rotate.self, Revoke.self, Statements.self]
  )

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show the fingerprint, to be read out to the other side.",
      discussion: "Example:\n  aptferry key show"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let own = try location.session(output).ownKey()
      let key = own.key
      let earlier = own.known.earlier.map { one in
        (
          fingerprint: one.key.fingerprint,
          state: own.revoked.contains(one.key.fingerprint.text)
            ? "revoked"
            : one.until > .now() ? "signs beside it until \(one.until)" : "signs no more"
        )
      }
      output.show(
        KeyText.json(
          key,
          [
            (
              "earlier",
              .array(
                earlier.map {
                  .object([
                    ("fingerprint", .string($0.fingerprint.text)), ("state", .string($0.state)),
                  ])
                }
              )
            )
          ]
        ),
        KeyText.lines(key) + earlier.map { "before:      \($0.fingerprint.grouped), \($0.state)" }
      )
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write the public key for the other side to pin.",
      discussion: """
        Examples:
          aptferry key export exporter.asc     armored, for “trust add”
          aptferry key export exporter.gpg     binary, for gpgv
          aptferry key export -                armored, to standard output

        Exit statuses: 14 a link or device lies under the file's name, or it leads
        into the depot; 16 the file cannot be written.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(
      help: "The file; binary when its name ends in .gpg, else armored. “-”: standard output.",
      completion: .file()
    )
    var file: String?

    func run() throws {
      let session = location.session(output)
      let key = try session.ownKey().key
      let armored = key.armored
      guard let file, !Output.isStandard(file) else {
        let text = String(decoding: armored, as: UTF8.self)
        output.show(
          .object([
            ("fingerprint", .string(key.fingerprint.text)), ("key", .string(text)),
            ("file", .null),
          ]),
          [text.hasSuffix("\n") ? String(text.dropLast()) : text]
        )
        return
      }
      try session.write(file.hasSuffix(".gpg") ? key.material : armored, to: file)
      output.show(
        .object([
          ("fingerprint", .string(key.fingerprint.text)), ("key", .null),
          ("file", .string(file)),
        ]),
        ["\(Escaped.line(file)): \(key.fingerprint.grouped)"]
      )
    }
  }
}
