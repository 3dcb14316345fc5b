internal import BundleFormat
package import Comparison
internal import Depot
internal import SafeIO

/// How differences between packages are shown.
package enum DifferenceText {
  private static let signs: [PackageChange.Kind: String] = [
    .new: "+", .upgraded: "^", .downgraded: "v", .removed: "-", .changed: "!",
  ]

  package static func json(_ differences: [PackageDifference]) -> JSONText {
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

  package static func lines(
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
