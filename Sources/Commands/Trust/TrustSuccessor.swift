internal import ArgumentParser
internal import Documents
internal import Operations
internal import SafeIO
internal import Trust

extension TrustGroup {
  struct AcceptSuccessor: ParsableCommand, Promising {
    static let afterRefusal = "nothing was pinned"

    static let configuration = CommandConfiguration(
      commandName: "accept-successor",
      abstract: "Trust the key that a pinned key names as its successor.",
      discussion: """
        Examples:
          aptferry trust accept-successor /media/stick
          aptferry trust accept-successor keys.asc --reason "told by telephone"

        Takes the statements of a bundle on a medium, of a receipt, or of a file that
        “aptferry key statements” wrote. The new key is pinned for what the old one is pinned for;
        the old one stays until it is revoked or removed. Both must have signed the
        statement. Revocations in it take effect too.

        Exit statuses: 10 no statement in it is by a key that is pinned here.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "A file with statements, or a medium with a bundle.", completion: .file())
    var source: String

    @Option(help: "Why, for the audit log.", transform: Reason.read)
    var reason: String?

    func run() throws {
      let outcome = try location.session(output).acceptSuccessors(
        from: absolutePath(source),
        reason: reason
      )
      output.show(
        .object([
          (
            "accepted",
            .array(
              outcome.accepted.map {
                .object([("key", .string($0.key)), ("successor", .string($0.successor))])
              }
            )
          ), ("revoked", .array(outcome.revoked.map { .string($0) })),
          ("notes", JSONDocument.json(outcome.notes)),
        ]),
        outcome.accepted.map {
          "pinned: \(BundleText.fingerprint($0.successor)), after \(BundleText.fingerprint($0.key))"
        } + outcome.revoked.map { "no longer trusted: \(BundleText.fingerprint($0))" }
      )
    }
  }
}
