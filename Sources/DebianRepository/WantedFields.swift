/// The names of the fields that a reader keeps, in a form in which most other names are told apart
/// by their length alone.
struct WantedFields: Sendable {
  // All names in lower case, one behind the other.
  private var letters: [UInt8] = []
  private var places: [Range<Int>] = []
  // Bit n is set when a name has n bytes; those of 63 and more share a bit.
  private var lengths: UInt64 = 0

  init(_ names: [String]) {
    for name in names {
      let start = letters.count
      letters += name.utf8.map(Stanza.lowercased)
      places.append(start..<letters.count)
      lengths |= WantedFields.bit(letters.count - start)
    }
  }

  /// How many there are.
  var count: Int { places.count }

  private static func bit(_ length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

  /// The position of a name, in any case, in the list of wanted ones; nil for other fields.
  @inline(__always)
  func slot(_ name: Span<UInt8>) -> Int? {
    guard lengths & WantedFields.bit(name.count) != 0 else { return nil }
    return search(name)
  }

  private func search(_ name: Span<UInt8>) -> Int? {
    let letters = letters.span
    next: for (slot, place) in places.enumerated() where place.count == name.count {
      for index in name.indices
      where letters[place.lowerBound &+ index] != Stanza.lowercased(name[index]) {
        continue next
      }
      return slot
    }
    return nil
  }
}
