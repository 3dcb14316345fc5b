internal import SafeIO

/// Packages that can be chosen from or that a machine has, for questions about what they need.
///
/// Of each name and architecture one version can be chosen, the newest, as for `apt`; what is
/// installed stays beside a newer one. Questions change nothing, and the same question has the same
/// answer, in whatever order the stanzas came.
package struct PackageUniverse: ~Copyable {
  typealias ID = SolverPool.ID
  typealias Entry = UniverseTable.Entry

  let pool: SolverPool
  let table: UniverseTable
  /// The entry of each of the solver's packages, by its number; -1 for none.
  let entryOf: [Int32]
  /// For each package, by its number, what `apt` compares among several that satisfy one relation:
  /// it takes the least first.
  let preference: [UInt32]
  /// The packages of the machine.
  let installed: [ID]
  /// The packages that can be chosen, by name.
  let candidates: [ID]
  /// The entries that are wanted: the candidates among them are followed.
  let roots: [Int]

  init(_ pool: consuming SolverPool, _ table: UniverseTable) throws(Failure) {
    var sealing = UniverseSealing(table)
    try sealing.run(pool)
    self.pool = pool
    self.table = sealing.table
    (entryOf, preference) = (sealing.entryOf, sealing.preference)
    (installed, candidates) = (sealing.installed, sealing.candidates)
    roots = sealing.table.entries.indices.filter {
      sealing.table.entries[$0].traits.contains(.root)
    }
  }

  /// How many packages can be chosen.
  package var count: Int { candidates.count }

  func entry(_ package: ID) -> Entry { table.entries[Int(entryOf[Int(package)])] }

  /// One more than the highest number of a package.
  var size: Int { entryOf.count }
}

// MARK: Texts

extension PackageUniverse {
  func label(_ package: ID) -> PackageLabel { label(of: entry(package)) }

  func label(of entry: Entry) -> PackageLabel {
    PackageLabel(
      name: pool.text(entry.name),
      version: pool.text(entry.version),
      architecture: entry.traits.contains(.all)
        ? "all" : table.architectures[Int(entry.architecture)]
    )
  }

  /// A dependency as a stanza has it.
  func text(of dependency: ID) -> String {
    switch pool.parts(of: dependency) {
    case .name(let name): return plain(name)
    case .either(let first, let rest): return text(of: first) + " | " + text(of: rest)
    case .without(let one, _): return text(of: one)
    case .version(let name, let comparison, let version):
      let sign: String =
        switch comparison {
        case .earlier: "<<"
        case .later: ">>"
        case .same: "="
        case [.earlier, .same]: "<="
        default: ">="
        }
      let written = pool.text(table.written[version] ?? version)
      return "\(plain(name)) (\(sign) \(written))"
    }
  }

  /// A name without the marks that are ours.
  private func plain(_ name: ID) -> String {
    var text = pool.text(name)
    if text.hasPrefix("=") { text.removeFirst() }
    return text.replacing("::", with: ":")
  }

  /// The alternatives of a clause in their order.
  func alternatives(of clause: ID) -> [ID] {
    var (found, rest) = ([ID](), clause)
    while case .either(let first, let others) = pool.parts(of: rest) {
      found.append(first)
      rest = others
    }
    return found + [rest]
  }

  /// The packages with the name that an alternative asks for, whatever their version and
  /// architecture: what is near to it.
  func near(_ clause: ID) -> [PackageLabel] {
    var found: Set<PackageLabel> = []
    var names: Set<String> = []
    for alternative in alternatives(of: clause) {
      var name = alternative
      if case .version(let plain, _, _) = pool.parts(of: alternative) { name = plain }
      guard case .name = pool.parts(of: name) else { continue }
      let text = plain(name)
      names.insert(String(text.prefix { $0 != ":" }))
      var providers: [ID] = []
      pool.appendProviders(of: name, to: &providers)
      found.formUnion(providers.map { label($0) })
    }
    let ids = names.map { pool.known($0) }
    for entry in table.entries where ids.contains(entry.name) { found.insert(label(of: entry)) }
    return found.sorted()
  }
}
