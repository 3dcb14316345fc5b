internal import Depot
package import Operations
internal import SafeIO
internal import Transfer

/// How sites and their receipts are shown.
package enum HubText {
  package static func json(_ status: HubStatus, late: [String]?) -> JSONText {
    .object([
      ("at", .string(status.now.rfc3339)),
      (
        "sites",
        .array(
          status.report.sites.map { site in
            .object([
              ("site", .string(site.name)),
              ("receipt", receipt(site)),
              ("waiting", status.waiting[site.name].map { .string($0.path) } ?? .null),
              ("streams", .array(site.streams.map(json))),
              ("behindSince", site.behindSince.map { .string($0.rfc3339) } ?? .null),
              ("lag", .number(site.lag(at: status.now))),
              ("late", late.map { .bool($0.contains(site.name)) } ?? .null),
            ])
          }
        )
      ),
      ("unsent", .array(status.report.unsent.map { .string($0) })),
    ])
  }

  private static func receipt(_ site: HubReport.Site) -> JSONText {
    guard let receipt = site.receipt else { return .null }
    return .object([
      ("number", .count(receipt.number)), ("created", .string(receipt.created.rfc3339)),
      ("added", .string(receipt.learned.rfc3339)),
    ])
  }

  private static func json(_ stream: HubReport.Stream) -> JSONText {
    .object([
      ("stream", .string(stream.name)),
      ("made", stream.made.map { .count($0.sequence) } ?? .null),
      ("acknowledged", stream.acknowledged.map { .count($0.sequence) } ?? .null),
      ("acknowledgedAt", stream.acknowledged.map { .string($0.learned.rfc3339) } ?? .null),
      ("missing", .array(stream.missing.map { .string($0.name) })),
    ])
  }

  package static func lines(_ status: HubStatus, late: [String]?) -> [String] {
    guard !status.report.sites.isEmpty else {
      return ["no site is known: aptferry trust add FILE --role site --name SITE"]
    }
    var table = TextTable(["SITE", "STREAM", "MADE", "ACKNOWLEDGED", "LAG", "MISSING"])
    for site in status.report.sites {
      let mark = late?.contains(site.name) == true ? " LATE" : ""
      if site.streams.isEmpty { table.add([site.name, "-", "-", "-", "-", "-"]) }
      for stream in site.streams {
        let since = stream.missing.map(\.created).min()
        table.add([
          site.name, stream.name, stream.made.map { "\($0.sequence)" } ?? "-",
          stream.acknowledged.map { "\($0.sequence) at \($0.learned)" } ?? "-",
          since.map { age(status.now.seconds - $0.seconds) + mark } ?? "none",
          missing(stream),
        ])
      }
    }
    return table.lines
      + status.waiting.sorted { $0.key < $1.key }.map { site, name in
        "waiting:  a receipt of \(site), number \(name.number): take it with aptferry hub collect"
      }
      + status.report.unsent.map { "not sent: \(Escaped.line($0))" }
  }

  /// The bundles that a site lacks; of many the first and the last.
  private static func missing(_ stream: HubReport.Stream) -> String {
    let names = stream.missing.map(\.name)
    guard names.count > 3 else { return names.isEmpty ? "-" : names.joined(separator: " ") }
    return "\(names[0]) … \(names[names.count - 1]) (\(names.count))"
  }

  /// In days, else hours, else minutes.
  private static func age(_ seconds: Int64) -> String {
    let seconds = max(0, seconds)
    if seconds >= 2 * 86_400 { return "\(seconds / 86_400) days" }
    return seconds >= 2 * 3600 ? "\(seconds / 3600) hours" : "\(seconds / 60) minutes"
  }

  // MARK: receipts taken from a store

  package static func json(_ outcome: StoredReceiptsOutcome) -> JSONText {
    .object([
      (
        "taken",
        .array(
          outcome.taken.map { place, outcome in
            .object([
              ("place", .string(place)), ("site", .string(outcome.site)),
              ("number", outcome.number.map { .count($0) } ?? .null),
              ("changed", .bool(outcome.isNews)),
              ("acknowledged", .array(outcome.acknowledged.map { .string($0) })),
              ("notes", JSONDocument.json(outcome.notes)),
            ])
          }
        )
      ),
      (
        "refused",
        .array(
          outcome.refused.map { place, failure in
            .object([
              ("place", .string(place)), ("code", .string(failure.code)),
              ("reason", .string(failure.reason)),
            ])
          }
        )
      ),
      ("known", .array(outcome.known.map { .string($0) })),
      ("strangers", .number(Int64(outcome.strangers))),
    ])
  }

  package static func lines(_ outcome: StoredReceiptsOutcome) -> [String] {
    var lines = outcome.taken.map { _, outcome in
      "\(Escaped.line(outcome.site)): "
        + (outcome.acknowledged.isEmpty
          ? "nothing new is acknowledged"
          : "acknowledged " + outcome.acknowledged.joined(separator: ", "))
    }
    lines += outcome.refused.map { place, failure in
      Escaped.line("REFUSED: \(place): \(failure.reason)")
    }
    if !outcome.known.isEmpty {
      lines.append("known:    " + outcome.known.joined(separator: ", "))
    }
    if outcome.strangers > 0 {
      let names = Counted.text(outcome.strangers, "file")
      lines.append("passed over: \(names) that no receipt is called like")
    }
    return lines.isEmpty ? ["no receipt is there"] : lines
  }
}
