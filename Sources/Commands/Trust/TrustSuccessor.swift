internal import ArgumentParser
internal import BundleFormat
internal import BundleMedium
internal import Depot
internal import SafeIO
internal import Transfer
internal import Trust

extension TrustGroup {
  struct AcceptSuccessor: ParsableCommand, Promising, Audited {
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

    @Argument(help: "A file with statements, or a medium with a bundle.")
    var source: String

    @Option(help: "Why, for the audit log.", transform: Reason.read)
    var reason: String?

    var audit: AuditSubject? {
      AuditSubject(
        "trust accept-successor",
        [AuditField("source", [absolutePath(source)])],
        reason: reason
      )
    }

    func run() throws {
      let depot = try location.open()
      let messages = try statements()
      let lock = try depot.lock(for: "trust accept-successor")
      let outcome = try KeyNews(depot, now: .now()).accept(messages, from: source)
      _ = consume lock
      for note in outcome.notes { output.note("note: \(note)") }
      AuditTrail.add("successor", outcome.accepted.map { "\($0.key) \($0.successor)" })
      AuditTrail.add("revoked", outcome.revoked)
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
          ("notes", .array(outcome.notes.map { .string($0) })),
        ]),
        outcome.accepted.map {
          "pinned: \(BundleText.fingerprint($0.successor)), after \(BundleText.fingerprint($0.key))"
        } + outcome.revoked.map { "no longer trusted: \(BundleText.fingerprint($0))" }
      )
    }

    /// The statements of the bundles on a medium, each of which vouches for itself; or of a file.
    private func statements() throws -> [[UInt8]] {
      guard NamedFile.isDirectory(source) else {
        let file = try NamedFile.read(source, limit: ReceiptAdmission.longest)
        // A receipt carries statements too; each of them vouches for itself.
        if let receipt = try ReceiptAdmission.claimedStatements(in: file) { return receipt }
        guard file.count <= KeyStatement.longest * KeyStatement.mostCarried else {
          throw Failure(.integrity, "key-statement", "the file is too long", subject: source)
        }
        return SignedStatement.messages(in: file)
      }
      var messages: [[UInt8]] = []
      for media in try BundleMedia.find(in: [source]) {
        messages += try media.manifest.claimed().keyStatements
      }
      return messages
    }
  }
}
