internal import Depot
package import Operations
internal import Publishing
internal import SafeIO

/// How a backup and a restore are shown.
package enum BackupText {
  package static func json(_ outcome: BackupOutcome) -> JSONText {
    let report = outcome.report
    return .object([
      ("place", .string(report.place)),
      ("state", report.state.map { .count($0) } ?? .null),
      ("dryRun", .bool(report.state == nil)),
      ("allObjects", .bool(report.hasObjects)),
      ("objects", .count(report.objects)),
      ("copied", .count(report.copied)),
      ("copiedBytes", .count(report.copiedBytes)),
      ("removed", .count(report.removed)),
      ("missing", .array(report.lost.map { .string($0.hex) })),
      ("otherHomes", .array(outcome.otherHomes.map { .string($0) })),
      ("unfinished", .array(outcome.unfinished.map { .string($0) })),
    ])
  }

  package static func lines(_ outcome: BackupOutcome) -> [String] {
    let report = outcome.report
    let copied = "\(Counted.text(report.copied, "object")), \(ByteSize.text(report.copiedBytes))"
    var lines = ["place:      \(report.place)"]
    if let state = report.state {
      lines.append("state:      \(state), \(Counted.text(report.objects, "object"))")
      lines.append("copied:     " + copied)
      if report.removed > 0 {
        lines.append(
          "removed:    \(Counted.text(report.removed, "object")) that nothing needs any more"
        )
      }
    } else {
      lines.append("would copy: " + copied)
    }
    if !report.hasObjects {
      lines.append("left out:   what can be fetched or imported again")
    }
    lines += outcome.otherHomes.map { "left out:   the keys in \($0): save them otherwise" }
    lines += outcome.unfinished.map { "left out:   unfinished \($0)" }
    return lines.map { Escaped.line($0) }
  }

  package static func json(_ outcome: RestoreOutcome) -> JSONText {
    let restored = outcome.restored
    return .object([
      ("depot", .string(restored.depot.root.path)),
      ("site", .string(restored.depot.configuration.site)),
      ("taken", .string(restored.taken.rfc3339)),
      ("objects", .count(restored.objects)),
      ("repaired", .count(restored.repaired)),
      ("missing", .array(restored.missing.map { .string($0.hex) })),
      ("publications", .array(outcome.trees.prefixes.map { .string($0) })),
      ("generationsLeft", .array(outcome.trees.left.map { .string($0) })),
      (
        "sequences",
        .array(
          restored.raised.map {
            .object([
              ("stream", .string($0.stream)), ("last", .count($0.last)),
              ("next", .count($0.floor + 1)),
            ])
          }
        )
      ),
      ("pinnedKeys", .array(restored.pinned.map { pinnedKey($0) })),
      ("tokens", .array(restored.tokens.map { token($0) })),
      ("auditFindings", .array(restored.auditFindings.map { .string($0) })),
      ("otherHomes", .array(outcome.otherHomes.map { .string($0) })),
      ("next", .array(next(outcome).map { .string($0) })),
    ])
  }

  package static func lines(_ outcome: RestoreOutcome) -> [String] {
    let restored = outcome.restored
    var lines = [
      "depot:        \(restored.depot.root.path), site \(restored.depot.configuration.site)",
      "as of:        \(restored.taken.rfc3339)",
      "objects:      \(restored.objects), each verified",
    ]
    if !restored.missing.isEmpty {
      lines.append("missing:      \(Counted.text(restored.missing.count, "object"))")
    }
    lines.append(
      "publications: "
        + (outcome.trees.prefixes.isEmpty ? "none" : outcome.trees.prefixes.joined(separator: ", "))
    )
    lines += outcome.trees.left.map { "not rebuilt:  \($0)" }
    lines += restored.raised.map {
      "sequences:    \($0.stream) had \($0.last), goes on with \($0.floor + 1)"
    }
    lines += trust(restored)
    lines += restored.auditFindings.map { "WARNING:      audit log: \($0)" }
    lines.append("what is to be done now:")
    for (index, step) in next(outcome).enumerated() { lines.append("  \(index + 1). \(step)") }
    return lines.map { Escaped.line($0) }
  }

  private static func pinnedKey(_ key: TrustRecord) -> JSONText {
    .object([
      ("role", .string(key.role.rawValue)), ("name", .string(key.name)),
      ("fingerprint", .string(key.fingerprint)),
    ])
  }

  private static func token(_ token: AccessToken) -> JSONText {
    .object([
      ("name", .string(token.name)), ("role", .string(token.role.rawValue)),
      ("prefixes", .array(token.prefixes.map { .string($0) })),
    ])
  }

  /// Whom the depot trusts from now on: who could write to the backup could add to it.
  private static func trust(_ restored: RestoredDepot) -> [String] {
    var lines = restored.pinned.map { key in
      "trusts:       \(key.role.rawValue) \(TrustText.name(key)), key \(key.fingerprint)"
    }
    lines += restored.tokens.map { token in
      "token:        \(token.name), may \(token.role.rawValue) at "
        + token.prefixes.joined(separator: " ")
    }
    return lines
  }

  /// What a backup cannot know, a person has to bring up to date.
  private static func next(_ outcome: RestoreOutcome) -> [String] {
    let restored = outcome.restored
    var steps: [String] = []
    for home in outcome.otherHomes {
      steps.append(
        "put the keys back in \(home), and look at its gpg.conf and gpg-agent.conf: with each "
          + "signature gpg does what they say"
      )
    }
    if !restored.pinned.isEmpty || !restored.tokens.isEmpty {
      steps.append(
        "look at the keys and tokens that are named here: who could write to the backup could add "
          + "some, or widen what they may: aptferry trust list, aptferry token list"
      )
    }
    if !restored.missing.isEmpty {
      steps.append(
        "bring back what is missing: aptferry depot check --repair-from DIR; what could not be rebuilt is "
          + "built then"
      )
    }
    let day = restored.taken.rfc3339
    steps += [
      "import again every bundle that arrived since \(day); unfinished imports begin anew",
      "take in every receipt and every revocation that came since \(day): aptferry receipt add, "
        + "aptferry trust accept-successor, aptferry trust remove",
      "mirror and freeze again what was made since \(day)",
    ]
    steps += [
      "ask every site for a receipt before the next export: it says what it got since \(day)",
      "tell the other sides: their next look at this depot's audit log gives an alarm for records "
        + "that were made since \(day)",
      "compare with what others know: aptferry audit verify --with FILE, for each receipt of "
        + "the other side",
      "make sure that neither the old depot nor another restore of this backup is used: they would "
        + "give the same sequences",
    ]
    return steps
  }
}
