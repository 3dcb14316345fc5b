internal import ArgumentParser
internal import Comparison
internal import DebianRepository
internal import Depot
internal import Objects
internal import SafeIO

/// `aptferry snapshot diff`.
struct SnapshotDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "What changed between two snapshots, package by package.",
    discussion: """
      Examples:
        aptferry snapshot diff bookworm-1 bookworm-2
        aptferry snapshot diff bookworm-1 bookworm-2 --suite bookworm-security --json

      For each suite and architecture: packages that are new (+), upgraded (^),
      downgraded (v), removed (-), and those whose version is the same but whose
      content is not (!), which a vendor must not do.
      """
  )

  @OptionGroup var location: DepotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The snapshot before.")
  var before: String

  @Argument(help: "The snapshot after.")
  var after: String

  @Option(help: "Only this suite (repeatable).")
  var suite: [String] = []

  func run() throws {
    let depot = try location.open()
    let (old, new) = (try state(before, depot), try state(after, depot))
    let suites = old.suites + new.suites
    for name in suite where !suites.contains(name) {
      throw Failure(
        .usage,
        "suite",
        "neither snapshot has such a suite; they have "
          + Set(suites).sorted().joined(separator: " "),
        subject: name
      )
    }
    let differences = try SnapshotComparison.compare(old, new) { (digest) throws(Failure) in
      try depot.objects.open(digest)
    }.filter { suite.isEmpty || suite.contains($0.suite) }
    output.show(DifferenceText.json(differences), DifferenceText.lines(differences))
  }

  private func state(_ name: String, _ depot: Depot) throws -> SnapshotComparison.State {
    let snapshot = try depot.catalogue.snapshot(name)
    return SnapshotComparison.State(
      files: try depot.catalogue.fileList(of: snapshot),
      suites: snapshot.suites.map(\.distribution)
    )
  }
}

/// How differences between packages are shown.
enum DifferenceText {
  private static let signs: [PackageChange.Kind: String] = [
    .new: "+", .upgraded: "^", .downgraded: "v", .removed: "-", .changed: "!",
  ]

  static func json(_ differences: [PackageDifference]) -> JSONText {
    .array(
      differences.map { difference in
        .object([
          ("suite", .string(difference.suite)),
          ("architecture", .string(difference.architecture)),
          ("before", .number(Int64(difference.before))),
          ("after", .number(Int64(difference.after))),
          (
            "changes",
            .array(
              difference.changes.map { change in
                .object([
                  ("kind", .string(change.kind.rawValue)),
                  ("package", .string(change.name)),
                  ("before", change.before.map { .string($0) } ?? .null),
                  ("after", change.after.map { .string($0) } ?? .null),
                ])
              }
            )
          ),
        ])
      }
    )
  }

  static func lines(
    _ differences: [PackageDifference],
    withPackages: Bool = true
  ) -> [String] {
    var lines: [String] = []
    for difference in differences {
      let counts = PackageChange.Kind.allCases.compactMap { kind in
        let count = difference.count(kind)
        return count == 0 ? nil : "\(count) \(kind.rawValue)"
      }
      let place = [difference.suite, difference.architecture].filter { !$0.isEmpty }
      lines.append(
        "\(Escaped.line(place.joined(separator: " "))): "
          + (counts.isEmpty ? "no package changed" : counts.joined(separator: ", "))
          + " (\(difference.before) before, \(difference.after) after)"
      )
      for change in difference.changes where withPackages {
        let versions = [change.before, change.after].compactMap { $0 }
        let shown = change.kind == .changed ? [versions[0]] : versions
        lines.append(
          "  \(signs[change.kind] ?? "?") \(Escaped.line(change.name)) "
            + shown.map { Escaped.line($0) }.joined(separator: " -> ")
        )
      }
    }
    return lines.isEmpty ? ["neither snapshot has an index"] : lines
  }
}
