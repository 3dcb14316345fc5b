package import SafeIO

/// Reads deb822 text from blocks as they come, a stanza at a time, with memory that does not grow
/// with the text: fields that nobody asked for are never kept, however long they are.
///
/// The grammar is what `apt` accepts: names in any case, white space around name and value, CRLF
/// line ends, stanzas of any length, a blank line (or several) between stanzas. A line that begins
/// with white space continues the field above it, even when there is nothing else on it. What
/// `apt` and `dpkg` read differently is refused: a line without a colon, a kept field that occurs
/// twice in a stanza, a NUL byte in a kept value.
package struct StanzaReader: Sendable {
  /// How long text may be before it is refused, in bytes.
  package struct Limits: Sendable {
    /// One line of a field that is kept.
    package var line: Int
    /// The whole value of a field that is kept.
    package var value: Int
    /// All fields of a stanza that are kept, together.
    package var stanza: Int

    package init(line: Int, value: Int, stanza: Int = .max) {
      self.line = line
      self.value = value
      self.stanza = stanza
    }

    /// What is read of an index: more than apt takes of one, which refuses a stanza of 3 MB.
    package static let index = Limits(line: 4 << 20, value: 4 << 20, stanza: 4 << 20)
  }

  private let wanted: WantedFields
  private let keepsAll: Bool
  private let limits: Limits
  private let name: String
  private var stanza: Stanza
  // The lower-case names seen in this stanza, when all fields are kept.
  private var names: Set<[UInt8]> = []
  // The field whose continuation lines come: nothing, one that is skipped, or one that is kept.
  private var hasField = false
  private var keepsField = false
  private var valueLength = 0
  // The beginning of a line whose end is in the next block, and how long it is without the cut.
  private var carry: [UInt8] = []
  private var carryLength = 0
  private var lineNumber = 0
  // Where the next line begins in the whole text.
  private var offset: UInt64 = 0

  /// A reader that keeps the named fields, or all when `wanted` is nil.
  ///
  /// `name` is what the text is called in messages.
  package init(
    wanted: [String]?,
    name: String,
    limits: Limits = Limits(line: 1 << 16, value: 1 << 16)
  ) {
    self.wanted = WantedFields(wanted ?? [])
    keepsAll = wanted == nil
    self.name = name
    self.limits = limits
    stanza = Stanza(slots: wanted?.count ?? 0)
  }

  /// Takes the next bytes in and hands every stanza that ended in them to `body`.
  package mutating func feed(
    _ bytes: Span<UInt8>,
    _ body: (Stanza) throws(Failure) -> Void
  ) throws(Failure) {
    var start = 0
    while start < bytes.count {
      let end = bytes.firstIndex(of: 0x0a, in: start..<bytes.count)
      let piece = bytes.extracting(start..<end)
      guard end < bytes.count else { return keep(piece) }
      if carryLength == 0 {
        try readLine(piece, length: piece.count, lineEnd: 1, body)
      } else {
        keep(piece)
        try readCarriedLine(lineEnd: 1, body)
      }
      start = end &+ 1
    }
  }

  /// Takes the end of the text: the last line and the last stanza may lack their line ends.
  package mutating func finish(_ body: (Stanza) throws(Failure) -> Void) throws(Failure) {
    if carryLength > 0 { try readCarriedLine(lineEnd: 0, body) }
    try endStanza(body)
  }

  private mutating func keep(_ bytes: Span<UInt8>) {
    let room = limits.line + 1 - carry.count
    carryLength &+= bytes.count
    carry.append(copying: bytes.extracting(first: max(0, min(room, bytes.count))))
  }

  private mutating func readCarriedLine(
    lineEnd: UInt64,
    _ body: (Stanza) throws(Failure) -> Void
  ) throws(Failure) {
    var line: [UInt8] = []
    swap(&line, &carry)
    let length = carryLength
    carryLength = 0
    try readLine(line.span, length: length, lineEnd: lineEnd, body)
    line.removeAll(keepingCapacity: true)
    swap(&line, &carry)
  }

  /// Reads a line, of which only the beginning is here when it is shorter than `length`.
  private mutating func readLine(
    _ line: Span<UInt8>,
    length: Int,
    lineEnd: UInt64,
    _ body: (Stanza) throws(Failure) -> Void
  ) throws(Failure) {
    lineNumber &+= 1
    let lineStart = offset
    offset &+= UInt64(length) &+ lineEnd
    var start = 0
    while start < line.count, line[start] == 0x0d { start &+= 1 }
    if start == line.count { return try endStanza(body) }
    if Stanza.isSpace(line[start]) {
      guard hasField else { throw malformed("continues a field, but there is none") }
      if keepsField {
        try continueField(line, from: start &+ 1, isCut: length > line.count)
      }
    } else {
      let colon = line.firstIndex(of: 0x3a, in: start..<line.count)
      guard colon < line.count, colon > start else {
        throw malformed("has no field name and colon")
      }
      var nameEnd = colon
      while nameEnd > start, Stanza.isSpace(line[nameEnd &- 1]) { nameEnd &-= 1 }
      endField()
      if !hasField { stanza.extent = lineStart..<lineStart }
      hasField = true
      keepsField = try isKept(line.extracting(start..<nameEnd))
      if keepsField {
        try beginField(line, name: start..<nameEnd, colon: colon, isCut: length > line.count)
      }
    }
    stanza.extent = stanza.extent.lowerBound..<offset
  }

  /// Whether a field is kept; a second one of the same name is refused.
  private mutating func isKept(_ field: Span<UInt8>) throws(Failure) -> Bool {
    if keepsAll {
      let lowered = field.indices.map { Stanza.lowercased(field[$0]) }
      guard names.insert(lowered).inserted else { throw repeated(field) }
    } else {
      guard let slot = wanted.slot(field) else { return false }
      guard stanza.slots[slot] < 0 else { throw repeated(field) }
      stanza.slots[slot] = stanza.fields.count
    }
    return true
  }

  private mutating func beginField(
    _ line: Span<UInt8>,
    name: Range<Int>,
    colon: Int,
    isCut: Bool
  ) throws(Failure) {
    // Before the field is among the others: a refusal looks into those.
    valueLength = 0
    try check(line, from: colon &+ 1, field: line.extracting(name), isCut: isCut)
    let start = stanza.text.count
    let value = start &+ colon &+ 1
    stanza.fields.append(
      Stanza.Field(
        name: (start &+ name.lowerBound)..<(start &+ name.upperBound),
        value: value..<value,
        whole: start..<start
      )
    )
    stanza.text.append(copying: line)
    valueLength = line.count &- colon &- 1
  }

  private mutating func continueField(
    _ line: Span<UInt8>,
    from start: Int,
    isCut: Bool
  ) throws(Failure) {
    valueLength &+= 1
    let name = stanza.fields[stanza.fields.count &- 1].name
    try check(line, from: start, field: stanza.text.span.extracting(name), isCut: isCut)
    stanza.text.append(0x0a)
    stanza.text.append(copying: line)
    valueLength &+= line.count &- start
  }

  /// Refuses a line of a kept field that is too long or has a NUL byte from `start` on.
  private func check(
    _ line: Span<UInt8>,
    from start: Int,
    field: Span<UInt8>,
    isCut: Bool
  ) throws(Failure) {
    guard !isCut, line.count <= limits.line, valueLength &+ line.count <= limits.value else {
      let limit = min(limits.line, limits.value)
      throw tooLarge("the field \(StanzaReader.shown(field)) longer", limit)
    }
    guard line.count <= limits.stanza &- stanza.text.count else {
      throw tooLarge("the fields of its stanza longer together", limits.stanza)
    }
    guard line.firstIndex(of: 0, in: start..<line.count) == line.count else {
      throw malformed("holds a NUL byte")
    }
  }

  /// Trims the value of the field that ends here.
  private mutating func endField() {
    guard hasField, keepsField else { return }
    let last = stanza.fields.count &- 1
    var start = stanza.fields[last].value.lowerBound
    var end = stanza.text.count
    stanza.fields[last].whole = stanza.fields[last].whole.lowerBound..<end
    while end > start, Stanza.isSpace(stanza.text[end &- 1]) { end &-= 1 }
    while start < end, Stanza.isSpace(stanza.text[start]) { start &+= 1 }
    stanza.fields[last].value = start..<end
  }

  private mutating func endStanza(_ body: (Stanza) throws(Failure) -> Void) throws(Failure) {
    guard hasField else { return }
    endField()
    hasField = false
    keepsField = false
    stanza.lastLine = lineNumber
    try body(stanza)
    stanza.clear()
    names.removeAll(keepingCapacity: true)
  }

  private func tooLarge(_ what: String, _ limit: Int) -> Failure {
    let package = stanza.string(of: "Package").map { " (package \(Escaped.line($0, limit: 100)))" }
    return Failure(
      .unsafe,
      "too-large",
      "line \(lineNumber)\(package ?? "") makes \(what) than the \(limit) bytes that are read",
      subject: name,
      hint: "ask the archive's owner to shorten it"
        + (limits.stanza == .max ? "" : "; apt does not take such an index either")
    )
  }

  private func malformed(_ what: String) -> Failure {
    Failure(.integrity, "malformed", "line \(lineNumber) \(what)", subject: name)
  }

  private func repeated(_ field: Span<UInt8>) -> Failure {
    malformed("repeats the field \(StanzaReader.shown(field)) in one stanza")
  }

  private static func shown(_ field: Span<UInt8>) -> String {
    Escaped.line(String(decoding: Array(copying: field), as: UTF8.self), limit: 100)
  }
}
