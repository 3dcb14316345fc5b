package import SafeIO

/// Reads deb822 text from blocks as they come and hands out a stanza at a time, every field of it.
///
/// Memory is that of the longest stanza. The grammar is what `apt` accepts: names in any case, white
/// space around name and value, CRLF line ends, a blank line (or several) between stanzas. A line
/// that begins with white space continues the field above it, even when there is nothing else on it.
/// Of a field that occurs twice the last one counts; a line without a colon begins a name that ends at
/// the next colon, so that the field of that line is lost. A strict reader refuses both. A NUL byte in
/// the value of a field that decides is refused, for there text ends for programs in C; a reader of an
/// index marks the stanza instead.
package struct StanzaReader: Sendable {
  /// How long text may be before it is refused, in bytes.
  package struct Limits: Sendable {
    /// One line of a field that decides.
    package var line: Int
    /// The whole value of a field that decides.
    package var value: Int
    /// A whole stanza.
    package var stanza: Int

    package init(line: Int, value: Int, stanza: Int = .max) {
      self.line = line
      self.value = value
      self.stanza = stanza
    }

    /// What is read of an index: more than apt takes of one, which refuses a stanza of 3 MB.
    package static let index = Limits(line: 4 << 20, value: 4 << 20, stanza: 4 << 20)
  }

  private let limits: Limits
  private let name: String
  private var stanza: Stanza
  // Where the last line begins in the stanza's text, as far as its end has not come yet.
  private var lineStart = 0
  private var lineNumber = 0
  // Where the stanza's text begins in the whole text.
  private var offset: UInt64 = 0

  // Whether no line has ended so far; and whether the first one was blank.
  private var isAtStart = true
  private var hasBlankStart = false
  private let isStrict: Bool

  /// A reader for which the named fields decide, or all when `deciding` is nil.
  ///
  /// A strict one refuses what `apt` reads in a way that nobody can mean: for formats of our own. One that
  /// `takesNul` marks stanzas with a NUL byte in the value of a field that decides.
  /// `name` is what the text is called in messages.
  package init(
    deciding: [String]?,
    name: String,
    limits: Limits = Limits(line: 1 << 16, value: 1 << 16),
    isStrict: Bool = false,
    takesNul: Bool = false
  ) {
    self.isStrict = isStrict
    self.name = name
    self.limits = limits
    stanza = Stanza(FieldPlaces(deciding: deciding, isStrict: isStrict, takesNul: takesNul))
  }

  /// Takes the next bytes in and hands every stanza that ended in them to `body`.
  package mutating func feed(
    _ bytes: Span<UInt8>,
    _ body: (Stanza) throws(Failure) -> Void
  ) throws(Failure) {
    var start = 0
    if stanza.text.count > lineStart {
      let end = bytes.firstIndex(of: 0x0a, in: 0..<bytes.count)
      try keep(bytes.extracting(0..<end))
      guard end < bytes.count else { return }
      stanza.text.append(0x0a)
      try readKeptLine(lineEnd: 1, body)
      start = end &+ 1
    }
    // What of the block is in the stanza's text, or need not be there.
    var kept = start
    while start < bytes.count {
      let end = bytes.firstIndex(of: 0x0a, in: start..<bytes.count)
      guard end < bytes.count else { break }
      let line = bytes.extracting(start..<end)
      lineNumber &+= 1
      let isBlank: Bool
      do {
        isBlank = try stanza.places.read(line, at: stanza.text.count &+ start &- kept, limits)
      } catch {
        stanza.text.append(copying: bytes.extracting(kept..<end))
        throw failure(error)
      }
      if isBlank {
        stanza.text.append(copying: bytes.extracting(kept..<start))
        try endStanza(body, besides: UInt64(end &+ 1 &- start))
        kept = end &+ 1
      }
      start = end &+ 1
    }
    // The places of fields may lie in these: they are there before anything is refused.
    stanza.text.append(copying: bytes.extracting(kept..<start))
    lineStart = stanza.text.count
    try keep(bytes.extracting(start..<bytes.count))
  }

  /// Takes the end of the text: the last line and the last stanza may lack their line ends.
  package mutating func finish(_ body: (Stanza) throws(Failure) -> Void) throws(Failure) {
    if stanza.text.count > lineStart { try readKeptLine(lineEnd: 0, body) }
    if stanza.places.isOpen {
      // A single byte behind the last stanza is less than apt looks at.
      let rest = stanza.text.prefix { $0 != 0x0a }
      guard stanza.places.isEmpty, rest.count <= 1 else { throw failure(.noName) }
      return
    }
    try endStanza(body, besides: 0)
  }

  /// Keeps a part of a line, whose line feed has not come yet.
  private mutating func keep(_ bytes: Span<UInt8>) throws(Failure) {
    stanza.text.append(copying: bytes)
    guard bytes.isEmpty || stanza.text.count < limits.stanza else {
      lineNumber &+= 1
      throw failure(.longStanza)
    }
  }

  /// Reads the last line of what was kept.
  private mutating func readKeptLine(
    lineEnd: Int,
    _ body: (Stanza) throws(Failure) -> Void
  ) throws(Failure) {
    lineNumber &+= 1
    let isBlank: Bool
    do {
      isBlank = try readPlaces(lineStart..<(stanza.text.count &- lineEnd))
    } catch {
      throw failure(error)
    }
    guard isBlank else {
      lineStart = stanza.text.count
      return
    }
    let length = stanza.text.count &- lineStart
    stanza.text.removeLast(length)
    try endStanza(body, besides: UInt64(length))
  }

  private mutating func readPlaces(_ line: Range<Int>) throws(FieldPlaces.Fault) -> Bool {
    // Places are not written while the text is borrowed.
    var text: [UInt8] = []
    swap(&text, &stanza.text)
    defer { swap(&text, &stanza.text) }
    return try stanza.places.read(text.span.extracting(line), at: line.lowerBound, limits)
  }

  /// Hands the stanza out, if there is one; the bytes behind it do not belong to it.
  private mutating func endStanza(
    _ body: (Stanza) throws(Failure) -> Void,
    besides length: UInt64
  ) throws(Failure) {
    let end = offset &+ UInt64(stanza.text.count)
    // The first blank line of a text ends nothing for `apt`, the second ends a stanza without fields.
    if isAtStart, !isStrict, stanza.text.isEmpty {
      isAtStart = false
      hasBlankStart = true
      offset = end &+ length
      lineStart = 0
      return
    }
    let hasLines = hasBlankStart || !stanza.text.isEmpty
    (isAtStart, hasBlankStart) = (false, false)
    if hasLines {
      stanza.extent = offset..<end
      stanza.lastLine = lineNumber
      try body(stanza)
      stanza.clear()
    }
    offset = end &+ length
    lineStart = 0
  }

  private func failure(_ fault: FieldPlaces.Fault) -> Failure {
    func shown(_ field: Range<Int>) -> String {
      Escaped.line(String(decoding: stanza.text[field], as: UTF8.self), limit: 100)
    }
    switch fault {
    case .noFieldAbove: return malformed("continues a field, but there is none")
    case .noName: return malformed("has no field name and colon")
    case .nul: return malformed("holds a NUL byte")
    case .repeated(let field): return malformed("repeats the field \(shown(field)) in one stanza")
    case .longField(let field):
      return tooLarge("the field \(shown(field))", min(limits.line, limits.value))
    case .longStanza: return tooLarge("its stanza", limits.stanza)
    }
  }

  private func tooLarge(_ what: String, _ limit: Int) -> Failure {
    let package = stanza.string(of: "Package").map { " (package \(Escaped.line($0, limit: 100)))" }
    return Failure(
      .unsafe,
      "too-large",
      "line \(lineNumber)\(package ?? "") makes \(what) longer than the \(limit) bytes that are read",
      subject: name,
      hint: "ask the archive's owner to shorten it"
        + (limits.stanza == .max ? "" : "; apt does not take such an index either")
    )
  }

  private func malformed(_ what: String) -> Failure {
    Failure(.integrity, "malformed", "line \(lineNumber) \(what)", subject: name)
  }
}
