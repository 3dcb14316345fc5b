internal import ArgumentParser
internal import BundleFormat
internal import Depot
internal import OpenPGP
internal import SafeIO
internal import Transfer
internal import Trust

/// `aptferry trust`.
struct TrustGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust",
    abstract: "The keys that this site trusts, by role.",
    subcommands: [Add.self, List.self, Remove.self]
  )

  enum Role: String, ExpressibleByArgument, CaseIterable {
    case exporter, upstream, site

    fileprivate var record: TrustRecord.Role {
      switch self {
      case .exporter: .exporter
      case .upstream: .upstream
      case .site: .site
      }
    }
  }

  /// The name that a key's owner gave to it.
  fileprivate static func owner(_ key: PublicKey) -> String {
    key.userIDs.first ?? "(no user id)"
  }

  struct Add: ParsableCommand, Promising, Audited {
    static let afterRefusal = "nothing was pinned"

    static let configuration = CommandConfiguration(
      abstract: "Pin a key that came on another way than the media.",
      discussion: """
        Examples:
          aptferry trust add exporter.asc --role exporter --fingerprint 0123…CDEF
          aptferry trust add island.asc --role site --name island --fingerprint 0123…CDEF
          aptferry trust add debian-archive-keyring.gpg --role upstream \\
              --name debian --all

        Without --fingerprint you are asked on the terminal to compare it; without
        a terminal it is needed. A file with several keys needs --all, or the
        fingerprints of those that are meant. Expired keys are left out.

        Exit statuses: 2 a fingerprint is needed; 10 the file has no such key, or
        the key is too weak; 19 you did not confirm it.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "A file with public keys, armored or binary (no keybox).")
    var file: String

    @Option(help: "exporter: signs bundles; upstream: signs Release files; site: signs receipts.")
    var role: Role

    @Option(
      help: "The exporter, upstream or site that the key counts for; a site must be named."
    )
    var name = ""

    @Option(
      help: ArgumentHelp(
        "The full fingerprint that the key must have (repeatable).",
        valueName: "fpr"
      )
    )
    var fingerprint: [String] = []

    @Flag(help: "Pin every usable key of the file.")
    var all = false

    func validate() throws {
      guard role != .site || BundleName.isValid(name) else {
        throw ValidationError("--role site needs the site's name: --name SITE")
      }
    }

    var audit: AuditSubject? {
      AuditSubject(
        "trust add",
        [
          AuditField("role", [role.rawValue]), AuditField("name", name.isEmpty ? [] : [name]),
          AuditField("file", [absolutePath(file)]), AuditField("fingerprint", fingerprint),
        ] + (all ? [AuditField("all", ["yes"])] : [])
      )
    }

    func run() throws {
      let named = try fingerprint.map { text in
        guard let value = Fingerprint(human: text) else {
          throw Failure(
            .usage,
            "arguments",
            "--fingerprint takes all 40 digits, spaces are allowed: short ids are forgeable",
            subject: text
          )
        }
        return value
      }
      guard !MirrorRecord.isTrustName(name) else {
        throw Failure(
          .usage,
          "arguments",
          "keys for one mirror are pinned when it is created: aptferry mirror create --keyring",
          subject: name
        )
      }
      let now = UTCTime.now()
      let keys = try KeyFile.read(
        try NamedFile.read(file, limit: KeyFile.sizeLimit),
        name: file,
        now: now
      )
      let selection = try PinnedKeys.select(
        from: keys,
        fingerprints: named,
        takesAll: all,
        name: file
      )
      let isAsking = named.isEmpty && !all
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
      let depot = try location.open()
      AuditTrail.add("fingerprint", selection.chosen.map(\.fingerprint.text))
      AuditTrail.add("owner", selection.chosen.map(TrustGroup.owner))
      try PinnedKeys.pin(selection, role: role.record, name: name, depot: depot, now: now)
      output.show(
        .object([
          ("pinned", .array(selection.chosen.map(KeyText.json))),
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

    /// Asks whether the fingerprint shown is the one that came on another way.
    private func ask() throws(Failure) {
      guard Output.canAsk else {
        throw Failure(
          .usage,
          "fingerprint-needed",
          "nobody is here to compare the fingerprint",
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

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show every pinned key.",
      discussion: "Example:\n  aptferry trust list"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let depot = try location.open()
      let records = try depot.catalogue.trust()
      var table = TextTable(["ROLE", "NAME", "FINGERPRINT", "ADDED", "USER ID"])
      for record in records {
        table.add([
          record.role.rawValue, record.name.isEmpty ? "(any)" : record.name, record.fingerprint,
          record.added.rfc3339, record.userIDs,
        ])
      }
      output.show(
        .array(
          records.map { record in
            .object([
              ("role", .string(record.role.rawValue)), ("name", .string(record.name)),
              ("fingerprint", .string(record.fingerprint)),
              (
                "userIDs", .array(record.userIDs.split(separator: "\n").map { .string(String($0)) })
              ),
              ("added", .string(record.added.rfc3339)),
            ])
          }
        ),
        records.isEmpty ? ["no keys are pinned"] : table.lines
      )
    }
  }

  struct Remove: ParsableCommand, Audited {
    static let configuration = CommandConfiguration(
      abstract: "Trust a key no longer.",
      discussion: "Example:\n  aptferry trust remove 0123…CDEF"
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The full fingerprint.")
    var fingerprint: String

    @Option(help: "Only in this role.")
    var role: Role?

    var audit: AuditSubject? {
      AuditSubject(
        "trust remove",
        [AuditField("fingerprint", [fingerprint])]
          + (role.map { [AuditField("role", [$0.rawValue])] } ?? [])
      )
    }

    func run() throws {
      guard let wanted = Fingerprint(human: fingerprint) else {
        throw Failure(
          .usage,
          "arguments",
          "the fingerprint has 40 digits, spaces are allowed",
          subject: fingerprint,
          hint: "aptferry trust list shows those that are pinned"
        )
      }
      let depot = try location.open()
      let lock = try depot.lock(for: "trust remove")
      let count = try depot.catalogue.removeTrust(
        fingerprint: wanted.text,
        role: role?.record
      )
      _ = consume lock
      guard count > 0 else {
        throw Failure(
          .usage,
          "no-such-key",
          "this key is not pinned",
          subject: wanted.grouped,
          hint: "aptferry trust list shows those that are"
        )
      }
      output.show(
        .object([("fingerprint", .string(wanted.text)), ("removed", .number(Int64(count)))]),
        ["no longer trusted: \(wanted.grouped)"]
      )
    }
  }
}
