internal import DebianRepository

/// What a universe knows of each stanza besides the solver's pool: numbers, one behind the other.
struct UniverseTable {
  typealias ID = SolverPool.ID

  /// One stanza of a binary package.
  struct Entry {
    var name: ID = 0
    /// As it is written, and as the solver compares it.
    var version: ID = 0
    var evr: ID = 0
    /// The place in the list of architectures; that of the native one for what is for all of them.
    var architecture: UInt8 = 0
    var priority: UInt8 = 0
    var traits: Traits = []
    var index: UInt32 = 0
    var offset: UInt64 = 0
    var length: UInt32 = 0
    /// Where its clauses begin in `clauses`, and how many of each field there are.
    var clauseStart: UInt32 = 0
    var counts = Counts()
    var conflictStart: UInt32 = 0
    var conflictCount: UInt16 = 0
    var breakCount: UInt16 = 0
    var provideStart: UInt32 = 0
    var provideCount: UInt16 = 0
    /// The source's name and version, where `Source` says them; else 0.
    var source: ID = 0
    var sourceVersion: ID = 0
    /// The solver's package; 0 when this version cannot be chosen.
    var package: ID = 0
  }

  /// How many clauses of each field an entry has, in this order.
  struct Counts {
    var preDepends: UInt16 = 0
    var depends: UInt16 = 0
    var recommends: UInt16 = 0
    var suggests: UInt16 = 0
  }

  /// What an entry is.
  struct Traits: OptionSet {
    let rawValue: UInt16
    /// For all architectures.
    static let all = Traits(rawValue: 1 << 0)
    /// What `Multi-Arch` says.
    static let same = Traits(rawValue: 1 << 1)
    static let foreign = Traits(rawValue: 1 << 2)
    static let allowed = Traits(rawValue: 1 << 3)
    static let essential = Traits(rawValue: 1 << 4)
    static let protected = Traits(rawValue: 1 << 5)
    /// Asked for.
    static let root = Traits(rawValue: 1 << 6)
    /// What index it is from, when it is none to choose from.
    static let available = Traits(rawValue: 1 << 7)
    static let installed = Traits(rawValue: 1 << 8)
    static let held = Traits(rawValue: 1 << 9)
  }

  /// A name that is provided, or conflicted with.
  struct Mention {
    let name: ID
    /// What stands behind the colon; 0 for nothing.
    let qualifier: ID
    /// Empty for no version.
    let comparison: SolverPool.Comparison
    let version: ID
  }

  /// One stanza of a source package.
  struct SourceEntry {
    let name: ID
    let version: ID
    let index: UInt32
    let offset: UInt64
    let length: UInt32
    let isOffered: Bool
  }

  /// The native architecture first.
  let architectures: [String]
  /// The numbers of the architectures' names, and of what has a meaning of its own.
  let architectureIDs: [ID]
  let anyID: ID
  let nativeID: ID
  let allID: ID

  var entries: [Entry] = []
  var sources: [SourceEntry] = []
  /// Dependencies as the solver has them, entry by entry, field by field.
  var clauses: [ID] = []
  var conflicts: [Mention] = []
  var provides: [Mention] = []
  /// Names that some relation asks for with an architecture: only these need a name of that kind.
  var qualified: Set<ID> = []
  /// For a version that had to be written differently for the solver, how it was written.
  var written: [ID: ID] = [:]

  init(architectures: [String], _ pool: borrowing SolverPool) {
    self.architectures = architectures
    architectureIDs = architectures.map { pool.id(of: $0) }
    anyID = pool.id(of: "any")
    nativeID = pool.id(of: "native")
    allID = pool.id(of: "all")
  }

  /// The clauses of `Pre-Depends` and `Depends` together.
  func hardClauses(of entry: Entry) -> Range<Int> {
    let start = Int(entry.clauseStart)
    return start..<(start + Int(entry.counts.preDepends) + Int(entry.counts.depends))
  }

  /// The clauses of `Recommends`.
  func recommendedClauses(of entry: Entry) -> Range<Int> {
    let start = hardClauses(of: entry).upperBound
    return start..<(start + Int(entry.counts.recommends))
  }

  /// The clauses of `Suggests`.
  func suggestedClauses(of entry: Entry) -> Range<Int> {
    let start = recommendedClauses(of: entry).upperBound
    return start..<(start + Int(entry.counts.suggests))
  }

  /// The field that a clause of an entry is from.
  func field(of clause: Int, in entry: Entry) -> RelationField {
    let position = clause - Int(entry.clauseStart)
    let counts = entry.counts
    if position < Int(counts.preDepends) { return .preDepends }
    if position < Int(counts.preDepends) + Int(counts.depends) { return .depends }
    return clause < recommendedClauses(of: entry).upperBound ? .recommends : .suggests
  }
}

extension SolverPool {
  /// The number of a text.
  func id(of text: String) -> ID {
    let bytes = Array(text.utf8)
    return id(bytes.span)
  }
}
