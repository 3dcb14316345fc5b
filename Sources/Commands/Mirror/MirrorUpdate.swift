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
      abstract: "Fetch what is new upstream; all of it is verified, and all or nothing counts.",
      discussion: """
        Examples:
          aptferry mirror update debian
          aptferry mirror update debian --dry-run
          aptferry mirror update debian --limit-rate 5MB --connections 4

        InRelease (else Release and Release.gpg) is verified with the mirror's
        keys; then the wanted indexes and the packages that the depot lacks are
        fetched and checked while they come. Interrupted, it goes on where it was.

        Proxies are those of apt.conf, else http_proxy, https_proxy, all_proxy and
        no_proxy; credentials come from /etc/apt/auth.conf and auth.conf.d.

        Exit statuses: 3 the upstream has no such component or architecture; 10 not
        signed by a key that is pinned for it; 11 files are not what the lists say; 12 files could
        not be had; 13 upstream is older than what is here; 15 not enough space;
        16 the upstream does not answer; 19 the suite's name changed.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The mirror's name.", completion: Completing.mirrors)
    var name: String

    @Flag(help: "Fetch and verify the indexes only, and say what would be fetched.")
    var dryRun = false

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
      let line = output.progress
      defer { line.end() }
      let report = try location.session(output, line).updateMirror(order())
      line.end()
      for note in report.notes { output.tell(note) }
      output.show(
        MirrorReportText.json(report, of: name, isDryRun: dryRun),
        MirrorReportText.lines(report, isDryRun: dryRun)
      )
    }

    private func order() -> MirrorUpdateOrder {
      var order = MirrorUpdateOrder(name, userAgent: Version.userAgent)
      (order.changesVendor, order.reason, order.isDryRun) = (changeVendor, reason, dryRun)
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
