/// What comes back.
extension ClosureWork {
  /// Adds whatever could satisfy a dependency of what is in, and what that needs in turn.
  mutating func addAlternatives(_ universe: borrowing PackageUniverse) {
    var seen = Set(members)
    var position = 0
    while position < members.count {
      let package = members[position]
      position += 1
      let entry = universe.entry(package)
      let hard = universe.table.hardClauses(of: entry)
      let soft = universe.table.recommendedClauses(of: entry)
      for clause in hard.lowerBound..<(request.recommends ? soft.upperBound : hard.upperBound) {
        var providers: [ID] = []
        universe.pool.appendProviders(of: universe.table.clauses[clause], to: &providers)
        for provider in providers where !universe.isInstalled(provider) {
          guard seen.insert(provider).inserted else { continue }
          members.append(provider)
          reasons[provider] = .alternative(
            of: universe.label(package),
            universe.table.field(of: clause, in: entry),
            universe.text(of: universe.table.clauses[clause])
          )
        }
      }
    }
  }

  // MARK: Result

  /// What is to be carried, in an order that nothing but the packages decides.
  func result(_ universe: borrowing PackageUniverse) -> PackageClosure {
    var result = closure
    var known: Set<PackageLabel> = []
    for package in Set(members) {
      let entry = universe.entry(package)
      guard !entry.traits.contains(.available) else { continue }
      let label = universe.label(package)
      known.insert(label)
      result.members.append(
        PackageClosure.Member(
          label: label,
          place: universe.place(of: entry),
          reason: reasons[package] ?? .root
        )
      )
    }
    for index in extras {
      let entry = universe.table.entries[index]
      let label = universe.label(of: entry)
      guard !universe.isThere(entry), known.insert(label).inserted else { continue }
      result.members.append(
        PackageClosure.Member(label: label, place: universe.place(of: entry), reason: .root)
      )
    }
    result.members.sort { ($0.label, $0.place) < ($1.label, $1.place) }
    result.missed = Array(Set(result.missed)).sorted {
      ($0.package, $0.field.rawValue, $0.relation) < ($1.package, $1.field.rawValue, $1.relation)
    }
    if request.sources { universe.addSources(to: &result) }
    return result
  }
}
