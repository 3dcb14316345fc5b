internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import Documents
internal import Mirroring
internal import Operations
internal import SafeIO

extension MirrorGroup {
  /// `aptferry mirror update`.
  struct Update: ParsableCommand, Promising {
    static let afterRefusal = "the mirror is as it was; what an update fetched is kept for the next"

    static let configuration = CommandConfiguration(
      commandName: "update",
      abstract: "Fetch what is new upstream; all of it is verified, and all or nothing counts.",
      discussion: """
        Examples:
          aptferry mirror update debian
          aptferry mirror update debian --dry-run
          aptferry mirror update --all
          aptferry mirror update debian --limit-rate 5MB --connections 4
          aptferry mirror update tools --leave-out missing:old-tool

        InRelease (else Release and Release.gpg) is verified with the mirror's
        keys; then the wanted indexes and the packages that the depot lacks are
        fetched and checked while they come. Interrupted, it goes on where it was.

        Proxies are those of apt.conf, else http_proxy, https_proxy, all_proxy and
        no_proxy; credentials come from /etc/apt/auth.conf and auth.conf.d.

        What --leave-out leaves out is recorded, and shown in the snapshot and inside.
        A stanza that apt itself cannot use (no hash, no size) is passed over anyway.

        Exit statuses: 3 the upstream has no such component or architecture; 10 not
        signed by a key that is pinned for it; 11 files are not what the lists say; 12 files could
        not be had; 13 upstream is older than what is here; 15 not enough space;
        16 the upstream does not answer; 19 the suite's name changed.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(
      help: ArgumentHelp("The names of mirrors.", valueName: "name"),
      completion: Completing.mirrors
    )
    var names: [String] = []

    @Flag(
      help: "Update all mirrors, one after the other; one that is refused does not stop the others."
    )
    var all = false

    @Flag(help: "Fetch and verify the indexes only, and say what would be fetched.")
    var dryRun = false

    @Flag(
      name: .customLong("allow-expired-key"),
      help: "Take what a vendor's key signed before it expired; remembered, and shown."
    )
    var allowExpiredKey = false

    @OptionGroup var leaveOut: LeaveOutOptions

    @Flag(name: .customLong("allow-releaseinfo-change"), help: "Take another Suite or Codename.")
    var allowReleaseInfoChange = false

    @Flag(help: "Take a suite that another vendor signs than before; needs --reason.")
    var changeVendor = false

    @Option(help: "Why, for the audit log.", transform: Reason.read)
    var reason: String?

    @Option(help: ArgumentHelp("Connections to the host, 1 to 64.", valueName: "count"))
    var connections = 8

    @Option(help: ArgumentHelp("The most to receive a second, as in 5MB.", valueName: "size"))
    var limitRate: ByteSize?

    @Option(
      help: ArgumentHelp(
        "How often to repeat a request after trouble that may pass.",
        valueName: "count"
      )
    )
    var retries = 3

    @Option(
      help: ArgumentHelp(
        "Seconds without data after which a connection is given up.",
        valueName: "seconds"
      )
    )
    var timeout = 30

    @Option(
      help: ArgumentHelp(
        "The least that must come a second, else the update ends; 0 waits for ever.",
        valueName: "size"
      )
    )
    var leastRate = ByteSize(bytes: 1024)

    @Option(
      help: ArgumentHelp(
        "Seconds over which --least-rate is measured.",
        valueName: "seconds"
      )
    )
    var leastRateWindow = 60

    func validate() throws {
      guard changeVendor == (reason != nil) else {
        throw ValidationError("--change-vendor and --reason belong together.")
      }
      guard names.isEmpty == all else {
        throw ValidationError("Name the mirrors to update, or say --all.")
      }
    }

    func run() throws {
      guard (1...64).contains(connections), (0...100).contains(retries),
        (1...3600).contains(timeout), (1...3600).contains(leastRateWindow), limitRate?.bytes != 0
      else {
        throw Failure(
          .usage,
          "arguments",
          "--connections is 1 to 64, --retries 0 to 100, --timeout and --least-rate-window 1 to "
            + "3600, and --limit-rate more than nothing"
        )
      }
      guard names.count != 1 else {
        let report = try update(names[0])
        return output.show(
          .object([
            ("mirrors", .array([MirrorReportText.json(report, of: names[0], isDryRun: dryRun)]))
          ]),
          MirrorReportText.lines(report, isDryRun: dryRun)
        )
      }
      try updateEach(
        all ? try location.depot(output).catalogue.mirrors().map(\.name) : names
      )
    }

    private func update(_ name: String) throws -> MirrorReport {
      let line = output.progress
      defer { line.end() }
      let report = try location.session(output, line).updateMirror(order(name))
      line.end()
      for note in report.notes { output.tell(names.count == 1 ? note : note.about(name)) }
      return report
    }

    /// Updates several mirrors; what was refused is told in the end.
    private func updateEach(_ names: [String]) throws {
      var refused: [(name: String, failure: Failure)] = []
      var documents: [JSONText] = []
      var lines: [String] = []
      for name in names {
        do {
          let report = try update(name)
          documents.append(MirrorReportText.json(report, of: name, isDryRun: dryRun))
          lines += MirrorReportText.lines(report, isDryRun: dryRun).map { "\(name): \($0)" }
        } catch let failure as Failure {
          guard failure.kind != .interrupted, failure.kind != .terminated else { throw failure }
          refused.append((name, failure))
        }
      }
      if names.isEmpty { lines.append("there are no mirrors") }
      output.show(.object([("mirrors", .array(documents))]), lines)
      if let failure = Update.summary(refused, of: names.count) { throw failure }
    }

    /// One refusal for all that were refused: the first one decides the exit status.
    private static func summary(
      _ refused: [(name: String, failure: Failure)],
      of count: Int
    ) -> Failure? {
      guard let (name, first) = refused.first else { return nil }
      return Failure(
        first.kind,
        first.name,
        "\(refused.count) of \(count) mirrors could not be updated; \(name): \(first.reason)",
        subject: first.subject,
        hint: first.hint,
        details: refused.flatMap { name, failure in
          ["\(name): \(failure.code): \(failure.reason)"]
            + failure.details.map { "\(name): \($0)" }
        }
      )
    }

    private func order(_ name: String) -> MirrorUpdateOrder {
      var order = MirrorUpdateOrder(name, userAgent: Version.userAgent)
      (order.changesVendor, order.reason, order.isDryRun) = (changeVendor, reason, dryRun)
      order.leaveOut = leaveOut.words
      order.explain = { DependencyText.lines($0) }
      order.allowsExpiredKeys = allowExpiredKey
      order.allowsReleaseInfoChange = allowReleaseInfoChange
      (order.connections, order.limitRate) = (connections, limitRate?.bytes)
      (order.retries, order.timeout) = (retries, Double(timeout))
      (order.leastRate, order.leastRateWindow) = (leastRate.bytes, Double(leastRateWindow))
      for variable in Update.variables {
        if let value = environment(variable) { order.environment[variable] = value }
      }
      return order
    }

    private static let variables = [
      "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
      "APT_CONFIG",
    ]
  }
}
