package import Operations
internal import SafeIO

/// How it is told which meta-packages were built.
package enum MetapackageText {
  /// The files, the control files instead where nothing is written, or what is missing.
  package static func lines(_ result: MetapackageResult, isDryRun: Bool) -> [String] {
    var lines = result.problems.flatMap { DependencyText.lines($0) }
    for (index, package) in result.packages.enumerated() {
      if isDryRun {
        if index > 0 { lines.append("") }
        let control = package.control.split(separator: "\n", omittingEmptySubsequences: false)
        lines += control.dropLast().map { Escaped.line(String($0), limit: .max) }
      } else {
        let size = ByteSize.text(package.size)
        let what = package.isUnchanged ? "the same bytes were there already" : size
        lines.append(Escaped.line("\(package.file): \(package.name) \(package.version), \(what)"))
      }
    }
    return lines
  }

  /// The document.
  package static func json(_ result: MetapackageResult) -> JSONText {
    .object([
      (
        "packages",
        .array(
          result.packages.map { package in
            .object([
              ("name", .string(package.name)), ("version", .string(package.version)),
              ("file", .string(package.file)), ("size", .count(package.size)),
              ("sha256", .string(package.sha256.hex)), ("control", .string(package.control)),
              ("unchanged", .bool(package.isUnchanged)),
            ])
          }
        )
      ), ("problems", .array(result.problems.map { DependencyText.json($0) })),
    ])
  }
}
