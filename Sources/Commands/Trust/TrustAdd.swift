internal import ArgumentParser
internal import BundleFormat
internal import Depot
internal import Documents
internal import OpenPGP
internal import Operations
internal import SafeIO
internal import Trust

extension TrustGroup {
  struct Add: ParsableCommand, Promising {
    static let afterRefusal = "nothing was pinned"

    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Pin a key that you received by another route than the media.",
      discussion: """
        Examples:
          aptferry trust add exporter.asc --role exporter --fingerprint 0123…CDEF
          aptferry trust add island.asc --role site --name island \\
              --fingerprint 0123…CDEF
          aptferry trust add debian-archive-keyring.gpg --role upstream \\
              --name debian --origin Debian --suite 'bookworm*' --all
          aptferry trust add exporter.asc --role exporter --may-vouch 'acme-*/*'

        A vendor's key speaks for its vendor's suites: --name is the vendor, and
        --suite, --origin and --label say what the suites may call themselves (Suite
        or Codename, Origin, Label; of a flat repository its path). Patterns take *
        and ?; each option may be repeated. Without them the first suites propose
        what to type, and “aptferry trust edit --as-seen” accepts it.

        An exporter carries what vendors signed. It vouches for an unsigned suite
        only when --may-vouch names it, as SNAPSHOT/SUITE: the first slash parts the
        two, and no * reaches across it.

        To pin a key again for more than it is pinned for needs a --reason.

        Without --fingerprint you are asked on the terminal to compare it; without
        a terminal it is needed. A file with several keys needs --all, or the
        fingerprints of those that are meant. Expired keys are left out.

        Exit statuses: 2 a fingerprint is needed; 10 the file has no such key, or
        the key is too weak; 19 you did not confirm it.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "A file with public keys, armored or binary (no keybox).", completion: .file())
    var file: String

    @Option(
      help: ArgumentHelp(
        "exporter: signs bundles; upstream: signs Release files; site: signs receipts; "
          + "uploader: signs .changes and .dsc files."
      )
    )
    var role: Role

    @Option(help: "The exporter, vendor, site or repository; a vendor and a site must be named.")
    var name = ""

    @OptionGroup var scope: TrustScopeOptions

    @Option(
      help: ArgumentHelp(
        "The full fingerprint that the key must have (repeatable).",
        valueName: "fpr"
      )
    )
    var fingerprint: [String] = []

    @Flag(help: "Pin every usable key of the file.")
    var all = false

    @Flag(
      name: .customLong("allow-expired-key"),
      help: "Pin keys that have expired, too, for what they signed before."
    )
    var allowExpiredKey = false

    @Option(
      help: "Why, for the audit log; needed to widen what is pinned already.",
      transform: Reason.read
    )
    var reason: String?

    func validate() throws {
      guard role != .site || BundleName.isValid(name) else {
        throw ValidationError("--role site needs the site's name: --name SITE")
      }
      guard role != .upstream || KeyScope.isVendorName(name) || MirrorRecord.isTrustName(name)
      else {
        throw ValidationError(
          "--role upstream needs the vendor's name (letters, digits and ._+-): --name debian"
        )
      }
    }

    func run() throws {
      let named = try fingerprint.map(TrustGroup.fingerprint)
      try scope.value.check(for: role.record)
      guard !MirrorRecord.isTrustName(name) else {
        throw Failure(
          .usage,
          "arguments",
          "keys for one mirror are pinned when it is created: aptferry mirror create --keyring",
          subject: name
        )
      }
      var order = PinOrder(
        role.record,
        name: name,
        file: .path(absolutePath(file))
      )
      (order.fingerprints, order.takesAll, order.scope) = (named, all, scope.value)
      order.takesExpired = allowExpiredKey
      (order.about, order.reason) = (scope.auditFields, reason)
      let selection = try location.session(output).pinKeys(order, confirm: confirm)
      output.show(
        .object([
          ("pinned", .array(selection.chosen.map { KeyText.json($0) })),
          (
            "leftOut",
            .array(
              selection.leftOut.map {
                .object([
                  ("fingerprint", .string($0.key.fingerprint.text)), ("reason", .string($0.reason)),
                ])
              }
            )
          ),
        ]),
        selection.chosen.map { "pinned as \(role.rawValue): \($0.fingerprint.grouped)" }
      )
    }

    /// Shows the keys; asks about them unless the command line says which are meant.
    private func confirm(_ selection: PinnedKeys.Selection) throws(Failure) {
      let isAsking = fingerprint.isEmpty && !all
      for key in selection.chosen {
        let text =
          "to be pinned: \(key.fingerprint.grouped) \(key.algorithm) \(TrustGroup.owner(key))"
        // Who is asked must see what about, however quiet the command is.
        if isAsking { Output.message(Escaped.line(text)) } else { output.note(text) }
      }
      for (key, reason) in selection.leftOut {
        output.note("left out (\(reason)): \(key.fingerprint.grouped) \(TrustGroup.owner(key))")
      }
      if isAsking { try ask() }
    }

    /// Asks whether the fingerprint matches the one obtained by another route.
    private func ask() throws(Failure) {
      guard Surroundings.current.canAsk else {
        throw Failure(
          .usage,
          "fingerprint-needed",
          "there is no terminal on which to confirm the fingerprint",
          subject: file,
          hint: "give it with --fingerprint, as the key's owner told you"
        )
      }
      Output.raw("Is this the fingerprint that the key's owner told you? [yes/no] ")
      guard try Terminal.isYes() else {
        throw Failure(.policy, "not-confirmed", "the fingerprint was not confirmed", subject: file)
      }
    }
  }
}
