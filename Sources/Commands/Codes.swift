internal import ArgumentParser
internal import Documents
internal import SafeIO

/// `aptferry codes`.
struct Codes: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codes",
    abstract: "Explain the codes of refusals: meaning, exit status, next step.",
    discussion: """
      Examples:
        aptferry codes
        aptferry codes E-TRUST-UNKNOWN-SIGNER
        aptferry codes --json

      The code stands in the last line of a refusal, and does not change from version
      to version.

      Exit statuses: 2 there is no such code.
      """
  )

  @OptionGroup var output: OutputOptions

  @Argument(help: "Only this code.")
  var code: String?

  func run() throws {
    let rows = CodeText.rows(code)
    guard !rows.isEmpty else {
      throw Failure(
        .usage,
        "no-code",
        "there is no such code",
        subject: code,
        hint: "aptferry codes lists them all"
      )
    }
    output.show(CodeText.json(rows), CodeText.lines(rows))
  }
}
