internal import SafeIO

/// One deb822 stanza: its bytes as they stand, and its fields in their order.
package struct Stanza: Sendable {
  // All of its lines, each with its line end.
  var text: [UInt8] = []
  var places: FieldPlaces
  var lastLine = 0

  /// Where the stanza lies in the whole text that was read: from the first byte of its first line
  /// to the line end of its last one, the blank line behind it not included.
  ///
  /// In an index as archives write them, stanzas with a line feed behind each are all of it.
  package internal(set) var extent: Range<UInt64> = 0..<0

  init(_ places: FieldPlaces) { self.places = places }

  mutating func clear() {
    text.removeAll(keepingCapacity: true)
    places.clear()
  }

  /// All of it byte for byte, as `extent` has it.
  package var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get { text.span }
  }

  /// The value of a deciding field, by its position in the list of names; nil when it lacks.
  ///
  /// White space around it is gone; a longer value has its lines as they stand, each behind a line
  /// feed.
  package func value(at slot: Int) -> ArraySlice<UInt8>? { range(at: slot).map { text[$0] } }

  /// The same, without a copy; empty when the field lacks.
  @_lifetime(borrow self)
  package func bytes(at slot: Int) -> Span<UInt8> {
    text.span.extracting(range(at: slot) ?? 0..<0)
  }

  /// The same, as text; bytes that are no UTF-8 are replaced.
  package func string(at slot: Int) -> String? {
    value(at: slot).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Where the value of a deciding field lies in `text`.
  func range(at slot: Int) -> Range<Int>? {
    places.position(slot).map { trimmed(places.fields[$0]) }
  }

  /// The value of any field, without a copy; empty when the field lacks.
  ///
  /// Of several with the name the last one counts, as for `apt`.
  @_lifetime(borrow self)
  package func bytes(of name: FieldName) -> Span<UInt8> {
    text.span.extracting(field(name).map(trimmed) ?? 0..<0)
  }

  /// Whether there is such a field, with a value or without.
  package func has(_ name: FieldName) -> Bool { field(name) != nil }

  /// The value of a field by its name in any case; nil when it lacks.
  package func value(of name: String) -> ArraySlice<UInt8>? {
    field(FieldName(name)).map { text[trimmed($0)] }
  }

  /// The same, as text; bytes that are no UTF-8 are replaced.
  package func string(of name: String) -> String? {
    value(of: name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A field byte for byte, its name too, without the line feed at its end; nil when it lacks.
  package func raw(of name: String) -> ArraySlice<UInt8>? {
    field(FieldName(name)).map { text[$0.start..<$0.end] }
  }

  private func field(_ name: FieldName) -> FieldPlaces.Field? {
    let span = text.span
    for field in places.fields.reversed() where field.name.count == name.count {
      if name.isSame(span.extracting(field.name)) { return field }
    }
    return nil
  }

  /// Where the value of a field lies, without the white space around it.
  private func trimmed(_ field: FieldPlaces.Field) -> Range<Int> {
    var (start, end) = (field.value, field.end)
    while end > start, Stanza.isSpace(text[end &- 1]) { end &-= 1 }
    // For `apt` a value goes on in the next line only behind a space: a tab leaves it the line feed.
    while start < end, Stanza.isSpace(text[start]) {
      if text[start] == 0x0a, start &+ 1 < end, text[start &+ 1] != 0x20 { break }
      start &+= 1
    }
    return start..<end
  }

  /// Whether the value of a deciding field holds a NUL byte.
  var hasNul: Bool { places.hasNul }

  /// Whether it has no fields.
  package var isEmpty: Bool { places.isEmpty }

  /// Names of fields that came again in it.
  package var repeats: [String] {
    places.repeats.map { String(decoding: text[$0], as: UTF8.self) }
  }

  /// How many lines have no colon and so cost the next field its name.
  package var stretched: Int { places.stretched }

  /// All fields, in their order, as text.
  package var all: [(name: String, value: String)] {
    places.fields.map {
      (
        String(decoding: text[$0.name], as: UTF8.self),
        String(decoding: text[trimmed($0)], as: UTF8.self)
      )
    }
  }

  /// The words of a value, separated by any white space.
  package static func words(_ value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    value.split(omittingEmptySubsequences: true, whereSeparator: isSpace)
  }

  /// The words of a value as `apt` separates them where it reads lists in a Release file: by spaces
  /// alone, so that a tab or a line's end is part of a word.
  static func spacedWords(_ value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    value.split(separator: 0x20, omittingEmptySubsequences: true)
  }

  /// White space as the C locale has it; the same for `apt`.
  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
  }
}
