internal import SafeIO
package import Solving

/// How it is said that dependencies cannot be satisfied.
package enum DependencyText {
  /// The reports of some architectures.
  package static func lines(_ reports: [InstallabilityReport]) -> [String] {
    var lines: [String] = []
    for report in reports {
      let bad = report.uninstallable.count
      lines.append(
        "\(report.architecture): \(counted(report.packages, "package", "packages")), "
          + "\(counted(report.clauses, "dependency", "dependencies")): "
          + (bad == 0 ? "all can be installed" : "\(bad) cannot be installed")
      )
      for problem in report.uninstallable {
        lines += self.lines(problem).map { "  " + $0 }
      }
    }
    if reports.isEmpty { lines.append("there are no binary packages") }
    return lines.map { Escaped.line($0) }
  }

  private static func counted(_ count: Int, _ one: String, _ many: String) -> String {
    "\(count) \(count == 1 ? one : many)"
  }

  /// Why one package cannot be had: the ways to it, and what would help.
  package static func lines(_ problem: DependencyProblem) -> [String] {
    var lines = [problem.root]
    for end in problem.ends {
      lines += self.lines(end, problem).map { "  " + $0 }
    }
    return lines.map { Escaped.line($0) }
  }

  private static func lines(
    _ end: DependencyProblem.End,
    _ problem: DependencyProblem
  ) -> [String] {
    var lines: [String] = []
    func add(_ links: [DependencyProblem.Link]) {
      for link in links {
        lines.append("\(link.package.name) \(verb(link.field)) \(link.relation)")
      }
    }
    add(end.links)
    switch end.cause {
    case .unknown(let similar):
      lines.append("there is no such package, and nothing provides it")
      if !similar.isEmpty { lines.append("similar names: " + similar.joined(separator: ", ")) }
    case .missing(let present):
      lines[lines.count - 1] += ", which nothing satisfies"
      lines.append(contentsOf: help(present, end.links.last?.relation ?? ""))
    case .conflict(let one, let field, let relation, let other):
      add(end.against)
      lines.append("\(one.text) \(verb(field)) \(relation), and \(other.text) is that")
      lines.append("help: leave one of the two out, or find a version that has no such conflict")
    case .twoOfOne(let one, let other):
      add(end.against)
      lines.append("\(one.text) and \(other.text) cannot be installed at once")
    case .held(let held, let other):
      lines.append("the machine holds \(held.text), and \(other.text) cannot be beside that")
      lines.append("help: end the hold there: apt-mark unhold \(held.name)")
    case .other:
      lines.append("no set of packages has it and all that it needs")
    }
    return lines
  }

  private static func help(_ present: [PackageLabel], _ relation: String) -> [String] {
    if present.isEmpty {
      return ["help: nothing here has that name: add the suite or component that has it"]
    }
    let shown = present.prefix(5).map(\.text).joined(separator: ", ")
    let more = present.count > 5 ? " and \(present.count - 5) more" : ""
    return ["there is only: \(shown)\(more)", "help: add a snapshot that has \(relation)"]
  }

  private static func verb(_ field: RelationField) -> String {
    switch field {
    case .preDepends, .depends: "needs"
    case .recommends: "recommends"
    case .suggests: "suggests"
    case .conflicts: "conflicts with"
    case .breaks: "breaks"
    }
  }

  /// The document of the reports.
  package static func json(_ reports: [InstallabilityReport]) -> JSONText {
    .array(
      reports.map { report in
        .object([
          ("architecture", .string(report.architecture)),
          ("packages", .number(Int64(report.packages))),
          ("dependencies", .number(Int64(report.clauses))),
          ("unsatisfied", .array(report.unsatisfied.map(json))),
          ("uninstallable", .array(report.uninstallable.map(json))),
        ])
      }
    )
  }

  private static func json(_ unsatisfied: InstallabilityReport.Unsatisfied) -> JSONText {
    .object([
      ("package", json(unsatisfied.package)), ("field", .string(unsatisfied.field.rawValue)),
      ("relation", .string(unsatisfied.relation)),
      ("present", .array(unsatisfied.present.map(json))),
    ])
  }

  /// The document of one problem.
  package static func json(_ problem: DependencyProblem) -> JSONText {
    .object([
      ("wanted", .string(problem.root)), ("package", problem.package.map(json) ?? .null),
      ("ends", .array(problem.ends.map(json))),
    ])
  }

  /// A package as documents have it.
  package static func json(_ label: PackageLabel) -> JSONText {
    .object([
      ("name", .string(label.name)), ("version", .string(label.version)),
      ("architecture", .string(label.architecture)),
    ])
  }

  private static func json(_ link: DependencyProblem.Link) -> JSONText {
    .object([
      ("package", json(link.package)), ("field", .string(link.field.rawValue)),
      ("relation", .string(link.relation)),
    ])
  }

  private static func json(_ end: DependencyProblem.End) -> JSONText {
    var (cause, present, similar): (String, [PackageLabel], [String]) = ("other", [], [])
    var (one, other, exclusion): (PackageLabel?, PackageLabel?, String?) = (nil, nil, nil)
    switch end.cause {
    case .unknown(let names): (cause, similar) = ("unknown", names)
    case .missing(let found): (cause, present) = ("missing", found)
    case .conflict(let left, let field, let relation, let right):
      (cause, one, other) = ("conflict", left, right)
      exclusion = "\(field.rawValue): \(relation)"
    case .twoOfOne(let left, let right): (cause, one, other) = ("two-of-one", left, right)
    case .held(let held, let against): (cause, one, other) = ("held", held, against)
    case .other: break
    }
    return .object([
      ("cause", .string(cause)), ("links", .array(end.links.map(json))),
      ("present", .array(present.map(json))),
      ("similar", .array(similar.map { .string($0) })), ("one", one.map(json) ?? .null),
      ("other", other.map(json) ?? .null), ("exclusion", exclusion.map { .string($0) } ?? .null),
      ("against", .array(end.against.map(json))),
    ])
  }
}
