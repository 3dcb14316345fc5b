internal import DebianRepository
internal import SafeIO

/// Words and versions as numbers.
extension StanzaTaking {
  /// A name with marks that no package's name can have.
  mutating func marked(
    _ before: String,
    _ name: Span<UInt8>,
    _ behind: String,
    _ pool: borrowing SolverPool
  ) -> ID {
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: before.utf8)
    for index in name.indices { scratch.append(name[index]) }
    scratch.append(contentsOf: behind.utf8)
    return pool.id(scratch.span)
  }

  /// The version as the solver has to see it: without the epoch 0, with a revision, and with a number
  /// at the end of both parts.
  ///
  /// For libsolv no revision is less than every revision, and no number less than every number; for
  /// dpkg both are 0.
  mutating func evr(
    _ version: Span<UInt8>,
    _ written: ID,
    _ table: inout UniverseTable,
    _ pool: borrowing SolverPool
  ) -> ID {
    var start = 0
    if version.count > 2, version[0] == 0x30, version[1] == 0x3a { start = 2 }
    var hyphen = version.count
    for index in start..<version.count where version[index] == 0x2d { hyphen = index }
    let hasRevision = hyphen + 1 < version.count
    func endsWithDigit(_ end: Int) -> Bool { end > 0 && version[end - 1] &- 0x30 < 10 }
    if start == 0, hasRevision, endsWithDigit(hyphen), endsWithDigit(version.count) {
      return written
    }
    scratch.removeAll(keepingCapacity: true)
    for index in start..<version.count {
      if index == hyphen, !endsWithDigit(hyphen) { scratch.append(0x30) }
      scratch.append(version[index])
    }
    if !endsWithDigit(version.count) { scratch.append(0x30) }
    if !hasRevision { scratch.append(contentsOf: "-0".utf8) }
    let evr = pool.id(scratch.span)
    table.written[evr] = written
    return evr
  }

  static func comparison(_ sign: RelationCursor.Comparison) -> SolverPool.Comparison {
    switch sign {
    case .earlier: .earlier
    case .notLater: [.earlier, .same]
    case .same: .same
    case .notEarlier: [.later, .same]
    case .later: .later
    }
  }

  /// Whether a name is one that a package can have.
  static func isName(_ name: Span<UInt8>) -> Bool {
    guard !name.isEmpty else { return false }
    for index in name.indices where !RelationCursor.isWord(name[index]) { return false }
    return true
  }

  static func isSame(_ bytes: Span<UInt8>, _ text: String) -> Bool {
    guard bytes.count == text.utf8.count else { return false }
    var index = 0
    for byte in text.utf8 {
      if bytes[index] != byte { return false }
      index += 1
    }
    return true
  }

  /// From 0 for `required` on; what says nothing is extra.
  static func rank(ofPriority priority: Span<UInt8>) -> UInt8 {
    for (rank, name) in ["required", "important", "standard", "optional"].enumerated()
    where isSame(priority, name) {
      return UInt8(rank)
    }
    return 4
  }
}
