internal import BundleFormat
internal import Depot
internal import SafeIO
package import Transfer

/// How the ledger is shown.
package enum LedgerText {
  private static func state(_ bundle: LedgerReport.Bundle) -> String {
    let lost = bundle.record.retraction.map { "retracted \($0.time.rfc3339): \($0.reason)" }
    let arrived = bundle.acknowledgements.map {
      "\($0.site) (\($0.means.rawValue) \($0.learned.rfc3339))"
    }
    let open = bundle.waitingFor.map { "waiting for \($0)" }
    let parts = arrived + open + [lost].compactMap(\.self)
    return parts.isEmpty ? "nothing known (for any site)" : parts.joined(separator: ", ")
  }

  /// What is known of a site that never sent a signed receipt.
  private static func typed(_ site: String, _ report: LedgerReport) -> String {
    let bundle = report.bundles.last { bundle in
      bundle.acknowledgements.contains { $0.site == site && $0.means == .typed }
    }
    return bundle.map { "no signed receipt; that \($0.record.name) arrived was typed" }
      ?? "no receipt"
  }

  package static func lines(_ report: LedgerReport) -> [String] {
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
        } ?? typed(site.name, report)
      if !site.behind.isEmpty { text += "; behind by \(site.behind.joined(separator: ", "))" }
      lines.append(Escaped.line(text))
    }
    if !report.accepted.isEmpty {
      var table = TextTable(["TAKEN IN", "CREATED", "ACCEPTED", "EXPORTER", "DIGEST"])
      for bundle in report.accepted {
        table.add([
          BundleName.directory(stream: bundle.stream, sequence: bundle.sequence),
          bundle.created.rfc3339, bundle.accepted.rfc3339,
          bundle.exporter, bundle.manifest.short,
        ])
      }
      lines += table.lines
    }
    return lines.isEmpty ? ["nothing was made or taken in yet"] : lines
  }

  package static func json(_ report: LedgerReport) -> JSONText {
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
