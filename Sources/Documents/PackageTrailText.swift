internal import Comparison
internal import Depot
package import Operations
internal import SafeIO

/// How the way of a package is shown.
package enum PackageTrailText {
  package static func lines(_ trail: PackageTrail) -> [String] {
    var lines: [String] = []
    let names = labels(trail)
    for found in trail.found {
      let package = found.package
      lines.append("package:  \(package.name) \(package.version) \(package.architecture)")
      for file in package.files {
        lines.append("file:     \(file.path), \(ByteSize.text(file.size))")
        if let digest = file.sha256 { lines.append("sha256:   \(digest.hex)") }
      }
      for place in found.places {
        let proof = place.proof.map { proof in
          ", listed in the vendor's \(proof.suite), signed by "
            + (proof.signers.isEmpty
              ? "a key that is not pinned any more" : keys(proof.signers, names))
        }
        let vouched = place.vouchers.map { vouchers in
          ", in no vendor's list"
            + (vouchers.isEmpty ? "" : ", vouched for by " + keys(vouchers, names))
        }
        lines.append(
          "in:       \(place.snapshot.name), \(place.index)\(proof ?? vouched ?? "")"
        )
      }
      lines.append("")
    }
    for event in trail.repositories { lines += self.lines(event, names) }
    if !trail.repositories.isEmpty { lines.append("") }
    for snapshot in trail.snapshots { lines += self.lines(snapshot, names) + [""] }
    if lines.last == "" { lines.removeLast() }
    return lines.map { Escaped.line($0) }
  }

  /// What is said of a key beside its fingerprint.
  private static func labels(_ trail: PackageTrail) -> [String: [String]] {
    trail.keyNames.merging(trail.revoked.map { ($0, ["REVOKED"]) }) { $1 + $0 }
  }

  private static func lines(
    _ snapshot: PackageTrail.Snapshot,
    _ names: [String: [String]]
  ) -> [String] {
    let (reference, origin) = (snapshot.reference, snapshot.origin)
    var lines = [
      "snapshot: \(reference.name), digest \(reference.digest.short)"
        + (snapshot.isHere ? "" : ", REMOVED"),
      "origin:   \(origin)",
    ]
    for suite in snapshot.suites {
      lines.append("suite:    \(suite.text("suite") ?? ""), \(proof(suite, names))")
    }
    for event in snapshot.events { lines += self.lines(event, names) }
    if snapshot.events.isEmpty { lines.append("the audit log has nothing of it") }
    return lines
  }

  private static func lines(
    _ event: PackageTrail.Event,
    _ names: [String: [String]]
  ) -> [String] {
    let command = event.command
    return [
      "\(command.time.rfc3339)  record \(command.sequence), \(command.who)",
      "          " + text(event.fact, names),
    ] + (command.reason.isEmpty ? [] : ["          reason: \(command.reason)"])
  }

  private static func proof(_ suite: WrittenFact, _ names: [String: [String]]) -> String {
    let date = suite.text("date").map { ", of \($0)" } ?? ""
    let proof =
      switch suite.text("proof") {
      case "signed": "signed by " + keys(suite.list("signers"), names)
      case "unsigned": "UNSIGNED, vouched for by " + keys(suite.list("vouchers"), names)
      case "composed":
        "composed of packages that are signed by " + keys(suite.list("signers"), names)
          + (suite.list("vouchers").isEmpty
            ? "" : ", and of others, vouched for by " + keys(suite.list("vouchers"), names))
      case "unchecked": "signature not checked here"
      default: "NOT VERIFIED here"
      }
    return proof + date
  }

  private static func keys(_ fingerprints: [String], _ names: [String: [String]]) -> String {
    if fingerprints.isEmpty { return "nobody" }
    return fingerprints.map { fingerprint in
      let known = names[fingerprint]?.joined(separator: ", ")
      return known.map { "\($0) \(fingerprint)" } ?? fingerprint
    }.joined(separator: ", ")
  }

  private static func text(_ fact: WrittenFact, _ names: [String: [String]]) -> String {
    let by = keys(fact.list("signers"), names)
    switch fact.kind {
    case "snapshot": return "snapshot recorded, from \(fact.text("origin") ?? "")"
    case "snapshot-removed": return "snapshot removed"
    case "snapshot-renamed": return "snapshot renamed, before: \(fact.text("from") ?? "")"
    case "accepted": return "bundle \(fact.bundle) imported, signed by \(by)"
    case "published": return "published at \(place(fact))"
    case "generation-dropped": return "no longer kept at \(place(fact))"
    case "publication-removed": return "publication removed at \(place(fact))"
    case "exported":
      let signer = fact.text("signer").map { ", signed by " + keys([$0], names) } ?? ""
      let sites = fact.list("sites")
      return "exported in bundle \(fact.bundle)"
        + (sites.isEmpty ? "" : " for " + sites.joined(separator: ", ")) + signer
    case "acknowledged": return "\(fact.text("site") ?? "") has bundle \(fact.bundle)"
    case "repo-added":
      return "\(package(fact)) added to repository \(fact.text("repo") ?? "")"
        + (fact.list("signers").isEmpty ? "" : ", upload signed by \(by)")
    case "repo-removed":
      return "\(package(fact)) removed from repository \(fact.text("repo") ?? "")"
    case "retracted": return "the media of bundle \(fact.bundle) are lost"
    default: return AuditFactText.short(fact)
    }
  }

  private static func package(_ fact: WrittenFact) -> String {
    let words = ["package", "version", "architecture"].compactMap { fact.text($0) }
    return words.joined(separator: " ") + (fact.digest("sha256").map { ", \($0.short)" } ?? "")
  }

  private static func place(_ fact: WrittenFact) -> String {
    "\(fact.text("prefix") ?? ""), generation \(fact.number("number") ?? 0)"
  }

  package static func json(_ trail: PackageTrail) -> JSONText {
    .object([
      ("packages", .array(trail.found.map(json))),
      ("snapshots", .array(trail.snapshots.map(json))),
      ("repositories", .array(trail.repositories.map(json))),
      (
        "unsearched",
        .array(
          trail.unsearched.map { entry in
            .object([
              ("snapshot", .string(entry.snapshot.name)),
              ("digest", .string(entry.snapshot.digest.hex)), ("reason", .string(entry.reason)),
            ])
          }
        )
      ), ("revokedKeys", .array(trail.revoked.sorted().map { .string($0) })),
    ])
  }

  private static func json(_ found: PackageTrail.Found) -> JSONText {
    .object([
      ("name", .string(found.package.name)), ("version", .string(found.package.version)),
      ("architecture", .string(found.package.architecture)),
      (
        "files",
        .array(
          found.package.files.map { file in
            .object([
              ("path", .string(file.path)), ("size", .count(file.size)),
              ("sha256", file.sha256.map { .string($0.hex) } ?? .null),
            ])
          }
        )
      ),
      (
        "places",
        .array(
          found.places.map { place in
            .object([
              ("snapshot", .string(place.snapshot.name)),
              ("digest", .string(place.snapshot.digest.hex)), ("suite", .string(place.suite)),
              ("index", .string(place.index)),
              ("vendorSuite", place.proof.map { .string($0.suite) } ?? .null),
              (
                "vendorSigners",
                .array((place.proof?.signers ?? []).map { .string($0) })
              ),
              ("own", .bool(place.vouchers != nil)),
              ("vouchers", .array((place.vouchers ?? []).map { .string($0) })),
            ])
          }
        )
      ),
    ])
  }

  private static func json(_ snapshot: PackageTrail.Snapshot) -> JSONText {
    .object([
      ("name", .string(snapshot.reference.name)),
      ("digest", .string(snapshot.reference.digest.hex)), ("origin", .string(snapshot.origin)),
      ("present", .bool(snapshot.isHere)),
      ("suites", .array(snapshot.suites.map(AuditFactText.json))),
      (
        "events",
        .array(snapshot.events.map(json))
      ),
    ])
  }

  private static func json(_ event: PackageTrail.Event) -> JSONText {
    .object([
      ("record", .count(event.command.sequence)),
      ("time", .string(event.command.time.rfc3339)), ("who", .string(event.command.who)),
      ("command", .string(event.command.command)),
      ("outcome", .string(event.command.kind.rawValue)),
      ("reason", event.command.reason.isEmpty ? .null : .string(event.command.reason)),
      ("fact", AuditFactText.json(event.fact)),
    ])
  }
}
