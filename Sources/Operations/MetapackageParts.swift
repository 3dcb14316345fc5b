internal import Metapackages
internal import SafeIO
internal import Solving

/// A meta-package taken apart: each thing that it needs, asked for alone, so that everything that is
/// missing is told at once and not the first alone.
struct MetapackageParts {
  private let package: Metapackage
  private let parts: [Metapackage]
  /// No package of an archive is called so.
  private static let infix = "+part+"

  init(_ package: Metapackage) {
    self.package = package
    let hard = package.relations.filter(\.isHard)
    let clauses = hard.flatMap { relations in relations.clauses.map { (relations, $0) } }
    parts = clauses.enumerated().map { number, part in
      package.part(part.0, part.1, name: "\(package.name)\(MetapackageParts.infix)\(number)")
    }
  }

  /// What each part alone lacks, told of the package; `ask` takes stanzas that are wanted.
  func problems(
    _ ask: ([UInt8]) throws(Failure) -> [DependencyProblem]
  ) throws(Failure) -> [DependencyProblem] {
    var wanted: [UInt8] = []
    for part in parts { wanted += part.listed + [0x0a] }
    return try ask(wanted).map(named)
  }

  private func named(_ problem: DependencyProblem) -> DependencyProblem {
    DependencyProblem(
      root: "\(package.name) \(package.version) all",
      package: problem.package.map(named),
      ends: problem.ends.map { end in
        DependencyProblem.End(
          links: end.links.map(named),
          cause: end.cause,
          against: end.against.map(named)
        )
      }
    )
  }

  private func named(_ link: DependencyProblem.Link) -> DependencyProblem.Link {
    DependencyProblem.Link(
      package: named(link.package),
      field: link.field,
      relation: link.relation
    )
  }

  private func named(_ label: PackageLabel) -> PackageLabel {
    guard label.name.hasPrefix(package.name + MetapackageParts.infix) else { return label }
    return PackageLabel(
      name: package.name,
      version: label.version,
      architecture: label.architecture
    )
  }
}
