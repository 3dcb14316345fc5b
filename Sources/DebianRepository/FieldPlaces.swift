/// Where the fields of a stanza lie in its text, found line by line.
struct FieldPlaces: Sendable {
  /// One field, as places in the stanza's text.
  struct Field: Sendable {
    /// Where its first line begins.
    let start: Int
    let name: Range<Int>
    /// Where its value begins, with the white space around it.
    let value: Int
    /// Where the line feed of its last line is.
    var end: Int
  }

  /// Why a line cannot be read.
  enum Fault: Error {
    case noFieldAbove
    case noName
    case nul
    case repeated(Range<Int>)
    case longField(Range<Int>)
    case longStanza
  }

  /// All fields, in their order.
  private(set) var fields: [Field] = []
  // For each deciding field its position in `fields`, or -1.
  private var slots: [Int]
  private let deciding: WantedFields
  private let allDecide: Bool
  private let isStrict: Bool
  private let takesNul: Bool
  /// Whether the value of a field that decides holds a NUL byte.
  private(set) var hasNul = false
  // Where a name begins whose colon has not come yet; -1 for none.
  private var openName = -1
  /// Names of fields that came again, as places of the later ones.
  private(set) var repeats: [Range<Int>] = []
  /// How many names go over several lines, as no writer means them to.
  private(set) var stretched = 0
  private var lastDecides = false
  // The lower-case names so far, when all decide.
  private var names: Set<[UInt8]> = []

  /// The places of a stanza's fields; a strict reader refuses what `apt` merely passes over, and one that
  /// takes NUL bytes remembers them.
  init(deciding: [String]?, isStrict: Bool, takesNul: Bool) {
    (self.isStrict, self.takesNul) = (isStrict, takesNul)
    self.deciding = WantedFields(deciding ?? [])
    allDecide = deciding == nil
    slots = Array(repeating: -1, count: deciding?.count ?? 0)
  }

  var isEmpty: Bool { fields.isEmpty }

  /// Whether a name still waits for its colon.
  var isOpen: Bool { openName >= 0 }

  /// The position of a deciding field among all; nil when it lacks.
  func position(_ slot: Int) -> Int? { slots[slot] < 0 ? nil : slots[slot] }

  mutating func clear() {
    fields.removeAll(keepingCapacity: true)
    names.removeAll(keepingCapacity: true)
    if !repeats.isEmpty { repeats.removeAll() }
    (stretched, openName, hasNul) = (0, -1, false)
    for index in slots.indices { slots[index] = -1 }
  }

  /// Takes a line in, without its line feed, that begins at `place` of the stanza's text.
  ///
  /// Answers whether it is a blank one, which ends the stanza. As for `apt`, a line without a colon
  /// begins a name that ends at the next colon, wherever that is, and lines before the first field
  /// that begin with white space are passed over.
  mutating func read(
    _ line: Span<UInt8>,
    at place: Int,
    _ limits: StanzaReader.Limits
  ) throws(Fault) -> Bool {
    if openName >= 0 { return try finishName(line, at: place, limits) }
    var start = 0
    while start < line.count, line[start] == 0x0d { start &+= 1 }
    guard start < line.count else { return true }
    guard line.count < limits.stanza &- place else { throw .longStanza }
    if Stanza.isSpace(line[start]) {
      let last = fields.count &- 1
      guard last >= 0 else {
        guard !isStrict else { throw .noFieldAbove }
        return false
      }
      fields[last].end = place &+ line.count
      if lastDecides { try check(fields[last], line, from: start &+ 1, limits) }
    } else {
      try begin(line, from: start, at: place, limits)
    }
    return false
  }

  @inline(__always)
  private mutating func begin(
    _ line: Span<UInt8>,
    from start: Int,
    at place: Int,
    _ limits: StanzaReader.Limits
  ) throws(Fault) {
    let colon = line.firstIndex(of: 0x3a, in: start..<line.count)
    guard colon < line.count, colon > start || !isStrict else {
      guard !isStrict else { throw .noName }
      openName = place &+ start
      return
    }
    var nameEnd = colon
    while nameEnd > start, Stanza.isSpace(line[nameEnd &- 1]) { nameEnd &-= 1 }
    let field = Field(
      start: place,
      name: (place &+ start)..<(place &+ nameEnd),
      value: place &+ colon &+ 1,
      end: place &+ line.count
    )
    lastDecides = try decides(line.extracting(start..<nameEnd), field)
    if lastDecides { try check(field, line, from: colon &+ 1, limits) }
    fields.append(field)
  }

  /// Looks for the colon of a name that began on a line above; a blank line does not end it.
  private mutating func finishName(
    _ line: Span<UInt8>,
    at place: Int,
    _ limits: StanzaReader.Limits
  ) throws(Fault) -> Bool {
    guard line.count < limits.stanza &- place else { throw .longStanza }
    let colon = line.firstIndex(of: 0x3a, in: 0..<line.count)
    guard colon < line.count else { return false }
    // It is no name that anybody looks for: the field that stood on this line is lost.
    fields.append(
      Field(
        start: openName,
        name: openName..<(place &+ colon),
        value: place &+ colon &+ 1,
        end: place &+ line.count
      )
    )
    lastDecides = false
    stretched += 1
    openName = -1
    return false
  }

  /// Whether a field decides; of a name that comes again the last one counts, as for `apt`.
  private mutating func decides(_ name: Span<UInt8>, _ field: Field) throws(Fault) -> Bool {
    if allDecide {
      let lowered = name.indices.map { Stanza.lowercased(name[$0]) }
      if !names.insert(lowered).inserted { try note(repeated: field.name) }
    } else {
      guard let slot = deciding.slot(name) else { return false }
      if slots[slot] >= 0 { try note(repeated: field.name) }
      slots[slot] = fields.count
    }
    return true
  }

  private mutating func note(repeated name: Range<Int>) throws(Fault) {
    guard !isStrict else { throw .repeated(name) }
    // They are for a note: a text of nothing else would take more memory than it is long.
    if repeats.count < 1000 { repeats.append(name) }
  }

  private mutating func check(
    _ field: Field,
    _ line: Span<UInt8>,
    from start: Int,
    _ limits: StanzaReader.Limits
  ) throws(Fault) {
    guard line.count <= limits.line, field.end &- field.value <= limits.value else {
      throw .longField(field.name)
    }
    guard line.firstIndex(of: 0, in: start..<line.count) < line.count else { return }
    guard takesNul else { throw .nul }
    hasNul = true
  }
}
