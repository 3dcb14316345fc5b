internal import DebianRepository
package import Depot
internal import OpenPGP
package import SafeIO

/// How a mirror is shown.
package enum MirrorText {
  /// How long ago, in one unit.
  package static func age(of time: UTCTime, _ now: UTCTime) -> String {
    let seconds = max(0, now.seconds - time.seconds)
    for (size, unit) in [(86400, "day"), (3600, "hour"), (60, "minute")] as [(Int64, String)] {
      let count = seconds / size
      if count > 0 { return "\(count) \(unit)\(count == 1 ? "" : "s") ago" }
    }
    return "just now"
  }

  package static func json(
    _ mirror: MirrorRecord,
    _ states: [MirrorState],
    keys: [TrustRecord]?
  ) -> JSONText {
    func strings(_ words: [String]) -> JSONText { .array(words.map { .string($0) }) }
    return .object([
      ("name", .string(mirror.name)),
      ("upstream", .string(mirror.upstream)),
      ("suites", strings(mirror.suites)),
      ("components", strings(mirror.components)),
      ("architectures", strings(mirror.architectures)),
      ("kinds", strings(mirror.kinds)),
      ("filter", json(mirror.filter)),
      ("allowUnsigned", .bool(mirror.allowUnsigned)),
      ("created", .string(mirror.created.rfc3339)),
      ("states", .array(states.map(json))),
      ("keys", keys.map { strings($0.map(\.fingerprint)) } ?? .null),
    ])
  }

  package static func json(_ state: MirrorState) -> JSONText {
    .object([
      ("distribution", .string(state.suite.distribution)),
      ("suite", .string(state.names.suite)),
      ("codename", .string(state.names.codename)),
      ("signedBy", .array(state.suite.signedBy.map { .string($0) })),
      ("unsigned", .bool(state.suite.isUnsigned)),
      ("date", state.suite.date.map { .string($0.rfc3339) } ?? .null),
      ("validUntil", state.validUntil.map { .string($0.rfc3339) } ?? .null),
      ("listing", .string(state.listing.hex)),
      ("files", .count(state.files)),
      ("bytes", .count(state.bytes)),
      ("updated", .string(state.updated.rfc3339)),
      (
        "indexes",
        .array(
          state.indexes.map { index in
            .object([
              ("path", .string(index.path)), ("packages", .count(index.packages)),
              ("bytes", .count(index.bytes)),
            ])
          }
        )
      ),
      ("leftOut", LeftOutText.json(state.leftOut)),
      ("filter", json(state.filter)),
    ])
  }

  private static func json(_ filter: MirrorFilter?) -> JSONText {
    guard let filter else { return .null }
    return .object([
      ("query", .string(filter.query)), ("withDependencies", .bool(filter.withDependencies)),
    ])
  }

  private static func text(_ filter: MirrorFilter) -> String {
    "\(Escaped.line(filter.query))\(filter.withDependencies ? ", with what these packages need" : "")"
  }

  package static func lines(
    _ mirror: MirrorRecord,
    _ states: [MirrorState],
    _ keys: [TrustRecord],
    now: UTCTime
  ) -> [String] {
    func words(_ list: [String]) -> String {
      list.isEmpty ? "all" : Escaped.line(list.joined(separator: " "))
    }
    var lines = [
      "name:          \(mirror.name)", "upstream:      \(Escaped.line(mirror.upstream))",
      "suites:        \(words(mirror.suites))", "components:    \(words(mirror.components))",
      "architectures: \(words(mirror.architectures))", "takes:         \(words(mirror.kinds))",
    ]
    if let filter = mirror.filter { lines.append("only:          \(text(filter))") }
    if mirror.allowUnsigned { lines.append("signatures:    taken without, where there is none") }
    for key in keys {
      let scope = key.name.isEmpty ? "any upstream" : "this mirror"
      let owner = key.userIDs.split(separator: "\n").first ?? "(no user id)"
      lines.append(
        "key:           \(BundleText.fingerprint(key.fingerprint)) \(Escaped.line(String(owner))), "
          + "for \(scope)"
      )
    }
    if states.isEmpty { lines.append("state:         never updated") }
    for state in states { lines += self.lines(state, of: mirror, now) }
    return lines
  }

  private static func lines(
    _ state: MirrorState,
    of mirror: MirrorRecord,
    _ now: UTCTime
  ) -> [String] {
    let signers = SuiteText.proof(state.suite)
    var lines = ["", "suite \(Escaped.line(state.suite.distribution)): \(signers)"]
    if let date = state.suite.date {
      var line = "  Date:  \(date), \(age(of: date, now))"
      if let until = state.validUntil {
        line += until < now ? "; valid only until \(until)" : "; valid until \(until)"
      }
      lines.append(line)
    }
    lines.append(
      "  state: \(Counted.text(state.files, "file")), \(ByteSize.text(state.bytes)), taken \(state.updated)"
    )
    if state.filter != mirror.filter {
      lines.append("  has:   \(state.filter.map(text) ?? "all packages"), until the next update")
    }
    let directory = state.suite.directory
    for index in state.indexes {
      let name =
        index.path.hasPrefix(directory) ? index.path.dropFirst(directory.count) : index.path[...]
      lines.append(
        "  \(Escaped.line(String(name))): \(index.packages) "
          + "\(index.isSources ? "source packages" : "packages"), \(ByteSize.text(index.bytes))"
      )
    }
    return lines + LeftOutText.lines(state.leftOut, prefix: "  LACKS: ")
  }
}
