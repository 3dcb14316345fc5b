internal import DebianRepository
internal import Depot
package import Mirroring
internal import SafeIO

/// How an update of a mirror is shown.
package enum MirrorReportText {
  package static func json(
    _ report: MirrorReport,
    of name: String,
    isDryRun: Bool
  ) -> JSONText {
    .object([
      ("mirror", .string(name)),
      ("dryRun", .bool(isDryRun)),
      ("unchanged", .bool(report.isUnchanged)),
      ("fetchedFiles", .count(report.files)),
      ("fetchedBytes", .count(report.bytes)),
      (
        "suites",
        .array(
          report.suites.map { suite in
            .object([
              ("unchanged", .bool(suite.isUnchanged)),
              ("newPackages", .count(suite.packages.new)),
              ("keptPackages", .count(suite.packages.kept)),
              ("removedPackages", .count(suite.packages.removed)),
              (
                "kinds",
                .array(
                  suite.kinds.map { size in
                    .object([
                      ("kind", .string(size.kind.rawValue)), ("bytes", .count(size.bytes)),
                      ("taken", .bool(size.isTaken)),
                    ])
                  }
                )
              ),
              ("state", MirrorText.json(suite.state)),
            ])
          }
        )
      ),
      ("notes", JSONDocument.json(report.notes)),
    ])
  }

  package static func lines(_ report: MirrorReport, isDryRun: Bool) -> [String] {
    var lines = report.suites.flatMap { suite -> [String] in
      let state = suite.state
      let name = Escaped.line(state.suite.distribution)
      let date = state.suite.date.map { " of \($0)" } ?? ""
      if suite.isUnchanged { return ["\(name)\(date): nothing new"] }
      let packages = suite.packages
      return [
        "\(name)\(date): \(Counted.text(packages.new, "package")) new, \(packages.kept) kept, "
          + "\(packages.removed) removed; \(state.files) files, \(ByteSize.text(state.bytes))"
          + (state.leftOut.isEmpty ? "" : "; LACKS \(state.leftOut.count)")
      ] + kinds(suite.kinds)
    }
    let count = "\(Counted.text(report.files, "file")), \(ByteSize.text(report.bytes))"
    lines.append(
      isDryRun ? "would be fetched: \(count); nothing was changed" : "fetched: \(count)"
    )
    return lines
  }

  /// How large what clients ask for beside packages is, taken or left.
  private static func kinds(_ sizes: [KindSize]) -> [String] {
    [("  with:    ", true), ("  without: ", false)].compactMap { title, isTaken in
      let words = sizes.filter { $0.isTaken == isTaken }.map { size in
        "\(size.kind.rawValue) \(ByteSize.text(size.bytes))"
      }
      return words.isEmpty ? nil : title + words.joined(separator: ", ")
    }
  }
}
