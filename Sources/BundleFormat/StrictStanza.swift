package import SafeIO

/// One paragraph of MANIFEST: deb822 in the one spelling that our format allows, so that two
/// readers cannot read it differently (`docs/formats/bundle-format.md`, section "MANIFEST").
///
/// A field is `Name: value` with exactly one space; a list is `Name:` alone, followed by lines that
/// begin with one space. No other white space at either end, no comments, no carriage returns, no
/// control characters, each name once.
///
/// A stanza holds where its fields stand in the text, not the text: whatever somebody writes, a
/// hundred fields cost a few kilobytes, and the lines of a list cost nothing until they are read.
package struct StrictStanza: Sendable {
  /// Where a field stands in the text; what no text is longer than fits into 32 bits.
  private struct Field: Sendable {
    let name: Range<UInt32>
    var value: Range<UInt32>
    let isList: Bool
  }

  private let text: [UInt8]
  private var fields: [Field] = []

  private init(of text: [UInt8]) { self.text = text }

  /// The name of the first field.
  var firstName: String { fields.first.map { string($0.name) } ?? "" }

  /// Whether a field of this name stands in it.
  package func has(_ name: String) -> Bool { field(name) != nil }

  /// The value of a field that must be there and have one line.
  package func line(_ name: String) throws(Failure) -> String {
    guard let text = try optionalLine(name) else {
      throw StrictStanza.refuse("the field \(name) is missing")
    }
    return text
  }

  /// The value of a field that has one line, or nil when the field is not there.
  func optionalLine(_ name: String) throws(Failure) -> String? {
    guard let field = field(name) else { return nil }
    guard !field.isList else {
      throw StrictStanza.refuse("the field \(name) must have one line")
    }
    return string(field.value)
  }

  /// The words of a field that has one line, with single spaces between them; none when the field
  /// is not there.
  package func words(_ name: String) throws(Failure) -> [String] {
    guard let line = try optionalLine(name) else { return [] }
    let words = line.split(
      separator: " " as Character,
      maxSplits: BundleLimits.wordCount,
      omittingEmptySubsequences: false
    )
    guard words.count <= BundleLimits.wordCount else {
      throw StrictStanza.refuse("the field \(name) has more than \(BundleLimits.wordCount) words")
    }
    guard words.allSatisfy({ !$0.isEmpty }), Set(words).count == words.count else {
      throw StrictStanza.refuse("the field \(name) is not a list of different words")
    }
    return words.map { String($0) }
  }

  /// The lines of a list field that must be there; it may have none.
  package func list(_ name: String) throws(Failure) -> StanzaLines {
    guard let lines = try optionalList(name) else {
      throw StrictStanza.refuse("the field \(name) is missing")
    }
    return lines
  }

  /// The lines of a list field, or nil when the field is not there.
  func optionalList(_ name: String) throws(Failure) -> StanzaLines? {
    guard let field = field(name) else { return nil }
    guard field.isList else { throw StrictStanza.refuse("the field \(name) must be a list") }
    return StanzaLines(text, field.value)
  }

  /// A field that is a number.
  package func number(_ name: String) throws(Failure) -> UInt64 {
    guard let value = DecimalNumber.read(try line(name)) else {
      throw StrictStanza.refuse("the field \(name) is not a number from 0 to 2^63-1")
    }
    return value
  }

  /// A field that is a moment.
  package func time(_ name: String) throws(Failure) -> UTCTime {
    guard let value = UTCTime(rfc3339: try line(name)) else {
      throw StrictStanza.refuse("the field \(name) is not a time like 2026-11-22T21:00:00Z")
    }
    return value
  }

  /// A field that is a SHA-256.
  package func digest(_ name: String) throws(Failure) -> SHA256Digest {
    guard let value = SHA256Digest(hex: try line(name)) else {
      throw StrictStanza.refuse("the field \(name) is not a SHA-256")
    }
    return value
  }

  static func refuse(_ what: String) -> Failure {
    Failure(
      .integrity,
      "manifest",
      what,
      subject: "MANIFEST",
      hint: "the bundle was not made by a program that follows the format; nothing was changed"
    )
  }

  private func field(_ name: String) -> Field? {
    fields.first { text[StrictStanza.places($0.name)].elementsEqual(name.utf8) }
  }

  private func string(_ range: Range<UInt32>) -> String {
    String(decoding: text[StrictStanza.places(range)], as: UTF8.self)
  }

  private static func places(_ range: Range<UInt32>) -> Range<Int> {
    Int(range.lowerBound)..<Int(range.upperBound)
  }
}

extension StrictStanza {
  /// Splits a text into its stanzas, of which there may be at most `count`.
  package static func read(
    _ text: [UInt8],
    atMost count: Int
  ) throws(Failure) -> [StrictStanza] {
    try checkBytes(text.span)
    var stanzas: [StrictStanza] = []
    var current = StrictStanza(of: text)
    func close() throws(Failure) {
      guard !current.fields.isEmpty else { throw refuse("there is an empty stanza") }
      guard stanzas.count < count else { throw refuse("the text has more than \(count) stanzas") }
      stanzas.append(current)
    }
    var start = 0
    while start < text.count {
      let end = try lineEnd(in: text.span, from: start)
      if end == start {
        try close()
        current = StrictStanza(of: text)
      } else {
        try current.take(start..<end)
      }
      start = end + 1
    }
    try close()
    return stanzas
  }

  /// Refuses what no text of ours has, whatever its lines say.
  private static func checkBytes(_ text: Span<UInt8>) throws(Failure) {
    guard text.count > 0, text[text.count - 1] == 0x0a else {
      throw refuse("the text does not end with a line feed")
    }
    guard text.count <= Int(UInt32.max) else { throw refuse("the text is too long") }
    for index in text.indices {
      let byte = text[index]
      guard byte >= 0x20 && byte != 0x7f || byte == 0x0a else {
        throw refuse("the text has control characters")
      }
    }
    // Bytes that are no UTF-8 are refused anyway; which of them is wrong does not matter.
    guard (try? UTF8Span(validating: text)) != nil,
      text.count < 3 || text[0] != 0xef || text[1] != 0xbb || text[2] != 0xbf
    else { throw refuse("the text is not plain UTF-8") }
  }

  /// Where the line that begins at `start` ends.
  private static func lineEnd(in text: Span<UInt8>, from start: Int) throws(Failure) -> Int {
    var end = start
    while text[end] != 0x0a { end += 1 }
    guard end - start <= BundleLimits.lineLength else {
      throw refuse("a line is longer than \(BundleLimits.lineLength) bytes")
    }
    // Compared as bytes: a space that a combining character follows is still a space.
    guard end == start || text[end - 1] != 0x20 else { throw refuse("a line ends in a space") }
    return end
  }

  /// Takes one line in that is not empty.
  private mutating func take(_ line: Range<Int>) throws(Failure) {
    guard text[line.lowerBound] == 0x20 else { return try begin(line) }
    guard let last = fields.last, last.isList, text[line.lowerBound + 1] != 0x20 else {
      throw StrictStanza.refuse("a continuation line stands alone")
    }
    // With its line feed, so that the list is one piece of the text.
    fields[fields.count - 1].value = last.value.lowerBound..<UInt32(line.upperBound + 1)
  }

  /// Takes the first line of a field in.
  private mutating func begin(_ line: Range<Int>) throws(Failure) {
    guard let colon = text[line].firstIndex(of: 0x3a) else {
      throw StrictStanza.refuse("a line has no field name")
    }
    let name = line.lowerBound..<colon
    guard fields.count < BundleLimits.fieldCount else {
      throw StrictStanza.refuse("a stanza has too many fields")
    }
    guard StrictStanza.isFieldName(text[name]) else {
      throw StrictStanza.refuse("a field name is not plain ASCII")
    }
    let range = UInt32(name.lowerBound)..<UInt32(name.upperBound)
    guard !fields.contains(where: { isSame($0.name, range) }) else {
      throw StrictStanza.refuse("the field \(string(range)) stands twice")
    }
    let isList = colon + 1 == line.upperBound
    // A list begins behind the line feed; the value of a line, behind the space.
    let value = UInt32(colon + 2)
    if !isList {
      guard line.upperBound - colon > 2, text[colon + 1] == 0x20, text[colon + 2] != 0x20 else {
        throw StrictStanza.refuse(
          "the field \(string(range)) must have exactly one space behind the colon"
        )
      }
    }
    let end = isList ? value : UInt32(line.upperBound)
    fields.append(Field(name: range, value: value..<end, isList: isList))
  }

  /// Whether two names differ in the case of letters at most; both are ASCII letters, digits and
  /// hyphens.
  private func isSame(_ left: Range<UInt32>, _ right: Range<UInt32>) -> Bool {
    guard left.count == right.count else { return false }
    for offset in 0..<left.count {
      let first = text[Int(left.lowerBound) + offset]
      let second = text[Int(right.lowerBound) + offset]
      // The fifth bit is the case of a letter; digits and hyphens have it set.
      guard first | 0x20 == second | 0x20 else { return false }
    }
    return true
  }

  private static func isFieldName(_ name: ArraySlice<UInt8>) -> Bool {
    guard let first = name.first, (0x41...0x5a).contains(first), name.count <= 64 else {
      return false
    }
    return name.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
        || $0 == 0x2d
    }
  }
}
