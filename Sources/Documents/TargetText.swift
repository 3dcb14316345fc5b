#if Network
package import Depot
package import Operations
package import PublicationTargets
internal import SafeIO

/// How targets in object stores are shown.
package enum TargetText {
  // MARK: what there is

  package static func json(_ target: TargetRecord) -> JSONText { .object(members(target)) }

  private static func members(_ target: TargetRecord) -> [(String, JSONText)] {
    [
      ("name", .string(target.name)), ("address", .string(target.address)),
      ("endpoint", .string(target.endpoint)), ("region", .string(target.region)),
      ("virtualHost", .bool(target.isVirtualHosted)),
      ("authorities", target.authorities.map { .string($0) } ?? .null),
      ("credentials", target.credentials.map { .string($0) } ?? .null),
      ("url", .string(target.clientAddress)),
      ("createsOnce", .bool(target.createsOnce)), ("swap", .string(target.swap.rawValue)),
      ("atomic", .bool(target.isAtomic)), ("missing", .number(Int64(target.missingStatus))),
      ("public", .bool(target.isPublic)), ("created", .string(target.created.rfc3339)),
    ]
  }

  package static func json(_ report: TargetReport) -> JSONText {
    .object(
      members(report.target) + [
        (
          "publications",
          .array(
            report.publications.map { place in
              .object([
                ("prefix", .string(place.prefix)), ("generation", .count(place.generation)),
                ("number", .count(place.number)),
                ("published", place.published.map { .string($0.rfc3339) } ?? .null),
                ("behind", .bool(isBehind(place, report))),
              ])
            }
          )
        )
      ]
    )
  }

  private static func isBehind(_ place: TargetPublication, _ report: TargetReport) -> Bool {
    report.generations[place.prefix].map { $0 != place.generation } ?? false
  }

  package static func table(_ reports: [TargetReport]) -> [String] {
    guard !reports.isEmpty else { return ["there are no targets"] }
    var table = TextTable(["NAME", "ADDRESS", "ENDPOINT", "WRITERS", "PUBLICATIONS"])
    for report in reports {
      let places = report.publications.map { place in
        place.prefix + (isBehind(place, report) ? " (behind)" : "")
      }
      table.add([
        report.target.name, report.target.address, report.target.endpoint,
        report.target.isAtomic ? "one wins" : "ONE ONLY", places.joined(separator: " "),
      ])
    }
    return table.lines
  }

  package static func lines(_ report: TargetReport) -> [String] {
    var lines = lines(report.target)
    for place in report.publications {
      let there =
        place.number == 0
        ? "nothing yet"
        : "generation \(place.generation) since \(place.published?.rfc3339 ?? "?"), as number "
          + "\(place.number)"
      let behind =
        isBehind(place, report)
        ? "; BEHIND, the depot has generation \(report.generations[place.prefix] ?? 0)" : ""
      lines.append("has:       \(place.prefix): \(there)\(behind)")
    }
    return lines.map { Escaped.line($0) }
  }

  package static func lines(_ target: TargetRecord) -> [String] {
    let who = target.credentials.map { "the file \($0)" } ?? "systemd or the environment says it"
    return [
      "target:    \(target.name)", "address:   \(target.address)",
      "endpoint:  \(target.endpoint), region \(target.region)"
        + (target.isVirtualHosted ? ", the bucket in the host's name" : ""),
      "who asks:  \(who)", "clients:   \(target.clientAddress)",
      "read:      "
        + (target.isPublic
          ? "without credentials"
          : "not without credentials when it was tried: a bucket policy is needed"),
      "missing:   clients hear \(target.missingStatus)",
      "promise:   " + promise(target),
    ].map { Escaped.line($0) }
  }

  private static func promise(_ target: TargetRecord) -> String {
    target.isAtomic
      ? "of several writers one wins: the store writes under conditions (If-None-Match; If-Match, "
        + "\(target.swap.rawValue))"
      : "ONE WRITER ONLY: the store does not write under conditions, so that two at once may mix; "
        + "have one depot publish there, one run at a time"
  }

  // MARK: what was done

  package static func json(_ result: TargetResult) -> JSONText {
    .object([
      ("target", .string(result.target)), ("prefix", .string(result.prefix)),
      ("generation", .count(result.source)), ("number", .count(result.number)),
      ("unchanged", .bool(result.isUnchanged)), ("files", .count(result.files)),
      ("bytes", .count(result.bytes)), ("removed", .count(result.removed)),
      ("requests", .number(Int64(result.requests))),
    ])
  }

  package static func line(_ result: TargetResult) -> String {
    let place = "\(result.target): \(result.prefix), generation \(result.source) as number "
    let what =
      result.isUnchanged
      ? "unchanged"
      : "\(Counted.text(result.files, "file")), \(ByteSize.text(result.bytes)) written"
        + (result.removed > 0 ? ", \(Counted.text(result.removed, "file")) removed" : "")
    return Escaped.line(
      "target:     " + place
        + "\(result.number): \(what), \(Counted.text(result.requests, "request"))"
    )
  }

  // MARK: what a check found

  package static func json(_ report: TargetCheck.Report) -> JSONText {
    .object([
      ("target", .string(report.target)), ("prefix", .string(report.prefix)),
      ("number", .count(report.number)), ("files", .number(Int64(report.files))),
      ("hashed", .number(Int64(report.hashed))),
      (
        "findings",
        .array(
          report.findings.map { finding in
            .object([
              ("path", .string(finding.path)), ("what", .string(finding.what)),
              ("repaired", .bool(finding.isRepaired)),
            ])
          }
        )
      ),
      ("leftovers", .array(report.leftovers.map { .string($0) })),
    ])
  }

  package static func lines(_ report: TargetCheck.Report) -> [String] {
    guard report.number > 0 else {
      return [Escaped.line("\(report.prefix): nothing is published at \(report.target)")]
    }
    var lines = report.findings.map { finding in
      "\(report.prefix)/\(finding.path): \(finding.what)"
        + (finding.isRepaired ? ", written again" : "")
    }
    lines += report.leftovers.prefix(20).map { "\(report.prefix)/\($0): no generation has it" }
    lines.append(
      "\(report.prefix): number \(report.number), \(Counted.text(report.files, "file")), "
        + "\(report.hashed) of them read, \(report.open) wrong, "
        + Counted.text(report.leftovers.count, "leftover")
    )
    return lines.map { Escaped.line($0) }
  }
}
#endif
