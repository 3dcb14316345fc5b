package import SafeIO

/// The fields of one deb822 stanza that a reader kept, in their order, as bytes.
package struct Stanza: Sendable {
  struct Field: Sendable {
    let name: Range<Int>
    var value: Range<Int>
  }

  var text: [UInt8] = []
  var fields: [Field] = []
  // For each wanted field its position in `fields`, or -1.
  var slots: [Int]
  var lastLine = 0
  // The lower-case names seen, when all fields are kept.
  private var names: Set<[UInt8]> = []

  init(slots: Int) { self.slots = Array(repeating: -1, count: slots) }

  mutating func clear() {
    text.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    for index in slots.indices { slots[index] = -1 }
    names.removeAll()
  }

  /// False when the name occurred before in any case.
  mutating func add(name line: Span<UInt8>, _ range: Range<Int>) -> Bool {
    names.insert(range.map { Stanza.lowercased(line[$0]) }).inserted
  }

  /// The value of a wanted field, by its position in the list of wanted names; nil when it lacks.
  ///
  /// White space around it is gone; lines of a longer value are joined by a line feed.
  package func value(at slot: Int) -> ArraySlice<UInt8>? {
    slots[slot] < 0 ? nil : text[fields[slots[slot]].value]
  }

  /// The same, as text; bytes that are no UTF-8 are replaced.
  package func string(at slot: Int) -> String? {
    value(at: slot).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The value of a field by its name in any case, searched for; nil when it lacks.
  package func value(of name: String) -> ArraySlice<UInt8>? {
    let wanted = name.utf8.map(Stanza.lowercased)
    for field in fields where text[field.name].lazy.map(Stanza.lowercased).elementsEqual(wanted) {
      return text[field.value]
    }
    return nil
  }

  /// The same, as text; bytes that are no UTF-8 are replaced.
  package func string(of name: String) -> String? {
    value(of: name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// All fields kept, in their order, as text.
  package var all: [(name: String, value: String)] {
    fields.map {
      (
        String(decoding: text[$0.name], as: UTF8.self),
        String(decoding: text[$0.value], as: UTF8.self)
      )
    }
  }

  /// The words of a value, separated by any white space.
  package static func words(_ value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    value.split(omittingEmptySubsequences: true, whereSeparator: isSpace)
  }

  /// Calls `body` with every line of a value that has something on it, split into words.
  package static func forEachLine(
    _ value: ArraySlice<UInt8>,
    _ body: ([ArraySlice<UInt8>]) throws(Failure) -> Void
  ) throws(Failure) {
    var start = value.startIndex
    while start < value.endIndex {
      var end = start
      while end < value.endIndex, value[end] != 0x0a { end += 1 }
      let words = words(value[start..<end])
      if !words.isEmpty { try body(words) }
      start = end + 1
    }
  }

  static func isName(_ wanted: [UInt8], _ line: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard wanted.count == range.count else { return false }
    var index = range.lowerBound
    for byte in wanted {
      guard lowercased(line[index]) == byte else { return false }
      index &+= 1
    }
    return true
  }

  /// White space as the C locale has it; the same for `apt`.
  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
  }
}
