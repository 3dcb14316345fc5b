internal import ArgumentParser
internal import Depot
internal import Documents
internal import OpenPGP
internal import Operations
internal import SafeIO
internal import Trust

extension TrustGroup {
  struct Edit: ParsableCommand, Promising {
    static let afterRefusal = "nothing was changed"

    static let configuration = CommandConfiguration(
      commandName: "edit",
      abstract: "Change what a pinned key is pinned for.",
      discussion: """
        Examples:
          aptferry trust edit 0123…CDEF --as-seen --reason "Debian's own names"
          aptferry trust edit 0123…CDEF --add --suite 'trixie*' \\
              --reason "trixie is here"
          aptferry trust edit 0123…CDEF --name debian --reason "pinned without a name"
          aptferry trust edit 0123…CDEF --may-vouch 'acme-*/*' --reason "ticket 12"
          aptferry trust edit 0123…CDEF --clear vouching --reason "no longer needed"

        What is given takes the place of what there was; with --add it comes beside
        it. --as-seen pins a vendor for what its suites have called themselves so far
        (aptferry trust list shows that).

        Exit statuses: 2 the key is not pinned, or pinned in several ways; 18 no suite
        of the vendor has come here yet.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The full fingerprint.", completion: Completing.keys)
    var fingerprint: String

    @Option(help: "Only in this role.")
    var role: Role?

    @Option(
      name: .customLong("of"),
      help: ArgumentHelp("Only where it is pinned under this name.", valueName: "name")
    )
    var oldName: String?

    @Option(help: "The name of the exporter, vendor or site that it is to have.")
    var name: String?

    @OptionGroup var scope: TrustScopeOptions

    @Flag(help: "Add to what it is pinned for, instead of replacing that.")
    var add = false

    @Flag(help: "Pin the vendor for what its suites have called themselves so far.")
    var asSeen = false

    @Option(
      help: ArgumentHelp(
        "Empty this: suites, origins, labels, streams or vouching.",
        valueName: "what"
      )
    )
    var clear: [ClearedScope] = []

    @Option(help: "Why, for the audit log.", transform: Reason.read)
    var reason: String

    /// What can be emptied.
    enum ClearedScope: String, ExpressibleByArgument, CaseIterable {
      case suites, origins, labels, streams, vouching
    }

    func validate() throws {
      guard name != nil || asSeen || !clear.isEmpty || !scope.value.isEmpty else {
        throw ValidationError("Say what is to change.")
      }
    }

    private var about: [AuditField] {
      [AuditField("fingerprint", [fingerprint])]
        + (role.map { [AuditField("role", [$0.rawValue])] } ?? [])
        + (name.map { [AuditField("name", [$0])] } ?? []) + scope.auditFields
        + (asSeen ? [AuditField("as-seen", ["yes"])] : [])
        + (add ? [AuditField("add", ["yes"])] : [])
        + (clear.isEmpty ? [] : [AuditField("clear", clear.map(\.rawValue))])
    }

    func run() throws {
      var edit = TrustEdit(fingerprint: try TrustGroup.fingerprint(fingerprint).text)
      edit.role = role?.record
      (edit.oldName, edit.name, edit.scope) = (oldName, name, scope.value)
      (edit.isAdding, edit.isAsSeen) = (add, asSeen)
      edit.cleared = Set(clear.compactMap { TrustEdit.Scope(rawValue: $0.rawValue) })
      let edited = try location.session(output).editTrust(edit, about: about, reason: reason)
      let (key, vendors) = (edited.key, edited.vendors)
      output.show(
        TrustText.json(key, vendors),
        ["\(key.role.rawValue) \(TrustText.name(key)): \(vendors.scope(of: key))"].map {
          Escaped.line($0)
        }
      )
    }
  }
}
