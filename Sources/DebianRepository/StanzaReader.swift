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

    package init(line: Int, value: Int) {
      self.line = line
      self.value = value
    }
  }

  private let wanted: [[UInt8]]?
  private let limits: Limits
  private let name: String
  private var stanza: Stanza
  // The field whose continuation lines come: nothing, one that is skipped, or one that is kept.
  private var hasField = false
  private var keepsField = false
  private var valueStart = 0
  // The beginning of a line whose end is in the next block.
  private var carry: [UInt8] = []
  private var carryIsCut = false
  private var lineNumber = 0

  /// A reader that keeps the named fields, or all when `wanted` is nil.
  ///
  /// `name` is what the text is called in messages.
  package init(
    wanted: [String]?,
    name: String,
    limits: Limits = Limits(line: 1 << 16, value: 1 << 16)
  ) {
    self.wanted = wanted.map { $0.map { $0.utf8.map(Stanza.lowercased) } }
    self.name = name
    self.limits = limits
    stanza = Stanza(slots: wanted?.count ?? 0)
  }

  /// Takes the next bytes in and hands every stanza that ended in them to `body`.
  package mutating func feed(
    _ bytes: Span<UInt8>,
    _ body: (Stanza) throws(Failure) -> Void
  ) throws(Failure) {
    let count = bytes.count
    var start = 0
    while start < count {
      var end = start
      while end < count, bytes[end] != 0x0a { end &+= 1 }
      guard end < count else { return keep(bytes.extracting(start..<end)) }
      if carry.isEmpty {
        try readLine(bytes.extracting(start..<end), isCut: false, body)
      } else {
        keep(bytes.extracting(start..<end))
        try readCarriedLine(body)
      }
      start = end &+ 1
    }
  }

  /// Takes the end of the text: the last line and the last stanza may lack their line ends.
  package mutating func finish(_ body: (Stanza) throws(Failure) -> Void) throws(Failure) {
    if !carry.isEmpty { try readCarriedLine(body) }
    try endStanza(body)
  }

  private mutating func keep(_ bytes: Span<UInt8>) {
    let room = limits.line + 1 - carry.count
    if bytes.count > room { carryIsCut = true }
    for index in 0..<max(0, min(room, bytes.count)) { carry.append(bytes[index]) }
  }

  private mutating func readCarriedLine(
    _ body: (Stanza) throws(Failure) -> Void
  ) throws(Failure) {
    var line: [UInt8] = []
    swap(&line, &carry)
    let isCut = carryIsCut
    carryIsCut = false
    try readLine(line.span, isCut: isCut, body)
    line.removeAll(keepingCapacity: true)
    swap(&line, &carry)
  }

  private mutating func readLine(
    _ line: Span<UInt8>,
    isCut: Bool,
    _ body: (Stanza) throws(Failure) -> Void
  ) throws(Failure) {
    lineNumber &+= 1
    var start = 0
    while start < line.count, line[start] == 0x0d { start &+= 1 }
    if start == line.count { return try endStanza(body) }
    if Stanza.isSpace(line[start]) {
      guard hasField else { throw malformed("continues a field, but there is none") }
      guard keepsField else { return }
      stanza.text.append(0x0a)
      return try append(line, from: start &+ 1, isCut: isCut)
    }
    var colon = start
    while colon < line.count, line[colon] != 0x3a { colon &+= 1 }
    guard colon < line.count, colon > start else { throw malformed("has no field name and colon") }
    var nameEnd = colon
    while nameEnd > start, Stanza.isSpace(line[nameEnd &- 1]) { nameEnd &-= 1 }
    endField()
    hasField = true
    try beginField(line, name: start..<nameEnd)
    if keepsField {
      try append(line, from: colon &+ 1, isCut: isCut)
    }
  }

  /// Decides whether the field is kept; refuses a second one of the same name.
  private mutating func beginField(
    _ line: Span<UInt8>,
    name range: Range<Int>
  ) throws(Failure) {
    keepsField = false
    if let wanted {
      for slot in wanted.indices where Stanza.isName(wanted[slot], line, range) {
        guard stanza.slots[slot] < 0 else { throw repeated(line.extracting(range)) }
        stanza.slots[slot] = stanza.fields.count
        keepsField = true
      }
      guard keepsField else { return }
    } else {
      guard stanza.add(name: line, range) else { throw repeated(line.extracting(range)) }
      keepsField = true
    }
    let nameStart = stanza.text.count
    for index in range { stanza.text.append(line[index]) }
    valueStart = stanza.text.count
    stanza.fields.append(
      Stanza.Field(name: nameStart..<valueStart, value: valueStart..<valueStart)
    )
  }

  private mutating func append(
    _ line: Span<UInt8>,
    from start: Int,
    isCut: Bool
  ) throws(Failure) {
    guard !isCut, line.count <= limits.line,
      stanza.text.count &- valueStart &+ line.count <= limits.value
    else {
      throw Failure(
        .unsafe,
        "too-large",
        "line \(lineNumber) makes the field \(lastFieldName) longer than it may be",
        subject: name
      )
    }
    for index in start..<line.count {
      let byte = line[index]
      guard byte != 0 else { throw malformed("holds a NUL byte") }
      stanza.text.append(byte)
    }
  }

  private var lastFieldName: String {
    guard let field = stanza.fields.last else { return "" }
    return String(decoding: stanza.text[field.name], as: UTF8.self)
  }

  /// Trims the value of the field that ends here.
  private mutating func endField() {
    guard hasField, keepsField, let last = stanza.fields.indices.last else { return }
    var start = valueStart
    var end = stanza.text.count
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
  }

  private func malformed(_ what: String) -> Failure {
    Failure(.integrity, "malformed", "line \(lineNumber) \(what)", subject: name)
  }

  private func repeated(_ field: Span<UInt8>) -> Failure {
    let text = String(decoding: Array(copying: field), as: UTF8.self)
    return malformed("repeats the field \(text) in one stanza")
  }
}
