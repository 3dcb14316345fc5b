internal import SafeIO

/// The fields of one deb822 stanza that a reader kept, in their order, as bytes.
package struct Stanza: Sendable {
  struct Field: Sendable {
    let name: Range<Int>
    var value: Range<Int>
    /// All of it as it stands in the text: from the beginning of its first line up to the line
    /// feed of its last one.
    var whole: Range<Int>
  }

  // The lines of the kept fields, with a line feed before each line that continues one.
  var text: [UInt8] = []
  var fields: [Field] = []
  // For each wanted field its position in `fields`, or -1.
  var slots: [Int]
  var lastLine = 0

  /// Where the stanza lies in the whole text that was read: from the first byte of its first line
  /// to the line end of its last one, the blank line behind it not included.
  ///
  /// In an index as archives write them, stanzas with a line feed behind each are all of it.
  package internal(set) var extent: Range<UInt64> = 0..<0

  init(slots: Int) { self.slots = Array(repeating: -1, count: slots) }

  mutating func clear() {
    text.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    for index in slots.indices { slots[index] = -1 }
  }

  /// The value of a wanted field, by its position in the list of wanted names; nil when it lacks.
  ///
  /// White space around it is gone; a longer value has its lines as they stand, each behind a line
  /// feed.
  package func value(at slot: Int) -> ArraySlice<UInt8>? {
    slots[slot] < 0 ? nil : text[fields[slots[slot]].value]
  }

  /// The same, without a copy; empty when the field lacks.
  @_lifetime(borrow self)
  package func bytes(at slot: Int) -> Span<UInt8> {
    text.span.extracting(range(at: slot) ?? 0..<0)
  }

  /// The same, as text; bytes that are no UTF-8 are replaced.
  package func string(at slot: Int) -> String? {
    value(at: slot).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Where the value of a wanted field lies in `text`.
  func range(at slot: Int) -> Range<Int>? {
    slots[slot] < 0 ? nil : fields[slots[slot]].value
  }

  /// The value of a field by its name in any case, searched for; nil when it lacks.
  package func value(of name: String) -> ArraySlice<UInt8>? {
    field(name).map { text[$0.value] }
  }

  /// The same, as text; bytes that are no UTF-8 are replaced.
  package func string(of name: String) -> String? {
    value(of: name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A field byte for byte, its name too, without the line feed at its end; nil when it lacks.
  package func raw(of name: String) -> ArraySlice<UInt8>? {
    field(name).map { text[$0.whole] }
  }

  private func field(_ name: String) -> Field? {
    let wanted = name.utf8.map(Stanza.lowercased)
    return fields.first {
      text[$0.name].lazy.map(Stanza.lowercased).elementsEqual(wanted)
    }
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

  /// White space as the C locale has it; the same for `apt`.
  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
  }
}
