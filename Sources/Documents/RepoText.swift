package import Composing
package import Depot
internal import SafeIO

/// How repositories of this site are shown.
package enum RepoText {
  package static func json(_ repo: RepoRecord) -> JSONText {
    .object([
      ("name", .string(repo.name)), ("suite", .string(repo.suite)),
      ("component", .string(repo.component)),
      ("description", repo.description.isEmpty ? .null : .string(repo.description)),
      ("requiresSignature", .bool(repo.requiresSignature)),
      ("packages", .count(repo.packages)), ("bytes", .count(repo.bytes)),
      ("created", .string(repo.created.rfc3339)), ("changed", .string(repo.changed.rfc3339)),
    ])
  }

  package static func lines(_ repo: RepoRecord) -> [String] {
    var lines = [
      "name:      \(repo.name)", "suite:     \(repo.suite)", "component: \(repo.component)",
      "content:   \(repo.packages) packages, \(ByteSize.text(repo.bytes))",
      "changed:   \(repo.changed)",
    ]
    if repo.requiresSignature { lines.append("takes:     signed uploads only") }
    if !repo.description.isEmpty { lines.append("about:     \(repo.description)") }
    return lines.map { Escaped.line($0) }
  }

  package static func table(_ repos: [RepoRecord]) -> [String] {
    guard !repos.isEmpty else { return ["there are no repositories"] }
    var table = TextTable(["NAME", "PACKAGES", "SIZE", "SUITE", "COMPONENT", "CHANGED"])
    for repo in repos {
      table.add([
        repo.name, String(repo.packages), ByteSize.text(repo.bytes), repo.suite, repo.component,
        repo.changed.rfc3339,
      ])
    }
    return table.lines
  }

  package static func json(_ package: RepoContent.Package) -> JSONText {
    .object([
      ("name", .string(package.name)), ("version", .string(package.version)),
      ("architecture", .string(package.architecture)), ("size", .count(package.size)),
    ])
  }

  package static func json(_ outcome: RepoIntake.Outcome) -> JSONText {
    .object(members(outcome))
  }

  /// What a change of a repository did, as the members of an object.
  package static func members(_ outcome: RepoIntake.Outcome) -> [(String, JSONText)] {
    [
      ("repo", json(outcome.repo)), ("added", strings(outcome.added)),
      ("removed", strings(outcome.removed)), ("unchanged", strings(outcome.unchanged)),
      ("ignored", strings(outcome.ignored)), ("signedBy", strings(outcome.signers)),
    ]
  }

  private static func strings(_ values: [String]) -> JSONText { .array(values.map { .string($0) }) }

  package static func lines(_ outcome: RepoIntake.Outcome) -> [String] {
    let lines =
      outcome.added.map { "added:     \($0)" } + outcome.removed.map { "removed:   \($0)" }
      + outcome.unchanged.map { "unchanged: \($0)" } + outcome.ignored.map { "not kept:  \($0)" }
      + outcome.signers.map { "signed by: \($0)" }
    let total = "has:       \(outcome.repo.packages) packages, \(ByteSize.text(outcome.repo.bytes))"
    return (lines + [total]).map { Escaped.line($0) }
  }

  /// The last line of a dry run.
  package static let nothingChanged = "dry run:   nothing was changed"

  /// What was taken into a repository from elsewhere in the depot.
  package static func json(
    _ outcome: RepoTransfer.Outcome,
    from origins: [PackageOrigin],
    isDryRun: Bool
  ) -> JSONText {
    let change = outcome.change
    return .object([
      ("repo", json(change.repo)), ("from", strings(origins.map(\.label))),
      ("added", strings(change.added)), ("removed", strings(change.removed)),
      ("unchanged", strings(change.unchanged)), ("moved", strings(outcome.moved)),
      ("problems", .array(outcome.problems.map { DependencyText.json($0) })),
      ("dryRun", .bool(isDryRun)), ("notes", JSONDocument.json(outcome.notes)),
    ])
  }

  package static func lines(_ outcome: RepoTransfer.Outcome, isDryRun: Bool) -> [String] {
    let moved = outcome.moved.map { Escaped.line("moved:     \($0)") }
    return moved + lines(outcome.change) + (isDryRun ? [nothingChanged] : [])
  }
}
