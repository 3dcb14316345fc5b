extension PackageUniverse {
  typealias Link = DependencyProblem.Link
  typealias End = DependencyProblem.End

  /// A name that no package has or provides.
  func unknown(_ name: String) -> DependencyProblem {
    DependencyProblem(
      root: name,
      package: nil,
      ends: [End(links: [], cause: .unknown(similar: similar(to: name)))]
    )
  }

  /// Names that begin as a name does, the nearest in length first.
  private func similar(to name: String) -> [String] {
    let bare = name.prefix { $0 != ":" }
    var start = bare.count
    while start >= 3 {
      let beginning = bare.prefix(start)
      var found: Set<String> = []
      for package in candidates {
        let other = pool.text(entry(package).name)
        if other.hasPrefix(beginning) { found.insert(other) }
      }
      if !found.isEmpty {
        let order = found.sorted {
          (abs($0.count - bare.count), $0) < (abs($1.count - bare.count), $1)
        }
        return Array(order.prefix(3))
      }
      start -= 1
    }
    return []
  }

  /// A package that goes alone, and not beside all else that was wanted.
  func excluded(_ package: ID) -> DependencyProblem {
    DependencyProblem(
      root: label(package).text,
      package: label(package),
      ends: [End(links: [], cause: .other)]
    )
  }

  /// Makes of the solver's rules the ways that lead from a root to what cannot be.
  func problem(of root: ID, _ problems: [[SolverPool.Rule]]) -> DependencyProblem {
    let rules = problems.joined()
    let paths = paths(from: root, Array(rules))
    var ends: [End] = []
    for rule in rules {
      if let end = end(rule, paths), !ends.contains(end) { ends.append(end) }
    }
    if ends.isEmpty { ends = [End(links: [], cause: .other)] }
    // Sorting keeps what is equally long as it was.
    let order = ends.enumerated().sorted {
      ($0.element.links.count, $0.offset) < ($1.element.links.count, $1.offset)
    }
    return DependencyProblem(
      root: label(root).text,
      package: label(root),
      ends: order.map(\.element)
    )
  }

  /// The shortest way from a root to each package that the rules speak of.
  private func paths(from root: ID, _ rules: [SolverPool.Rule]) -> [ID: [Link]] {
    var needs: [ID: [ID]] = [:]
    var mentioned: Set<ID> = [root]
    for rule in rules {
      mentioned.formUnion([rule.source, rule.target])
      guard rule.kind == .requires else { continue }
      if !(needs[rule.source] ?? []).contains(rule.dependency) {
        needs[rule.source, default: []].append(rule.dependency)
      }
    }
    var paths: [ID: [Link]] = [root: []]
    var (queue, position) = ([root], 0)
    while position < queue.count {
      let package = queue[position]
      position += 1
      for dependency in needs[package] ?? [] {
        var providers: [ID] = []
        pool.appendProviders(of: dependency, to: &providers)
        for provider in providers where mentioned.contains(provider) && paths[provider] == nil {
          paths[provider] = (paths[package] ?? []) + [link(package, dependency)]
          queue.append(provider)
        }
      }
    }
    return paths
  }

  func link(_ package: ID, _ dependency: ID) -> Link {
    let entry = entry(package)
    let clause = table.hardClauses(of: entry).first { table.clauses[$0] == dependency }
    return Link(
      package: label(of: entry),
      field: clause.map { table.field(of: $0, in: entry) } ?? .depends,
      relation: text(of: dependency)
    )
  }

  private func end(_ rule: SolverPool.Rule, _ paths: [ID: [Link]]) -> End? {
    if let end = heldEnd(rule, paths) { return end }
    switch rule.kind {
    case .request, .requires, .other: return nil
    case .nothingProvides:
      let links = (paths[rule.source] ?? []) + [link(rule.source, rule.dependency)]
      return End(links: links, cause: .missing(present: near(rule.dependency)))
    case .conflicts:
      return End(
        links: paths[rule.source] ?? [],
        cause: .conflict(
          label(rule.source),
          field(ofConflict: rule.dependency, in: entry(rule.source)),
          text(of: rule.dependency),
          label(rule.target)
        ),
        against: paths[rule.target] ?? []
      )
    case .sameName:
      return End(
        links: paths[rule.source] ?? [],
        cause: .twoOfOne(label(rule.source), label(rule.target)),
        against: paths[rule.target] ?? []
      )
    }
  }

  /// What cannot be beside a package that the machine holds.
  private func heldEnd(_ rule: SolverPool.Rule, _ paths: [ID: [Link]]) -> End? {
    guard rule.kind == .sameName || rule.kind == .conflicts else { return nil }
    func isHeld(_ package: ID) -> Bool {
      installed.contains(package) && entry(package).traits.contains(.held)
    }
    let (held, other) =
      isHeld(rule.source) ? (rule.source, rule.target) : (rule.target, rule.source)
    guard isHeld(held), !isHeld(other) else { return nil }
    return End(
      links: paths[other] ?? [],
      cause: .held(label(held), against: label(other))
    )
  }

  /// Whether a conflict is one of `Conflicts` or of `Breaks`.
  private func field(ofConflict dependency: ID, in entry: Entry) -> RelationField {
    let start = Int(entry.conflictStart) + Int(entry.conflictCount)
    for mention in table.conflicts[start..<(start + Int(entry.breakCount))] {
      let plain = mention.comparison.isEmpty
      let name = mention.name
      if dependency == (plain ? name : pool.relation(name, mention.comparison, mention.version)) {
        return .breaks
      }
    }
    return .conflicts
  }
}
