internal import ArgumentParser
internal import BundleFormat
internal import Depot
internal import Documents
internal import OpenPGP
internal import Operations
internal import SafeIO
internal import Transfer
internal import Trust

/// `aptferry trust`.
struct TrustGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust",
    abstract: "The keys that this site trusts, by role.",
    subcommands: [
      Add.self, List.self, Edit.self, AcceptSuccessor.self, Remove.self,
    ]
  )

  enum Role: String, ExpressibleByArgument, CaseIterable {
    case exporter, upstream, site, uploader

    /// The role as the catalogue has it.
    var record: TrustRecord.Role {
      switch self {
      case .exporter: .exporter
      case .upstream: .upstream
      case .site: .site
      case .uploader: .uploader
      }
    }
  }

  /// A fingerprint that a person typed, in full.
  static func fingerprint(_ text: String) throws(Failure) -> Fingerprint {
    if let value = Fingerprint(human: text) { return value }
    throw Failure(
      .usage,
      "arguments",
      "a fingerprint has 40 digits, spaces are allowed: short ids are forgeable",
      subject: text,
      hint: "aptferry trust list shows those that are pinned"
    )
  }

  /// The name that a key's owner gave to it.
  static func owner(_ key: PublicKey) -> String {
    key.userIDs.first ?? "(no user id)"
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Stop trusting a key.",
      discussion: """
        Example:
          aptferry trust remove 0123…CDEF

        On a terminal you are asked; elsewhere say --yes.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The full fingerprint.", completion: Completing.keys)
    var fingerprint: String

    @Option(help: "Only in this role.")
    var role: Role?

    @OptionGroup var confirmation: ConfirmOptions

    func run() throws {
      let wanted = try TrustGroup.fingerprint(fingerprint)
      try confirmation.ask("what this key signs is refused from now on", about: wanted.grouped)
      let (count, signed) = try location.session(output).removeTrust(wanted, role: role?.record)
      output.show(
        .object([
          ("fingerprint", .string(wanted.text)),
          ("hadSigned", .array(signed.map { .string($0) })), ("removed", .number(Int64(count))),
        ]),
        ["no longer trusted: \(wanted.grouped)"]
          + (signed.isEmpty
            ? [] : ["it had signed: " + Escaped.line(signed.joined(separator: ", "))])
      )
    }
  }
}
