internal import DebianRepository
internal import Depot
internal import Metapackages
internal import SafeIO
internal import Solving

/// Writes the versions of snapshots into what a meta-package needs.
struct MetapackagePinning {
  private let sources: UniverseSources
  private let architectures: [String]
  private let depot: Depot

  /// - Throws: `usage` where there is no such snapshot or architecture.
  init(_ snapshots: [String], architectures: [String], _ depot: Depot) throws(Failure) {
    sources = try UniverseSources(snapshots, base: [], in: depot)
    self.architectures = try sources.architectures(asked: architectures)
    self.depot = depot
    guard !self.architectures.isEmpty else {
      throw Failure(
        .usage,
        "metapackage-pin",
        "the snapshot has no packages to take versions from",
        subject: snapshots.joined(separator: ", "),
        hint: "name a snapshot of binary packages"
      )
    }
  }

  /// Pins every hard dependency to the version that is chosen for it.
  ///
  /// - Returns: why the package cannot be installed; then it is not changed.
  func pin(_ package: inout Metapackage) throws(Failure) -> [DependencyProblem] {
    var (problems, chosen) = ([DependencyProblem](), [String: [Metapackage.Relations]]())
    for architecture in architectures {
      let selection = try selection(for: package, architecture)
      if !selection.problems.isEmpty {
        let single = try MetapackageParts(package).problems { (wanted) throws(Failure) in
          try sources.universe([architecture], depot, wanted: wanted)
            .closure(of: ClosureRequest()).problems
        }
        problems += single.isEmpty ? selection.problems : single
      }
      chosen[architecture] = package.relations.map { (relations) in
        var relations = relations
        if relations.isHard { relations.clauses = relations.clauses.map { selection.pinned($0) } }
        return relations
      }
    }
    guard problems.isEmpty, let first = chosen[architectures[0]] else { return problems }
    for architecture in architectures.dropFirst() {
      try requireSame(first, chosen[architecture] ?? [], architecture)
    }
    package.relations = first
    return []
  }

  private func requireSame(
    _ first: [Metapackage.Relations],
    _ other: [Metapackage.Relations],
    _ architecture: String
  ) throws(Failure) {
    for (one, two) in zip(first, other) {
      for (left, right) in zip(one.clauses, two.clauses) where left != right {
        throw Failure(
          .usage,
          "metapackage-pin",
          "on \(architectures[0]) it needs \(left.text), on \(architecture) \(right.text): "
            + "one package for all architectures cannot say both",
          hint: "add --architecture \(architectures[0]), and build one for each architecture"
        )
      }
    }
  }

  private func selection(
    for package: Metapackage,
    _ architecture: String
  ) throws(Failure) -> PinSelection {
    let names = Set(
      package.relations.filter(\.isHard).flatMap(\.clauses).flatMap(\.alternatives).map(\.name)
    )
    var provided: [PackageLabel: [RelationClause.Alternative]] = [:]
    let universe = try sources.universe([architecture], depot, wanted: package.listed) { stanza in
      let found = PinSelection.provided(by: stanza, among: names)
      guard !found.isEmpty else { return }
      let label = PackageLabel(
        name: stanza.package,
        version: stanza.version,
        architecture: stanza.architecture
      )
      provided[label] = found
    }
    let closure = try universe.closure(of: ClosureRequest())
    return PinSelection(
      members: closure.members.map(\.label).filter { $0.name != package.name },
      provided: provided,
      problems: closure.problems
    )
  }
}

/// What a solver chose for one architecture.
struct PinSelection {
  let members: [PackageLabel]
  let provided: [PackageLabel: [RelationClause.Alternative]]
  let problems: [DependencyProblem]

  /// The names among these that a package provides, each with its version where it has one.
  static func provided(
    by stanza: PackageStanza,
    among names: Set<String>
  ) -> [RelationClause.Alternative] {
    var found: [RelationClause.Alternative] = []
    let field = Array(copying: stanza.bytes(of: .provides))
    var cursor = RelationCursor()
    while let read = cursor.next(in: field.span) {
      let name = String(decoding: field[read.name], as: UTF8.self)
      guard names.contains(name) else { continue }
      let version = String(decoding: field[read.version], as: UTF8.self)
      found.append(RelationClause.Alternative(name: name, version: version))
    }
    return found
  }

  /// The clause with the package and version that was chosen for it.
  func pinned(_ clause: RelationClause) -> RelationClause {
    for wanted in clause.alternatives {
      let real = members.first { $0.name == wanted.name && wanted.allows($0.version) }
      let other = members.first { member in
        (provided[member] ?? []).contains {
          $0.name == wanted.name && (wanted.sign.isEmpty || wanted.allows($0.version))
        }
      }
      guard let member = real ?? other else { continue }
      return RelationClause([
        RelationClause.Alternative(
          name: member.name,
          qualifier: real == nil ? "" : wanted.qualifier,
          sign: "=",
          version: member.version
        )
      ])
    }
    return clause
  }
}

extension RelationClause.Alternative {
  /// Whether this version is one that it asks for.
  func allows(_ other: String) -> Bool {
    guard !sign.isEmpty else { return true }
    let (left, right) = (Array(other.utf8), Array(version.utf8))
    guard let order = DebianVersion.order(left.span, right.span) else { return false }
    switch sign {
    case "<<": return order == .earlier
    case "<=": return order != .later
    case "=": return order == .same
    case ">=": return order != .earlier
    default: return order == .later
    }
  }
}
