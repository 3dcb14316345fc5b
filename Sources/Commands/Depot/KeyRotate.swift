internal import ArgumentParser
internal import Depot
internal import Documents
internal import OpenPGP
internal import Operations
internal import Publishing
internal import SafeIO
internal import Trust

extension KeyGroup {
  struct Rotate: ParsableCommand, Promising {
    static let afterRefusal = "the depot signs with the key that it had"

    static let configuration = CommandConfiguration(
      commandName: "rotate",
      abstract: "Give the depot another signing key, on the word of the one that it has.",
      discussion: """
        Examples:
          aptferry key rotate --reason "yearly"
          aptferry key rotate --overlap 180d --reason "one site comes twice a year"
          aptferry key rotate --signing-key 0123…CDEF --gnupg-home /root/token \\
              --reason "token"

        The old key signs a statement that names the new one. It travels with every
        bundle and receipt from now on; the other side trusts the new key when it says
        so: aptferry trust accept-successor. Meanwhile bundles, receipts and what the
        depot's own key signs for apt carry both signatures.

        Exit statuses: 3 a secret key is not at hand.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("For how long both keys sign.", valueName: "time"))
    var overlap = "90d"

    @Option(help: ArgumentHelp("A key that you have; else one is made.", valueName: "fpr"))
    var signingKey: String?

    @Option(
      help: ArgumentHelp("The GnuPG home that has it.", valueName: "dir"),
      completion: .directory
    )
    var gnupgHome: String?

    @Option(help: "Why, for the audit log.", transform: Reason.read)
    var reason: String

    func validate() throws {
      guard (signingKey == nil) == (gnupgHome == nil) else {
        throw ValidationError("--signing-key and --gnupg-home belong together.")
      }
    }

    func run() throws {
      let seconds = try TimeLength.seconds(overlap)
      let existing = try signingKey.map { text in
        DepotIdentity.Existing(
          fingerprint: try TrustGroup.fingerprint(text),
          home: absolutePath(gnupgHome ?? "")
        )
      }
      let rotated = try location.session(output).rotateKey(
        to: existing,
        overlap: seconds,
        about: [AuditField("overlap", [overlap])]
          + (signingKey.map { [AuditField("signing-key", [$0])] } ?? []),
        reason: reason
      )
      let (outcome, signed) = (rotated.outcome, rotated.signedBefore)
      for one in signed {
        output.note(
          "next: sign \(SigningText.name(one)) with both keys, and give clients the new one before "
            + "\(outcome.until): \(SigningText.command(one)); aptferry client-config \(one.prefix)"
        )
      }
      output.show(
        .object([
          ("before", .string(outcome.before.text)), ("fingerprint", .string(outcome.now.text)),
          ("bothUntil", .string(outcome.until.rfc3339)),
          ("publications", .array(signed.map { .string($0.prefix) })),
          ("signedBefore", .array(signed.map(SigningText.json))),
        ]),
        [
          "before:      \(outcome.before.grouped)", "fingerprint: \(outcome.now.grouped)",
          "both sign until \(outcome.until)",
        ]
      )
    }
  }

  struct Revoke: ParsableCommand, Promising {
    static let afterRefusal = "nothing was stated"

    static let configuration = CommandConfiguration(
      commandName: "revoke",
      abstract: "State that a key that the depot had before counts no more.",
      discussion: """
        Example:
          aptferry key revoke 0123…CDEF --reason "the disk with it was lost"

        The statement travels with every bundle and receipt. Whoever takes one in
        stops trusting the key at once, and is told what it had signed. The key that
        the depot signs with is replaced first: aptferry key rotate.

        Exit statuses: 2 the depot never had this key; 18 it signs with it now.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The full fingerprint.")
    var fingerprint: String

    @Option(help: "Why: it travels with the statement.", transform: Reason.read)
    var reason: String

    func run() throws {
      let wanted = try TrustGroup.fingerprint(fingerprint)
      let signed = try location.session(output).revokeKey(wanted, reason: reason)
      for one in signed {
        output.note("next: sign \(SigningText.name(one)) without it: \(SigningText.command(one))")
      }
      output.show(
        .object([
          ("fingerprint", .string(wanted.text)), ("reason", .string(reason)),
          ("signedBefore", .array(signed.map(SigningText.json))),
        ]),
        ["revoked: \(wanted.grouped)", "it signs no more; the next bundle or receipt says so"]
      )
    }
  }

  struct Statements: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "statements",
      abstract: "Write what the depot states about its keys, for the other side.",
      discussion: """
        Examples:
          aptferry key statements /media/stick/keys.asc
          aptferry key statements -           to standard output

        Signed texts, one behind the other: successors and revocations. They travel
        with bundles and receipts too.

        Exit statuses: 14 a link or device lies under the file's name, or it leads
        into the depot; 18 nothing has been stated.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The file; - for standard output.", completion: .file())
    var file: String

    func run() throws {
      let session = location.session(output)
      let depot = try session.depot()
      let messages = try OwnStatements.carried(by: depot)
      guard !messages.isEmpty else {
        throw Failure(
          .state,
          "no-statement",
          "the depot has stated nothing about its keys",
          subject: depot.root.path,
          hint: "aptferry key rotate and aptferry key revoke do"
        )
      }
      let bytes = Array(messages.joined())
      if !Output.isStandard(file) { try session.write(bytes, to: file) }
      let text = String(decoding: bytes, as: UTF8.self)
      output.show(
        .object([
          ("statements", .number(Int64(messages.count))),
          ("text", file == "-" ? .string(text) : .null),
          ("file", file == "-" ? .null : .string(file)),
        ]),
        [
          file == "-"
            ? String(text.dropLast()) : "\(Escaped.line(file)): \(messages.count) statements"
        ]
      )
    }
  }
}
