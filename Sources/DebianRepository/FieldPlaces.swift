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
  private var lastDecides = false
  // The lower-case names so far, when all decide.
  private var names: Set<[UInt8]> = []

  init(deciding: [String]?) {
    self.deciding = WantedFields(deciding ?? [])
    allDecide = deciding == nil
    slots = Array(repeating: -1, count: deciding?.count ?? 0)
  }

  var isEmpty: Bool { fields.isEmpty }

  /// The position of a deciding field among all; nil when it lacks.
  func position(_ slot: Int) -> Int? { slots[slot] < 0 ? nil : slots[slot] }

  mutating func clear() {
    fields.removeAll(keepingCapacity: true)
    names.removeAll(keepingCapacity: true)
    for index in slots.indices { slots[index] = -1 }
  }

  /// Takes a line in, without its line feed, that begins at `place` of the stanza's text.
  ///
  /// Answers whether it is a blank one, which ends the stanza.
  mutating func read(
    _ line: Span<UInt8>,
    at place: Int,
    _ limits: StanzaReader.Limits
  ) throws(Fault) -> Bool {
    guard line.count <= limits.stanza &- place else { throw .longStanza }
    var start = 0
    while start < line.count, line[start] == 0x0d { start &+= 1 }
    guard start < line.count else { return true }
    if Stanza.isSpace(line[start]) {
      let last = fields.count &- 1
      guard last >= 0 else { throw .noFieldAbove }
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
    guard colon < line.count, colon > start else { throw .noName }
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

  /// Whether a field decides; a second one of the same name is refused.
  private mutating func decides(_ name: Span<UInt8>, _ field: Field) throws(Fault) -> Bool {
    if allDecide {
      let lowered = name.indices.map { Stanza.lowercased(name[$0]) }
      guard names.insert(lowered).inserted else { throw .repeated(field.name) }
    } else {
      guard let slot = deciding.slot(name) else { return false }
      guard slots[slot] < 0 else { throw .repeated(field.name) }
      slots[slot] = fields.count
    }
    return true
  }

  private func check(
    _ field: Field,
    _ line: Span<UInt8>,
    from start: Int,
    _ limits: StanzaReader.Limits
  ) throws(Fault) {
    guard line.count <= limits.line, field.end &- field.value <= limits.value else {
      throw .longField(field.name)
    }
    guard line.firstIndex(of: 0, in: start..<line.count) == line.count else { throw .nul }
  }
}
