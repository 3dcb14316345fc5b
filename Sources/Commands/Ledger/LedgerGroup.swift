internal import ArgumentParser
internal import Depot
internal import SafeIO
internal import Transfer

/// `aptferry ledger`.
struct LedgerGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "What was made, sent, and acknowledged.",
    subcommands: [Show.self, Retract.self]
  )

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the bundles made here and what each site is behind by; and what came in.",
      discussion: """
        Examples:
          aptferry ledger show
          aptferry ledger show --site island --json
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Only what concerns this site.")
    var site: String?

    func run() throws {
      let ledger = try LedgerReport(of: location.open(), site: site)
      let isKnown = site.map { name in ledger.sites.contains { $0.name == name } } ?? true
      if let site, !isKnown {
        output.note("note: nothing was made for a site \(site), and no receipt of it was added")
      }
      output.show(LedgerText.json(ledger), LedgerText.lines(ledger))
    }
  }

  struct Retract: ParsableCommand, Promising, Audited {
    static let afterRefusal = "the ledger is as it was"

    static let configuration = CommandConfiguration(
      abstract:
        "Note that a bundle's media are lost: its content is carried again.",
      discussion: """
        Example:
          aptferry ledger retract mainland-000038 --reason "stick destroyed at the gate"

        What a site has acknowledged with a signed receipt stays acknowledged.

        Exit statuses: 2 there is no such bundle.
        """
    )

    @OptionGroup var location: DepotOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The bundle, as <stream>-<sequence>.")
    var bundle: String

    @Option(help: "Why, for the audit log.", transform: Reason.read)
    var reason: String

    var audit: AuditSubject? {
      AuditSubject("ledger retract", [AuditField("bundle", [bundle])], reason: reason)
    }

    func run() throws {
      let depot = try location.open()
      let lock = try depot.lock(for: "ledger retract")
      guard let record = try depot.catalogue.exports().first(where: { $0.name == bundle }) else {
        throw Failure(
          .usage,
          "no-bundle",
          "this depot has made no bundle of that name",
          subject: bundle,
          hint: "aptferry ledger show lists them"
        )
      }
      if let before = record.retraction {
        output.note("note: it was retracted before, \(before.time): \(before.reason)")
      }
      try depot.catalogue.retract(
        stream: record.stream,
        sequence: record.sequence,
        at: .now(),
        reason: reason
      )
      _ = consume lock
      AuditTrail.facts.add(.retracted(record))
      let arrived = try depot.catalogue.acknowledgements(stream: record.stream)
        .filter { $0.sequence == record.sequence }.map(\.site)
      if !arrived.isEmpty {
        output.note(
          "note: it stays acknowledged by \(arrived.joined(separator: ", ")), whose receipts say that "
            + "it arrived"
        )
      }
      output.show(
        .object([
          ("bundle", .string(record.name)),
          ("reason", .string(record.retraction?.reason ?? reason)),
          ("acknowledgedBy", .array(arrived.map { .string($0) })),
        ]),
        ["retracted: \(record.name)"]
      )
    }
  }
}

/// How the ledger is shown.
enum LedgerText {
  private static func state(_ bundle: LedgerReport.Bundle) -> String {
    let lost = bundle.record.retraction.map { "retracted \($0.time.rfc3339): \($0.reason)" }
    let arrived = bundle.acknowledgements.map {
      "\($0.site) (\($0.means.rawValue) \($0.learned.rfc3339))"
    }
    let open = bundle.waitingFor.map { "waiting for \($0)" }
    let parts = arrived + open + [lost].compactMap(\.self)
    return parts.isEmpty ? "for any site" : parts.joined(separator: ", ")
  }

  static func lines(_ report: LedgerReport) -> [String] {
    var lines: [String] = []
    if !report.bundles.isEmpty {
      var table = TextTable(["MADE", "CREATED", "BY", "SIZE", "SNAPSHOTS", "ARRIVED"])
      for bundle in report.bundles {
        table.add([
          bundle.record.name, bundle.record.created.rfc3339, bundle.record.maker,
          ByteSize.text(bundle.record.bytes),
          bundle.record.snapshots.map(\.name).joined(separator: " "), state(bundle),
        ])
      }
      lines += table.lines
    }
    for site in report.sites {
      var text = "site \(site.name): "
      text +=
        site.receipt.map {
          "receipt \($0.number) of \($0.created.rfc3339), added \($0.learned.rfc3339)"
        } ?? "no receipt"
      if !site.behind.isEmpty { text += "; behind by \(site.behind.joined(separator: ", "))" }
      lines.append(Escaped.line(text))
    }
    if !report.accepted.isEmpty {
      var table = TextTable(["TAKEN IN", "CREATED", "ACCEPTED", "EXPORTER", "DIGEST"])
      for bundle in report.accepted {
        table.add([
          "\(bundle.stream) \(bundle.sequence)", bundle.created.rfc3339, bundle.accepted.rfc3339,
          bundle.exporter, bundle.manifest.short,
        ])
      }
      lines += table.lines
    }
    return lines.isEmpty ? ["nothing was made or taken in yet"] : lines
  }

  static func json(_ report: LedgerReport) -> JSONText {
    .object([
      (
        "made",
        .array(
          report.bundles.map { bundle in
            .object([
              ("bundle", .string(bundle.record.name)), ("stream", .string(bundle.record.stream)),
              ("sequence", .count(bundle.record.sequence)),
              ("digest", .string(bundle.record.manifest.hex)),
              ("created", .string(bundle.record.created.rfc3339)),
              ("by", .string(bundle.record.maker)), ("bytes", .count(bundle.record.bytes)),
              ("relied", .count(bundle.record.relied)),
              ("sites", .array(bundle.record.sites.map { .string($0) })),
              ("snapshots", .array(bundle.record.snapshots.map { .string($0.name) })),
              (
                "acknowledged",
                .array(
                  bundle.acknowledgements.map {
                    .object([
                      ("site", .string($0.site)), ("how", .string($0.means.rawValue)),
                      ("learned", .string($0.learned.rfc3339)),
                    ])
                  }
                )
              ),
              ("waitingFor", .array(bundle.waitingFor.map { .string($0) })),
              ("retracted", bundle.record.retraction.map { .string($0.reason) } ?? .null),
            ])
          }
        )
      ),
      (
        "sites",
        .array(
          report.sites.map { site in
            .object([
              ("site", .string(site.name)),
              ("receipt", site.receipt.map { .count($0.number) } ?? .null),
              ("created", site.receipt.map { .string($0.created.rfc3339) } ?? .null),
              ("behind", .array(site.behind.map { .string($0) })),
            ])
          }
        )
      ),
      (
        "accepted",
        .array(
          report.accepted.map { bundle in
            .object([
              ("stream", .string(bundle.stream)), ("sequence", .count(bundle.sequence)),
              ("digest", .string(bundle.manifest.hex)), ("exporter", .string(bundle.exporter)),
              ("created", .string(bundle.created.rfc3339)),
              ("accepted", .string(bundle.accepted.rfc3339)),
            ])
          }
        )
      ),
    ])
  }
}
