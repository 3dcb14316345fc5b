internal import DebianRepository
internal import SafeIO

/// Makes numbers of what a stanza says of its relations.
struct StanzaTaking {
  typealias ID = SolverPool.ID

  /// More than any archive has: numbers of the solver have 31 bits, and a place has 32.
  private static let mostEntries = 4_000_000
  private static let mostRelations = 200_000_000
  /// More relations than any package has in one field.
  private static let mostInField = Int(UInt16.max)
  /// libsolv follows the alternatives of a relation one inside the other, on the stack.
  private static let mostAlternatives = 1000

  private static let protectedField = FieldName("Protected")
  private static let importantField = FieldName("Important")
  private static let priorityField = FieldName("Priority")
  private static let sourceField = FieldName("Source")

  var scratch: [UInt8] = []
  private var alternatives: [ID] = []
  private var relations = 0

  init() {}

  mutating func take(
    _ stanza: PackageStanza,
    index: Int,
    _ role: UniverseBuilder.Role,
    isRoot: Bool,
    into table: inout UniverseTable,
    _ pool: borrowing SolverPool
  ) throws(Failure) {
    guard stanza.unusable == nil, StanzaTaking.isName(stanza.packageBytes),
      !stanza.versionBytes.isEmpty
    else { return }
    guard table.entries.count + table.sources.count < StanzaTaking.mostEntries,
      relations < StanzaTaking.mostRelations, index >= 0, index < Int(UInt32.max),
      let length = UInt32(exactly: stanza.extent.count)
    else { throw StanzaTaking.tooMany(relations) }
    if stanza.kind == .sources {
      table.sources.append(
        UniverseTable.SourceEntry(
          name: pool.id(stanza.packageBytes),
          version: pool.id(stanza.versionBytes),
          index: UInt32(index),
          offset: stanza.extent.lowerBound,
          length: length,
          isOffered: role == .offered
        )
      )
      return
    }
    guard let architecture = place(stanza, table), stanza.kind != .status || stanza.isInstalled
    else { return }
    var entry = UniverseTable.Entry()
    (entry.index, entry.offset, entry.length) = (UInt32(index), stanza.extent.lowerBound, length)
    entry.architecture = architecture
    entry.name = pool.id(stanza.packageBytes)
    entry.version = pool.id(stanza.versionBytes)
    entry.evr = evr(stanza.versionBytes, entry.version, &table, pool)
    entry.traits = traits(stanza, role, isRoot: isRoot)
    entry.priority = StanzaTaking.rank(ofPriority: stanza.bytes(of: StanzaTaking.priorityField))
    takeSource(stanza, &entry, pool)
    do throws(Failure) {
      try takeRelations(stanza, &entry, &table, pool)
    } catch  where error.name == StanzaTaking.tooManyName {
      throw StanzaTaking.tooManyRelations(of: stanza)
    }
    table.entries.append(entry)
  }

  private static let tooManyName: Failure.Name = "too-many-packages"

  private static func tooMany(_ relations: Int) -> Failure {
    let what =
      relations < mostRelations ? "\(mostEntries) packages" : "\(mostRelations) dependencies"
    return Failure(
      .resource,
      "too-many-packages",
      "the indexes list more than the \(what) that are read at once",
      hint: "choose from fewer snapshots, or from one of fewer packages: aptferry snapshot filter "
        + "SOURCE NEW QUERY"
    )
  }

  private static func tooManyRelations(of stanza: PackageStanza) -> Failure {
    let label = Escaped.line(stanza.label, limit: 100)
    return Failure(
      .resource,
      "too-many-packages",
      "one field of \(label) has more than the \(mostInField) packages, or one relation in it more "
        + "than the \(mostAlternatives) alternatives, that are read",
      hint: "choose from a snapshot without it: aptferry snapshot filter SOURCE NEW '!(Name (= "
        + "\(Escaped.line(stanza.package, limit: 100))))'"
    )
  }

  /// The place of a stanza's architecture in the list; nil when it is not asked for.
  private func place(_ stanza: PackageStanza, _ table: UniverseTable) -> UInt8? {
    let architecture = stanza.architectureBytes
    if StanzaTaking.isSame(architecture, "all") { return 0 }
    for (place, name) in table.architectures.enumerated()
    where StanzaTaking.isSame(architecture, name) {
      return UInt8(exactly: place)
    }
    return nil
  }

  private func traits(
    _ stanza: PackageStanza,
    _ role: UniverseBuilder.Role,
    isRoot: Bool
  ) -> UniverseTable.Traits {
    var traits: UniverseTable.Traits = []
    if StanzaTaking.isSame(stanza.architectureBytes, "all") { traits.insert(.all) }
    let sharing = stanza.bytes(of: .multiArch)
    if StanzaTaking.isSame(sharing, "same") { traits.insert(.same) }
    if StanzaTaking.isSame(sharing, "foreign") { traits.insert(.foreign) }
    if StanzaTaking.isSame(sharing, "allowed") { traits.insert(.allowed) }
    if StanzaTaking.isSame(stanza.bytes(of: .essential), "yes") { traits.insert(.essential) }
    if StanzaTaking.isSame(stanza.bytes(of: StanzaTaking.protectedField), "yes")
      || StanzaTaking.isSame(stanza.bytes(of: StanzaTaking.importantField), "yes")
    {
      traits.insert(.protected)
    }
    switch role {
    case .offered: if isRoot { traits.insert(.root) }
    case .available: traits.insert(.available)
    case .installed:
      traits.insert(.installed)
      let words = Stanza.words(Array(copying: stanza.bytes(of: .status))[...])
      if words.first?.elementsEqual("hold".utf8) ?? false { traits.insert(.held) }
    }
    return traits
  }

  /// `libfoo (1.0)`: the name, and the version where it differs.
  private func takeSource(
    _ stanza: PackageStanza,
    _ entry: inout UniverseTable.Entry,
    _ pool: borrowing SolverPool
  ) {
    let field = stanza.bytes(of: StanzaTaking.sourceField)
    guard !field.isEmpty else { return }
    var cursor = RelationCursor()
    // It is no relation, and its version has no sign: the parts are looked for by hand.
    guard let first = cursor.next(in: field), !first.name.isEmpty else { return }
    entry.source = pool.id(field.extracting(first.name))
    var (start, end) = (first.name.upperBound, field.count)
    while start < end, field[start] != 0x28 { start += 1 }
    while end > start, field[end - 1] != 0x29 { end -= 1 }
    guard start + 1 < end - 1 else { return }
    entry.sourceVersion = pool.id(field.extracting((start + 1)..<(end - 1)))
  }

  private mutating func takeRelations(
    _ stanza: PackageStanza,
    _ entry: inout UniverseTable.Entry,
    _ table: inout UniverseTable,
    _ pool: borrowing SolverPool
  ) throws(Failure) {
    entry.clauseStart = UInt32(table.clauses.count)
    let architecture = Int(entry.architecture)
    func count(_ name: FieldName) throws(Failure) -> UInt16 {
      try takeClauses(stanza.bytes(of: name), architecture, &table, pool)
    }
    entry.counts.preDepends = try count(.preDepends)
    entry.counts.depends = try count(.depends)
    // What is installed needs no more than it has.
    if !entry.traits.contains(.installed) {
      entry.counts.recommends = try count(.recommends)
      entry.counts.suggests = try count(.suggests)
    }
    entry.conflictStart = UInt32(table.conflicts.count)
    entry.conflictCount = try takeMentions(
      stanza.bytes(of: .conflicts),
      into: \.conflicts,
      &table,
      pool
    )
    entry.breakCount = try takeMentions(stanza.bytes(of: .breaks), into: \.conflicts, &table, pool)
    entry.provideStart = UInt32(table.provides.count)
    entry.provideCount = try takeMentions(
      stanza.bytes(of: .provides),
      into: \.provides,
      &table,
      pool
    )
  }

  /// Adds the clauses of a field, and answers how many there are.
  private mutating func takeClauses(
    _ field: Span<UInt8>,
    _ architecture: Int,
    _ table: inout UniverseTable,
    _ pool: borrowing SolverPool
  ) throws(Failure) -> UInt16 {
    var count = 0
    var cursor = RelationCursor()
    alternatives.removeAll(keepingCapacity: true)
    while let next = cursor.next(in: field) {
      guard alternatives.count < StanzaTaking.mostAlternatives else {
        throw StanzaTaking.tooMany(relations)
      }
      alternatives.append(dependency(next, field, architecture, &table, pool))
      relations += 1
      guard !next.isFollowed else { continue }
      try close(&count, &table, pool)
    }
    if !alternatives.isEmpty { try close(&count, &table, pool) }
    return UInt16(count)
  }

  /// Makes a clause of the alternatives so far; their order stays in it.
  private mutating func close(
    _ count: inout Int,
    _ table: inout UniverseTable,
    _ pool: borrowing SolverPool
  ) throws(Failure) {
    var clause = alternatives.removeLast()
    while let alternative = alternatives.popLast() { clause = pool.either(alternative, clause) }
    table.clauses.append(clause)
    count += 1
    guard count < StanzaTaking.mostInField else { throw StanzaTaking.tooMany(relations) }
  }

  private mutating func dependency(
    _ relation: RelationCursor.Alternative,
    _ field: Span<UInt8>,
    _ architecture: Int,
    _ table: inout UniverseTable,
    _ pool: borrowing SolverPool
  ) -> ID {
    guard relation.isWellFormed else {
      // Nothing has such a name: what cannot be read cannot be satisfied.
      return marked("=", field.extracting(relation.whole), "", pool)
    }
    let plain = pool.id(field.extracting(relation.name))
    var name = plain
    let qualifier = relation.qualifier.isEmpty ? 0 : pool.id(field.extracting(relation.qualifier))
    if qualifier == table.anyID {
      name = marked("", field.extracting(relation.name), ":any", pool)
    } else if qualifier != 0, qualifier != table.nativeID {
      table.qualified.insert(plain)
      name = marked("", field.extracting(relation.name), "::" + pool.text(qualifier), pool)
    } else if qualifier == 0, architecture != 0 {
      name = marked(
        "",
        field.extracting(relation.name),
        ":" + table.architectures[architecture],
        pool
      )
    }
    guard let comparison = relation.comparison else { return name }
    let version = field.extracting(relation.version)
    return pool.relation(
      name,
      StanzaTaking.comparison(comparison),
      evr(version, pool.id(version), &table, pool)
    )
  }

  private mutating func takeMentions(
    _ field: Span<UInt8>,
    into list: WritableKeyPath<UniverseTable, [UniverseTable.Mention]>,
    _ table: inout UniverseTable,
    _ pool: borrowing SolverPool
  ) throws(Failure) -> UInt16 {
    guard !field.isEmpty else { return 0 }
    var count = 0
    var cursor = RelationCursor()
    while let next = cursor.next(in: field) {
      relations += 1
      guard next.isWellFormed else { continue }
      var comparison = SolverPool.Comparison()
      var version: ID = 0
      if let sign = next.comparison {
        comparison = StanzaTaking.comparison(sign)
        let bytes = field.extracting(next.version)
        version = evr(bytes, pool.id(bytes), &table, pool)
      }
      // Only a version that is exactly so can be provided.
      if list == \.provides, !comparison.isEmpty, comparison != .same { continue }
      let qualifier = next.qualifier.isEmpty ? 0 : pool.id(field.extracting(next.qualifier))
      let name = pool.id(field.extracting(next.name))
      if qualifier != 0, qualifier != table.anyID { table.qualified.insert(name) }
      table[keyPath: list].append(
        UniverseTable.Mention(
          name: name,
          qualifier: qualifier,
          comparison: comparison,
          version: version
        )
      )
      count += 1
      guard count < StanzaTaking.mostInField else { throw StanzaTaking.tooMany(relations) }
    }
    return UInt16(count)
  }
}
