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
      lines += table.lines + media(report)
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
    lines += report.notes.map { Escaped.line($0.line) }
    return lines.isEmpty ? ["nothing was made or taken in yet"] : lines
  }

  /// The media of bundles that are on several, or on a device that is known.
  private static func media(_ report: LedgerReport) -> [String] {
    var table = TextTable(["MEDIUM", "BUNDLE", "LABEL", "WRITTEN", "DEVICE", "SERIAL"])
    var isEmpty = true
    for bundle in report.bundles {
      for medium in bundle.media {
        let device = (medium.written?.model ?? "", medium.written?.serial ?? "")
        guard bundle.media.count > 1 || device != ("", "") else { continue }
        isEmpty = false
        table.add([
          "\(medium.number) of \(bundle.media.count)", bundle.record.name, medium.label,
          medium.written?.at.rfc3339 ?? "not yet", device.0, device.1,
        ])
      }
    }
    return isEmpty ? [] : table.lines
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
              ("media", .array(bundle.media.map(json))),
              ("retracted", bundle.record.retraction.map { .string($0.reason) } ?? .null),
            ])
          }
        )
      ),
      ("notes", JSONDocument.json(report.notes)),
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

  private static func json(_ medium: MediaSetRecord.Medium) -> JSONText {
    .object([
      ("number", .number(Int64(medium.number))), ("label", .string(medium.label)),
      ("bytes", .count(medium.bytes)),
      ("written", medium.written.map { .string($0.at.rfc3339) } ?? .null),
      ("place", medium.written.map { .string($0.place) } ?? .null),
      ("model", medium.written?.model.map { .string($0) } ?? .null),
      ("serial", medium.written?.serial.map { .string($0) } ?? .null),
    ])
  }
}
