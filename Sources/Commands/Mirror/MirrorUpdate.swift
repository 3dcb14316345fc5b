internal import ArgumentParser
internal import DebianRepository
internal import Depot
internal import Mirroring
internal import SafeIO
internal import Trust

extension MirrorGroup {
  /// `aptferry mirror update`.
  struct Update: ParsableCommand, Promising, Audited {
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

    @Argument(help: "The mirror's name.")
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

    var audit: AuditSubject? {
      dryRun
        ? nil
        : AuditSubject(
          "mirror update",
          [AuditField("name", [name])]
            + (allowReleaseInfoChange ? [AuditField("allow-releaseinfo-change", ["yes"])] : [])
            + (changeVendor ? [AuditField("change-vendor", ["yes"])] : []),
          reason: reason
        )
    }

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
      let depot = try location.open()
      let mirror = try depot.catalogue.mirror(name)
      var request = MirrorRequest(
        mirror: mirror,
        keys: try MirrorKeys.read(of: mirror, depot),
        now: .now(),
        facts: AuditTrail.facts
      )
      let vendors = try Vendors(depot)
      request.judge = vendors.judge(for: depot, mirror: mirror)
      request.goesOn = vendors.goesOn(isAllowed: changeVendor)
      request.isDryRun = dryRun
      request.allowsReleaseInfoChange = allowReleaseInfoChange
      request.connections = connections
      request.limitRate = limitRate?.bytes
      request.retries = retries
      request.timeout = Double(timeout)
      request.leastRate.bytesPerSecond = leastRate.bytes
      request.leastRate.window = Double(leastRateWindow)
      request.userAgent = Version.userAgent
      for variable in Update.variables {
        if let value = environment(variable) { request.environment[variable] = value }
      }
      let line = output.progress
      defer { line.end() }
      let report = try MirrorUpdate.run(request, depot: depot, progress: line.sink)
      line.end()
      for note in report.notes { output.note("note: \(note)") }
      output.show(json(report), lines(report))
    }

    private static let variables = [
      "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
      "APT_CONFIG",
    ]

    private func json(_ report: MirrorReport) -> JSONText {
      .object([
        ("mirror", .string(name)),
        ("dryRun", .bool(dryRun)),
        ("unchanged", .bool(report.isUnchanged)),
        ("fetchedFiles", .count(report.files)),
        ("fetchedBytes", .count(report.bytes)),
        (
          "suites",
          .array(
            report.suites.map { suite in
              .object([
                ("unchanged", .bool(suite.isUnchanged)),
                ("newPackages", .count(suite.packages.new)),
                ("keptPackages", .count(suite.packages.kept)),
                ("removedPackages", .count(suite.packages.removed)),
                ("state", MirrorText.json(suite.state)),
              ])
            }
          )
        ),
        ("notes", .array(report.notes.map { .string($0) })),
      ])
    }

    private func lines(_ report: MirrorReport) -> [String] {
      var lines = report.suites.map { suite in
        let state = suite.state
        let name = Escaped.line(state.suite.distribution)
        let date = state.suite.date.map { " of \($0)" } ?? ""
        if suite.isUnchanged { return "\(name)\(date): nothing new" }
        let packages = suite.packages
        return "\(name)\(date): \(packages.new) packages new, \(packages.kept) kept, "
          + "\(packages.removed) removed; \(state.files) files, \(ByteSize.text(state.bytes))"
      }
      let count = "\(report.files) files, \(ByteSize.text(report.bytes))"
      lines.append(
        dryRun ? "would be fetched: \(count); nothing was changed" : "fetched: \(count)"
      )
      return lines
    }
  }
}
